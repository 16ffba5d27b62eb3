// Messages whose recipients were accepted and which then ended before their header, for each port. One now and then is a
// client that asks for an address; nothing else at a port is a proxy filter in front of the queue (Postfix'
// smtpd_proxy_filter), which gives the milter no message, so that nothing can be judged or signed there.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "base/mutex.h"

namespace signpost::milter {

/// Thread-safe. A port is Envelope::port().
class HeadlessAborts {
 public:
  static constexpr std::size_t kMaxPorts = 64;  ///< further ones are not counted

  void add(const std::string& port) {
    base::MutexLock lock(mutex_);
    if (in_a_row_.size() >= kMaxPorts && !in_a_row_.contains(port)) return;
    ++in_a_row_[port];
    is_empty_ = false;
  }
  /// A header came: the port is none of these. Takes no lock as long as there is nothing to forget.
  void forget(const std::string& port) {
    if (is_empty_) return;
    base::MutexLock lock(mutex_);
    in_a_row_.erase(port);
    is_empty_ = in_a_row_.empty();
  }
  /// How many in a row, by port.
  std::map<std::string, std::uint64_t> all() const {
    base::MutexLock lock(mutex_);
    return in_a_row_;
  }

 private:
  mutable base::Mutex mutex_;
  std::map<std::string, std::uint64_t> in_a_row_ GUARDED_BY(mutex_);
  std::atomic<bool> is_empty_{true};
};

}  // namespace signpost::milter
