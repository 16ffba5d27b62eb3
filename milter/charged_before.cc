#include "milter/charged_before.h"

namespace signpost::milter {

void ChargedBefore::add(const std::string& mark, std::size_t recipients) {
  if (recipients == 0) return;
  base::MutexLock lock(mutex_);
  const auto [place, is_new] = left_.try_emplace(mark, 0);
  place->second += recipients;
  if (!is_new) return;
  order_.push_back(mark);
  if (order_.size() <= kMost) return;
  left_.erase(order_.front());
  order_.pop_front();
}

bool ChargedBefore::take(const std::string& mark, std::size_t recipients) {
  base::MutexLock lock(mutex_);
  const auto place = left_.find(mark);
  if (place == left_.end() || place->second < recipients) return false;
  place->second -= recipients;
  return true;
}

}  // namespace signpost::milter
