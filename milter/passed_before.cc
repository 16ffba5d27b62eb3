#include "milter/passed_before.h"

namespace signpost::milter {
namespace {

bool is_same(const mail::Identity& a, const mail::Identity& b) {
  return a.origin == b.origin && a.tenant == b.tenant && a.stream == b.stream && a.login == b.login;
}

}  // namespace

void PassedBefore::add(const std::vector<std::string>& marks, const Whose& whose, base::Steady now) {
  base::MutexLock lock(mutex_);
  for (const std::string& mark : marks) {
    Entry& entry = entries_[mark];
    entry.whose = whose;
    entry.at = now;
    if (++entry.left > 1) continue;
    entry.number = ++added_;
    order_.emplace_back(mark, entry.number);
    if (order_.size() <= kMax) continue;
    const auto oldest = entries_.find(order_.front().first);
    if (oldest != entries_.end() && oldest->second.number == order_.front().second) entries_.erase(oldest);
    order_.pop_front();
  }
}

PassedBefore::Found PassedBefore::take(const std::vector<std::string>& marks, base::Steady now,
                                       base::Steady::duration max_age) {
  base::MutexLock lock(mutex_);
  Found found;
  for (const std::string& mark : marks) {
    const auto entry = entries_.find(mark);
    if (entry == entries_.end() || !entry->second.whose || now - entry->second.at > max_age) continue;
    if (found.whose && !is_same(*found.whose, *entry->second.whose)) return {};
    found.whose = entry->second.whose;
    found.used.push_back(mark);
  }
  for (const std::string& mark : found.used) {
    const auto entry = entries_.find(mark);
    if (entry != entries_.end() && --entry->second.left == 0) entries_.erase(entry);
  }
  return found;
}

bool PassedBefore::knows(const std::string& mark, base::Steady now, base::Steady::duration max_age) const {
  base::MutexLock lock(mutex_);
  const auto entry = entries_.find(mark);
  return entry != entries_.end() && now - entry->second.at <= max_age;
}

}  // namespace signpost::milter
