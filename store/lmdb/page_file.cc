#include "store/lmdb/page_file.h"

#include <cstring>

#include "system/file.h"

namespace signpost::store::lmdb {

tl::unexpected<base::Error> damaged(std::uint64_t page, const std::string& what) {
  return base::fail(base::ErrorKind::corrupt, "page " + std::to_string(page) + " " + what);
}

base::Result<std::string> read_at(int file, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const auto got = system::read_at(file, offset, bytes.data(), size);
  if (!got) return tl::unexpected(base::in_context("the store", got.error()));
  bytes.resize(*got);
  return bytes;
}

base::Result<MetaPage> newest_meta(int file) {
  constexpr std::size_t kEnough = 512;
  auto head = read_at(file, 0, kEnough);
  if (!head) return tl::unexpected(head.error());
  auto first = parse_meta_page(*head);
  if (!first) return first;
  auto rest = read_at(file, first->page_bytes, kEnough);
  if (!rest) return tl::unexpected(rest.error());
  auto second = parse_meta_page(*rest);
  if (!second) return second;
  if (second->page_bytes != first->page_bytes)
    return damaged(1, "has a different page size than the one before it");
  return second->transaction > first->transaction ? second : first;
}

bool is_less_text(std::string_view a, std::string_view b) {
  return a < b;
}

bool is_less_number(std::string_view a, std::string_view b) {
  std::uint64_t x = 0;
  std::uint64_t y = 0;
  if (a.size() != sizeof x || b.size() != sizeof y) return false;
  std::memcpy(&x, a.data(), sizeof x);
  std::memcpy(&y, b.data(), sizeof y);
  return x < y;
}

base::Result<TreePage> read_tree_page(int file, const MetaPage& meta, const PagePlace& place, IsLess is_less,
                                      std::string& bytes) {
  if (place.number < 2 || place.number > meta.last_page)
    return damaged(place.number, "is used but not in the file");
  auto read = read_at(file, place.number * meta.page_bytes, meta.page_bytes);
  if (!read) return tl::unexpected(read.error());
  bytes = std::move(*read);
  if (bytes.size() != meta.page_bytes) return damaged(place.number, "is incomplete");
  auto page = parse_tree_page(bytes, place.number);
  if (!page) return damaged(place.number, page.error().text);
  if (page->is_leaf != (place.levels == 1)) return damaged(place.number, "is not at its level");
  std::optional<std::string_view> last;
  for (std::size_t i = page->is_leaf ? 0 : 1; i < page->nodes.size(); ++i) {
    const std::string_view key = page->nodes[i].key;
    if (last && !is_less(*last, key)) return damaged(place.number, "has keys that are not in order");
    last = key;
    if ((place.keys.from && is_less(key, *place.keys.from)) ||
        (place.keys.end && !is_less(key, *place.keys.end)))
      return damaged(place.number, "has keys that belong elsewhere");
  }
  return page;
}

KeyBounds bounds_of_child(const TreePage& branch, std::size_t node, const KeyBounds& of_branch) {
  const bool is_last = node + 1 == branch.nodes.size();
  return {node == 0 ? of_branch.from : branch.nodes[node].key,
          is_last ? of_branch.end : std::optional(branch.nodes[node + 1].key)};
}

base::Result<std::string> read_long_value(int file, const MetaPage& meta, std::uint64_t page,
                                          const PageNode& node, std::uint64_t& pages) {
  if (node.child < 2 || node.child > meta.last_page)
    return damaged(page, "has a value that is not in the file");
  const std::uint64_t offset = node.child * meta.page_bytes;
  const auto head = read_at(file, offset, kPageHeaderBytes);
  if (!head) return tl::unexpected(head.error());
  if (head->size() != kPageHeaderBytes) return damaged(node.child, "is incomplete");
  const PageHeader header = read_page_header(*head);
  if (header.number != node.child || !header.is_overflow()) return damaged(node.child, "is not a long value");
  if (header.run() == 0 || header.run() > meta.last_page - node.child + 1)
    return damaged(node.child, "is used but not in the file");
  pages = header.run();
  if (kPageHeaderBytes + node.size > pages * meta.page_bytes)
    return damaged(node.child, "is too short for its value");
  auto value = read_at(file, offset + kPageHeaderBytes, node.size);
  if (value && value->size() != node.size) return damaged(node.child, "is incomplete");
  return value;
}

}  // namespace signpost::store::lmdb
