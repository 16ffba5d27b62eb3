#include "store/lmdb/scrub.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <unistd.h>

#include "store/lmdb/handle.h"
#include "store/lmdb/page_bytes.h"
#include "system/errors.h"
#include "system/file.h"

namespace signpost::store::lmdb {
namespace {

/// The oldest transaction that a reader still sees, from LMDB's list of readers ("PID THREAD TXN" lines, "-" for an
/// idle one).
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

/// Free pages that are not needed any more, not even by an earlier state.
int list_unneeded_pages(MDB_env* env, std::vector<std::size_t>& pages) {
  MDB_txn* begun = nullptr;
  int code = mdb_txn_begin(env, nullptr, MDB_RDONLY, &begun);
  if (code != 0) return code;
  const ReadOnly reader(begun);
  // LMDB itself uses a page again once it was freed before the last commit, and before any reader began.
  std::uint64_t oldest = mdb_txn_id(reader.get());
  mdb_reader_list(env, note_reader, &oldest);
  const Cursor cursor = open_cursor(reader.get(), 0, code);  // 0: transaction -> pages that it freed
  MDB_val key{};
  MDB_val value{};
  while (code == 0 && (code = mdb_cursor_get(cursor.get(), &key, &value, MDB_NEXT)) == 0) {
    const std::size_t freed_by = *static_cast<const std::size_t*>(key.mv_data);
    const auto* ids = static_cast<const std::size_t*>(value.mv_data);  // their number, then they
    if (freed_by < oldest) pages.insert(pages.end(), ids + 1, ids + 1 + ids[0]);
  }
  return code == MDB_NOTFOUND ? 0 : code;
}

/// The bytes of a page that are in the file: none of one that was never written.
base::Result<void> read_page(int file, std::size_t number, std::size_t page_bytes, std::string& page) {
  page.resize(page_bytes);
  const auto got = system::read_at(file, number * page_bytes, page.data(), page_bytes);
  if (!got) return tl::unexpected(got.error());
  page.resize(*got);
  return {};
}

base::Result<void> sync(int file) {
  if (fdatasync(file) != 0) return system::system_failure("syncing");
  return {};
}

/// Keeps those that are not all zeros. The transaction that freed a page does not say whether it was overwritten
/// already: LMDB lists pages that it took and did not need again under an earlier transaction.
base::Result<void> drop_zeroed(int file, std::vector<std::size_t>& pages, std::size_t page_bytes) {
  std::string page;
  std::vector<std::size_t> kept;
  for (const std::size_t number : pages) {
    if (auto read = read_page(file, number, page_bytes, page); !read) return read;
    if (page.find_first_not_of('\0') != std::string::npos) kept.push_back(number);
  }
  pages = std::move(kept);
  return {};
}

/// Overwrites runs of neighbouring pages together.
base::Result<void> write_zeros(int file, std::vector<std::size_t>& pages, std::size_t page_bytes) {
  constexpr std::size_t kMaxAtOnce = 256;
  static const std::string zeros(kMaxAtOnce * 65536, '\0');
  if (pages.empty()) return {};
  std::sort(pages.begin(), pages.end());
  for (std::size_t i = 0; i < pages.size();) {
    std::size_t run = 1;
    while (run < kMaxAtOnce && i + run < pages.size() && pages[i + run] == pages[i] + run) ++run;
    const std::string_view bytes = std::string_view(zeros).substr(0, run * page_bytes);
    if (auto written = system::write_at(file, pages[i] * page_bytes, bytes); !written) return written;
    i += run;
  }
  return sync(file);
}

/// Writes zeros into the gaps of pages, where deleted entries leave their bytes and nothing is read; also of free
/// pages that an earlier state needs. A page that does not look like one, or is all zeros, is left alone.
base::Result<void> clear_gaps(int file, std::size_t last_page, std::size_t page_bytes) {
  std::string page;
  bool changed = false;
  for (std::size_t number = 2; number <= last_page; ++number) {  // 0 and 1 are the meta pages
    if (auto read = read_page(file, number, page_bytes, page); !read) return read;
    if (page.size() != page_bytes) continue;
    const PageHeader header = read_page_header(page);
    if (header.number != number) continue;
    if (header.is_overflow()) {
      number += std::max<std::uint64_t>(header.run(), 1) - 1;
      continue;
    }
    if (!header.is_tree() || header.gap_begin < sizeof header || header.gap_begin > header.gap_end ||
        header.gap_end > page_bytes)
      continue;
    const std::string zeros(header.gap_end - std::size_t{header.gap_begin}, '\0');
    if (page.compare(header.gap_begin, zeros.size(), zeros) == 0) continue;
    if (auto written = system::write_at(file, number * page_bytes + header.gap_begin, zeros); !written)
      return written;
    changed = true;
  }
  return changed ? sync(file) : base::Result<void>{};
}

}  // namespace

base::Result<std::uint64_t> WriteTransaction::overwrite_free_pages() {
  // The write transaction keeps others from using free pages; LMDB lists them to readers only.
  MDB_env* env = mdb_txn_env(handle_->txn);
  std::vector<std::size_t> pages;
  MDB_stat stat{};
  MDB_envinfo info{};
  int file = -1;
  int code = list_unneeded_pages(env, pages);
  if (code == 0) code = mdb_env_stat(env, &stat);
  if (code == 0) code = mdb_env_info(env, &info);
  if (code == 0) code = mdb_env_get_fd(env, &file);
  if (code != 0) return tl::unexpected(lmdb_error("cannot overwrite free pages", code));
  const auto done = drop_zeroed(file, pages, stat.ms_psize)
                        .and_then([&] { return write_zeros(file, pages, stat.ms_psize); })
                        .and_then([&] { return clear_gaps(file, info.me_last_pgno, stat.ms_psize); });
  if (!done) return tl::unexpected(base::in_context("store: cannot overwrite free pages", done.error()));
  return pages.size();
}

base::Result<std::uint64_t> Scrub::run() {
  // What was freed last may still be needed to recover from a torn commit: two more commits make it old.
  for (int i = 0; i < 2; ++i) {
    auto committed = env_.write(
        [&](WriteTransaction& transaction) { return transaction.put(table_, "scrub", std::to_string(i)); });
    if (!committed) return tl::unexpected(committed.error());
  }
  std::uint64_t pages = 0;
  const auto written = env_.write([&](WriteTransaction& transaction) -> base::Result<void> {
    const auto count = transaction.overwrite_free_pages();
    if (!count) return tl::unexpected(count.error());
    pages = *count;
    return {};
  });
  if (!written) return tl::unexpected(written.error());
  return pages;
}

}  // namespace signpost::store::lmdb
