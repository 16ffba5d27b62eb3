#include "store/scrub.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

#include "store/file.h"
#include "store/lmdb.h"
#include "store/records.h"

namespace signpost::store {
namespace {

/// The least transaction that a reader still sees, from LMDB's list of readers ("PID THREAD TXN" lines, "-"
/// for one that rests).
int note_reader(const char* line, void* context) {
  auto& oldest = *static_cast<std::uint64_t*>(context);
  const std::string_view text(line);
  const std::size_t last = text.find_last_of(' ');
  if (last == std::string_view::npos) return 0;
  char* end = nullptr;
  const std::uint64_t seen = std::strtoull(line + last + 1, &end, 10);
  if (end != line + last + 1) oldest = std::min(oldest, seen);
  return 0;
}

/// Overwrites runs of neighbouring pages together.
int write_zeros(int file, std::vector<std::size_t>& pages, std::size_t page_bytes) {
  constexpr std::size_t kMostAtOnce = 256;
  static const std::string zeros(kMostAtOnce * 65536, '\0');
  std::sort(pages.begin(), pages.end());
  for (std::size_t i = 0; i < pages.size();) {
    std::size_t run = 1;
    while (run < kMostAtOnce && i + run < pages.size() && pages[i + run] == pages[i] + run) ++run;
    const auto offset = static_cast<off_t>(pages[i] * page_bytes);
    const ssize_t written = pwrite(file, zeros.data(), run * page_bytes, offset);
    if (written != static_cast<ssize_t>(run * page_bytes)) return written < 0 ? errno : EIO;
    i += run;
  }
  return pages.empty() || fdatasync(file) == 0 ? 0 : errno;
}

}  // namespace

base::Result<std::uint64_t> WriteTransaction::overwrite_free_pages(std::uint64_t& done_until) {
  MDB_env* env = mdb_txn_env(handle_->txn);
  // LMDB itself uses a page again once it was freed before the last commit, and before any reader began.
  std::uint64_t oldest = mdb_txn_id(handle_->txn) - 1;
  mdb_reader_list(env, note_reader, &oldest);
  MDB_cursor* cursor = nullptr;
  int code = mdb_cursor_open(handle_->txn, 0, &cursor);  // 0: transaction -> pages that it freed
  if (code != 0) return tl::unexpected(lmdb_error("cannot list free pages", code));
  std::vector<std::size_t> pages;
  std::uint64_t last = done_until;
  MDB_val key{};
  MDB_val value{};
  while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
    const std::size_t freed_by = *static_cast<const std::size_t*>(key.mv_data);
    if (freed_by >= oldest) break;
    last = std::max<std::uint64_t>(last, freed_by);
    if (freed_by <= done_until) continue;
    const auto* ids = static_cast<const std::size_t*>(value.mv_data);  // their number, then they
    pages.insert(pages.end(), ids + 1, ids + 1 + ids[0]);
  }
  mdb_cursor_close(cursor);
  MDB_stat stat{};
  int file = -1;
  if (code == 0 || code == MDB_NOTFOUND) code = mdb_env_stat(env, &stat);
  if (code == 0) code = mdb_env_get_fd(env, &file);
  if (code == 0) code = write_zeros(file, pages, stat.ms_psize);
  if (code != 0) return tl::unexpected(lmdb_error("cannot overwrite free pages", code));
  done_until = last;
  return pages.size();
}

base::Result<std::uint64_t> Scrub::run() {
  // What was freed last may still be needed to recover from a torn commit: two more commits make it old.
  for (int i = 0; i < 2; ++i) {
    auto committed = env_.write([&](WriteTransaction& transaction) {
      return transaction.put(Table::meta, "scrub", format_number(static_cast<std::uint64_t>(i)));
    });
    if (!committed) return tl::unexpected(committed.error());
  }
  std::uint64_t pages = 0;
  const auto written = env_.write([&](WriteTransaction& transaction) -> base::Result<void> {
    const auto count = transaction.overwrite_free_pages(done_until_);
    if (!count) return tl::unexpected(count.error());
    pages = *count;
    return {};
  });
  if (!written) return tl::unexpected(written.error());
  return pages;
}

}  // namespace signpost::store
