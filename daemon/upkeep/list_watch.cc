#include "daemon/upkeep/list_watch.h"

#include <utility>

namespace signpost::daemon::upkeep {
namespace {

/// A slice a second: ten million listings in a quarter of an hour, for 0.3 % of a core.
constexpr std::uint64_t kPages = 128;

}  // namespace

void ListWatch::look() {
  const auto done = store_.page_watch().slice(kPages);
  const bool failed_before = std::exchange(fails_, !done);
  if (!done && !failed_before) log_.error("the list cannot be checked: " + done.error().text);
  if (!done) return;
  for (const store::lmdb::Damage& one : done->found)
    log_.error("the list was damaged while it is open: " + one.what +
               "; mail to what is listed there is deferred");
  if (!done->at_end) return;
  base::MutexLock lock(mutex_);
  checked_ = clock_.wall();
}

ListWatch::Progress ListWatch::progress() const {
  base::MutexLock lock(mutex_);
  return {checked_, store_.page_watch().percent()};
}

std::string ListWatch::problem() const {
  const std::string damage = store_.damage();
  if (damage.empty()) return {};
  return "store: the list was damaged while it is open: " + damage +
         "; mail to what is listed there is deferred: stop signpostd and put a backup of list.mdb in place "
         "(a damaged "
         "record alone can be removed with `suppress del`)";
}

}  // namespace signpost::daemon::upkeep
