#include "daemon/opening.h"

#include <chrono>
#include <new>
#include <utility>

#include "system/exit_codes.h"

namespace signpost::daemon {
namespace {

/// A start that takes longer goes on beside mail, which must be answered within a second.
constexpr std::chrono::milliseconds kPatience{500};

}  // namespace

Opening::Opening(store::Store& store, config::WhenUnknown when_unknown, milter::Counters& counters,
                 system::DaemonLog& log)
    : store_(store), when_unknown_(when_unknown), counters_(counters), log_(log) {}

tl::expected<void, StartError> Opening::start(Steps steps) {
  steps_ = std::move(steps);
  counters_.store_closed = true;
  thread_ = std::thread([this] { run(); });
  const auto until = std::chrono::steady_clock::now() + kPatience;
  base::MutexLock lock(mutex_);
  while (!ended_) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= std::chrono::steady_clock::duration::zero()) break;
    changed_.wait_for(mutex_, left);
  }
  is_waited_for_ = false;
  if (failure_) return tl::unexpected(*failure_);
  if (!ended_)
    log_.warning("the list is being checked; the site's own mail is deferred until that has ended");
  return {};
}

void Opening::stop() {
  stops_ = true;
  if (thread_.joinable()) thread_.join();
}

tl::expected<void, StartError> Opening::open() {
  const auto begun = store_.begin([this] { return stops_.load(); });
  if (begun) return steps_.prepare();
  const bool retry = begun.error().kind == base::ErrorKind::unavailable;
  return tl::unexpected(
      StartError{retry ? system::kExitTemporary : system::kExitIoError, "store.path: " + begun.error().text});
}

void Opening::run() {
  tl::expected<void, StartError> opened;
  try {
    opened = open();
  } catch (const std::bad_alloc&) {
    opened = tl::unexpected(StartError{system::kExitTemporary, "no memory left to open the store"});
  }
  if (stops_) return;
  if (opened) {
    store_.publish();
    counters_.store_closed = false;
    steps_.on_open();
  }
  bool is_waited_for = false;
  bool failed = false;
  {
    base::MutexLock lock(mutex_);
    ended_ = true;
    is_waited_for = is_waited_for_;
    if (!opened && when_unknown_ == config::WhenUnknown::defer) {
      defers_because_ = opened.error().text;
    } else if (!opened) {
      failure_ = opened.error();
      failed = true;
    }
    changed_.notify_all();
  }
  if (!opened && !(failed && is_waited_for)) log_.error(opened.error().text);
  if (opened && !is_waited_for)
    log_.info("the list has been checked and is open; mail is no longer deferred");
  if (failed && !is_waited_for) steps_.on_failed();
}

std::string Opening::problem() const {
  if (is_open()) return {};
  {
    base::MutexLock lock(mutex_);
    if (!defers_because_.empty())
      return defers_because_ + "; then restart signpostd; until then the site's own mail is deferred";
  }
  const auto percent = store_.checked();
  return "store: the list is being " +
         (percent ? "checked, because it was not closed (" + std::to_string(*percent) + " %)"
                  : std::string("opened")) +
         "; until that has ended the site's own mail is deferred";
}

std::optional<StartError> Opening::failure() const {
  base::MutexLock lock(mutex_);
  return failure_;
}

}  // namespace signpost::daemon
