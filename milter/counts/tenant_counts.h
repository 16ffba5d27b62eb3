// A total for each tenant since the start. Thread-safe; meant for rare events.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace signpost::milter {

class TenantCounts {
 public:
  void count(std::string_view tenant) {
    base::MutexLock lock(mutex_);
    ++counts_[std::string(tenant)];
  }
  std::uint64_t of(const std::string& tenant) const {
    base::MutexLock lock(mutex_);
    const auto found = counts_.find(tenant);
    return found == counts_.end() ? 0 : found->second;
  }
  std::map<std::string, std::uint64_t> all() const {
    base::MutexLock lock(mutex_);
    return counts_;
  }

 private:
  mutable base::Mutex mutex_;
  std::map<std::string, std::uint64_t> counts_ GUARDED_BY(mutex_);
};

}  // namespace signpost::milter
