#include "milter/charged_before.h"

namespace signpost::milter {

void ChargedBefore::add(const std::vector<std::string>& marks) {
  base::MutexLock lock(mutex_);
  for (const std::string& mark : marks) {
    if (++left_[mark] > 1) continue;
    order_.push_back(mark);
    if (order_.size() <= kMax) continue;
    left_.erase(order_.front());
    order_.pop_front();
  }
}

bool ChargedBefore::take(const std::vector<std::string>& marks) {
  base::MutexLock lock(mutex_);
  for (const std::string& mark : marks) {
    if (!left_.contains(mark)) return false;
  }
  for (const std::string& mark : marks) {
    const auto place = left_.find(mark);
    if (place != left_.end() && --place->second == 0) left_.erase(place);
  }
  return !marks.empty();
}

}  // namespace signpost::milter
