// parse_meta_page, parse_page_tree, parse_tree_page, and the walk over a whole file that is built on them:
// what a page holds lies within it, and a file that is whole has as many pages and entries as were seen.
#include <cstdint>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "store/lmdb/page_bytes.h"
#include "store/lmdb/page_check.h"
#include "store/lmdb/page_lookup.h"

using namespace signpost;

namespace {

bool is_within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_one(std::string_view bytes) {
  (void)store::lmdb::parse_meta_page(bytes);
  const auto tree = store::lmdb::parse_page_tree(bytes);
  if (tree.has_value() != (bytes.size() == 48)) __builtin_trap();
  if (bytes.size() < store::lmdb::kPageHeaderBytes) return;
  const auto page = store::lmdb::parse_tree_page(bytes, store::lmdb::read_page_header(bytes).number);
  if (!page) return;
  if (page->nodes.empty()) __builtin_trap();
  for (const store::lmdb::PageNode& node : page->nodes) {
    if (!is_within(node.key, bytes) || !is_within(node.value, bytes)) __builtin_trap();
  }
}

void check_whole(std::string_view bytes) {
  const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (file < 0) return;
  std::uint64_t entries = 0;
  if (::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) {
    const auto checked =
        store::lmdb::check_pages(file, [&](std::string_view, std::string_view, std::string_view) {
          ++entries;
          return base::Result<void>{};
        });
    if (checked && checked->entries != entries) __builtin_trap();
    const auto found = store::lmdb::look_up(file, "meta", "identity");
    if (checked && !bytes.empty() && !found) __builtin_trap();
    if (checked && checked->pages > bytes.size() / 512) __builtin_trap();
  }
  ::close(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_one(bytes);
  check_whole(bytes);
  return 0;
}
