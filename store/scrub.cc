#include "store/scrub.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

#include "store/file.h"
#include "store/lmdb.h"
#include "store/page.h"
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

/// What LMDB does not use in its newest state.
struct FreePages {
  std::vector<std::size_t> all;    ///< sorted
  std::vector<std::size_t> fresh;  ///< freed after `done_until`, and nobody needs them any more
  std::uint64_t last = 0;          ///< the last transaction that freed one of these
};

int list_free_pages(MDB_env* env, std::uint64_t done_until, FreePages& pages) {
  pages.last = done_until;
  MDB_txn* reader = nullptr;
  int code = mdb_txn_begin(env, nullptr, MDB_RDONLY, &reader);
  if (code != 0) return code;
  // LMDB itself uses a page again once it was freed before the last commit, and before any reader began.
  std::uint64_t oldest = mdb_txn_id(reader);
  mdb_reader_list(env, note_reader, &oldest);
  MDB_cursor* cursor = nullptr;
  code = mdb_cursor_open(reader, 0, &cursor);  // 0: transaction -> pages that it freed
  MDB_val key{};
  MDB_val value{};
  while (code == 0 && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
    const std::size_t freed_by = *static_cast<const std::size_t*>(key.mv_data);
    const auto* ids = static_cast<const std::size_t*>(value.mv_data);  // their number, then they
    pages.all.insert(pages.all.end(), ids + 1, ids + 1 + ids[0]);
    if (freed_by >= oldest || freed_by <= done_until) continue;
    pages.last = std::max<std::uint64_t>(pages.last, freed_by);
    pages.fresh.insert(pages.fresh.end(), ids + 1, ids + 1 + ids[0]);
  }
  std::sort(pages.all.begin(), pages.all.end());
  if (cursor != nullptr) mdb_cursor_close(cursor);
  mdb_txn_abort(reader);
  return code == MDB_NOTFOUND ? 0 : code;
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

/// Writes zeros into the gaps of used pages, where deleted entries leave their bytes; nobody reads there. A
/// page that does not look like one is left alone.
int clear_gaps(int file, const std::vector<std::size_t>& free, std::size_t last_page,
               std::size_t page_bytes) {
  std::string page(page_bytes, '\0');
  bool changed = false;
  for (std::size_t number = 2; number <= last_page; ++number) {  // 0 and 1 are the meta pages
    if (std::binary_search(free.begin(), free.end(), number)) continue;
    const auto offset = static_cast<off_t>(number * page_bytes);
    const ssize_t got = pread(file, page.data(), page_bytes, offset);
    if (got < 0) return errno;
    const PageHeader header = read_page_header(page);
    if (static_cast<std::size_t>(got) != page_bytes || header.number != number) continue;
    if (header.is_overflow()) {
      number += std::max<std::uint64_t>(header.run(), 1) - 1;
      continue;
    }
    if (!header.is_tree() || header.gap_begin < sizeof header || header.gap_begin > header.gap_end ||
        header.gap_end > page_bytes)
      continue;
    const std::size_t gap = header.gap_end - std::size_t{header.gap_begin};
    const std::string zeros(gap, '\0');
    if (page.compare(header.gap_begin, gap, zeros) == 0) continue;
    if (pwrite(file, zeros.data(), gap, offset + header.gap_begin) != static_cast<ssize_t>(gap)) return EIO;
    changed = true;
  }
  return !changed || fdatasync(file) == 0 ? 0 : errno;
}

}  // namespace

base::Result<std::uint64_t> WriteTransaction::overwrite_free_pages(std::uint64_t& done_until) {
  // The write transaction keeps others from using free pages; LMDB lists them to readers only.
  MDB_env* env = mdb_txn_env(handle_->txn);
  FreePages pages;
  MDB_stat stat{};
  MDB_envinfo info{};
  int file = -1;
  int code = list_free_pages(env, done_until, pages);
  if (code == 0) code = mdb_env_stat(env, &stat);
  if (code == 0) code = mdb_env_info(env, &info);
  if (code == 0) code = mdb_env_get_fd(env, &file);
  if (code == 0) code = write_zeros(file, pages.fresh, stat.ms_psize);
  if (code == 0) code = clear_gaps(file, pages.all, info.me_last_pgno, stat.ms_psize);
  if (code != 0) return tl::unexpected(lmdb_error("cannot overwrite free pages", code));
  done_until = pages.last;
  return pages.fresh.size();
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
