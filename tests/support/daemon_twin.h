// What commands ask of the daemon itself, answered as a test says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "daemon/commands/context.h"
#include "store/store.h"

namespace signpost::tests {

/// `status` may be set while a server answers in other threads, through set_problems.
class DaemonTwin final : public daemon::commands::DaemonPort {
 public:
  explicit DaemonTwin(store::Store& store) : store_(store) {}

  daemon::commands::ReloadResult reload() override {
    ++reloads;
    return reload_result;
  }
  daemon::commands::DaemonStatus status() const override {
    base::MutexLock lock(mutex_);
    return status_now;
  }
  base::Result<void> set_log_level(std::string_view word) override {
    log_level = word;
    return {};
  }
  base::Result<void> backup(const std::string& path, bool replace) override {
    return store_.backup(path, replace);
  }
  base::Result<void> save(const policy::limits::Overrides&) override {
    if (overrides_can_be_saved) return {};
    return base::fail(base::ErrorKind::unavailable, "the disk is full");
  }
  void scrub_soon() override { ++scrubs; }

  void set_problems(std::vector<std::string> problems) {
    base::MutexLock lock(mutex_);
    status_now.problems = std::move(problems);
  }

  daemon::commands::ReloadResult reload_result = daemon::commands::ReloadReport{7, {}, {}};
  daemon::commands::DaemonStatus status_now;
  bool overrides_can_be_saved = true;
  std::string log_level;
  int reloads = 0;
  int scrubs = 0;

 private:
  store::Store& store_;
  mutable base::Mutex mutex_;
};

}  // namespace signpost::tests
