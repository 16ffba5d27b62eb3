#include "store/lmdb/damages.h"

#include <algorithm>
#include <utility>

namespace signpost::store::lmdb {
namespace {

using All = std::vector<Damage>;

base::Result<void> first_error(const std::shared_ptr<const All>& all, base::ErrorKind kind,
                               const auto& is_met) {
  const auto found = std::find_if(all->begin(), all->end(), is_met);
  if (found == all->end()) return {};
  return base::fail(kind, "the store is damaged: " + found->what);
}

}  // namespace

void Damages::set(All damages) {
  const bool any = !damages.empty();
  auto next = std::make_shared<const All>(std::move(damages));
  base::MutexLock lock(mutex_);
  damages_.swap(next);
  any_.store(any, std::memory_order_release);
}

std::shared_ptr<const All> Damages::get() const {
  base::MutexLock lock(mutex_);
  return damages_;
}

std::string Damages::first() const {
  if (!any()) return {};
  const auto all = get();
  if (all->empty()) return {};
  const std::string& what = all->front().what;
  const auto more =
      std::count_if(all->begin(), all->end(), [&](const Damage& one) { return one.what != what; });
  return what + (more > 0 ? ", and " + std::to_string(more) + " more" : "");
}

base::Result<void> Damages::check_key(Table table, std::string_view key) const {
  if (!any()) return {};
  return first_error(get(), base::ErrorKind::corrupt, [&](const Damage& one) {
    return one.table == table && key >= one.from && (!one.end || key < *one.end);
  });
}

base::Result<void> Damages::check_walk(Table table, std::string_view from) const {
  if (!any()) return {};
  return first_error(get(), base::ErrorKind::corrupt, [&](const Damage& one) {
    return one.is_page && one.table == table && (!one.end || from < *one.end);
  });
}

base::Result<void> Damages::check_write() const {
  if (!any()) return {};
  return first_error(get(), base::ErrorKind::unavailable, [](const Damage& one) { return one.is_page; });
}

}  // namespace signpost::store::lmdb
