#include "store/backup_target.h"

#include "store/list/records.h"
#include "store/lmdb/page_lookup.h"
#include "store/output_file.h"

namespace signpost::store {
namespace {

bool is_backup(int file, const Identity& identity) {
  const auto bytes = lmdb::look_up(file, "meta", "identity");
  if (!bytes || !*bytes) return false;
  const auto number = list::parse_number_record(**bytes);
  return number && *number == identity.number;
}

}  // namespace

base::Result<void> check_target(const std::string& path, const Identity& identity, bool replace) {
  return check_output(path, {.what = "a backup of this store",
                             .is_former = [&](int file) { return is_backup(file, identity); },
                             .replace_word = "replace=yes",
                             .replace = replace});
}

}  // namespace signpost::store
