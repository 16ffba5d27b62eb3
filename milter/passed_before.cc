#include "milter/passed_before.h"

namespace signpost::milter {
namespace {

bool is_same(const mail::Identity& a, const mail::Identity& b) {
  return a.origin == b.origin && a.tenant == b.tenant && a.stream == b.stream && a.login == b.login;
}

}  // namespace

void PassedBefore::add(const std::vector<std::string>& marks, const Whose& whose) {
  base::MutexLock lock(mutex_);
  for (const std::string& mark : marks) {
    Entry& entry = entries_[mark];
    entry.whose = whose;
    if (++entry.left > 1) continue;
    order_.push_back(mark);
    if (order_.size() <= kMax) continue;
    entries_.erase(order_.front());
    order_.pop_front();
  }
}

PassedBefore::Whose PassedBefore::take(const std::vector<std::string>& marks) {
  base::MutexLock lock(mutex_);
  Whose whose;
  for (const std::string& mark : marks) {
    const auto found = entries_.find(mark);
    if (found == entries_.end() || (whose && !is_same(*whose, *found->second.whose))) return nullptr;
    whose = found->second.whose;
  }
  for (const std::string& mark : marks) {
    const auto found = entries_.find(mark);
    if (found != entries_.end() && --found->second.left == 0) entries_.erase(found);
  }
  return whose;
}

}  // namespace signpost::milter
