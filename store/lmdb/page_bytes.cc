#include "store/lmdb/page_bytes.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace signpost::store::lmdb {
namespace {

constexpr std::uint16_t kBranch = 1;
constexpr std::uint16_t kLeaf = 2;
constexpr std::uint16_t kOverflow = 4;
constexpr std::uint16_t kMeta = 8;

constexpr std::uint32_t kMagic = 0xBEEFC0DE;
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kNoPage = ~std::uint64_t{0};
constexpr std::size_t kTreeBytes = 48;
constexpr std::size_t kMetaBytes = 24 + 2 * kTreeBytes + 16;
constexpr std::size_t kMinPage = 512;
constexpr std::size_t kMaxPage = 65536;

// A node: two words of size (of a branch: of the page below), flags, the key's size, key, value.
constexpr std::size_t kNodeBytes = 8;
constexpr std::uint16_t kLongValue = 1;
constexpr std::uint16_t kTreeValue = 2;

/// LMDB writes numbers as the machine has them; a file of another one has another magic.
template <typename Number>
Number number_at(std::string_view bytes, std::size_t offset) {
  Number number{};
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

tl::unexpected<base::Error> corrupt(std::string what) {
  return base::fail(base::ErrorKind::corrupt, std::move(what));
}

/// Where the node that begins at `offset` ends, or nothing if it does not fit the page.
std::size_t read_node(std::string_view page, std::size_t offset, bool is_leaf, PageNode& node) {
  if (offset + kNodeBytes > page.size()) return 0;
  const auto low = number_at<std::uint16_t>(page, offset);
  const auto high = number_at<std::uint16_t>(page, offset + 2);
  const auto flags = number_at<std::uint16_t>(page, offset + 4);
  const std::size_t key_bytes = number_at<std::uint16_t>(page, offset + 6);
  node.size = low + (std::uint64_t{high} << 16);
  std::size_t value_bytes = 0;
  if (!is_leaf) {
    node.child = node.size + (std::uint64_t{flags} << 32);
  } else {
    node.is_long = flags == kLongValue;
    node.is_tree = flags == kTreeValue;
    if (flags > kTreeValue) return 0;
    value_bytes = node.is_long ? sizeof(std::uint64_t) : node.size;
  }
  const std::size_t end = offset + kNodeBytes + key_bytes + value_bytes;
  if (end > page.size()) return 0;
  node.key = page.substr(offset + kNodeBytes, key_bytes);
  node.value = page.substr(offset + kNodeBytes + key_bytes, value_bytes);
  if (node.is_long) node.child = number_at<std::uint64_t>(node.value, 0);
  return std::min(end + end % 2, page.size());  // nodes begin at even offsets
}

}  // namespace

bool PageHeader::is_tree() const {
  return flags == kBranch || flags == kLeaf;
}

bool PageHeader::is_overflow() const {
  return flags == kOverflow;
}

PageHeader read_page_header(std::string_view page) {
  PageHeader header{};
  static_assert(sizeof header == kPageHeaderBytes);
  std::memcpy(&header, page.data(), sizeof header);
  return header;
}

bool PageTree::is_empty() const {
  return root == kNoPage;
}

base::Result<PageTree> parse_page_tree(std::string_view bytes) {
  if (bytes.size() != kTreeBytes) return corrupt("a table's root has the wrong size");
  PageTree tree;
  tree.depth = number_at<std::uint16_t>(bytes, 6);
  tree.branch_pages = number_at<std::uint64_t>(bytes, 8);
  tree.leaf_pages = number_at<std::uint64_t>(bytes, 16);
  tree.overflow_pages = number_at<std::uint64_t>(bytes, 24);
  tree.entries = number_at<std::uint64_t>(bytes, 32);
  tree.root = number_at<std::uint64_t>(bytes, 40);
  return tree;
}

base::Result<MetaPage> parse_meta_page(std::string_view page) {
  if (page.size() < kPageHeaderBytes + kMetaBytes) return corrupt("the file is incomplete");
  const PageHeader header = read_page_header(page);
  const std::string_view meta = page.substr(kPageHeaderBytes, kMetaBytes);
  if (header.flags != kMeta || number_at<std::uint32_t>(meta, 0) != kMagic ||
      number_at<std::uint32_t>(meta, 4) != kVersion)
    return corrupt("it is not an LMDB file of this version");
  MetaPage found;
  found.page_bytes = number_at<std::uint32_t>(meta, 24);
  const bool is_power = (found.page_bytes & (found.page_bytes - 1)) == 0;
  if (found.page_bytes < kMinPage || found.page_bytes > kMaxPage || !is_power)
    return corrupt("a meta page has an impossible page size");
  found.free = *parse_page_tree(meta.substr(24, kTreeBytes));
  found.tables = *parse_page_tree(meta.substr(24 + kTreeBytes, kTreeBytes));
  found.last_page = number_at<std::uint64_t>(meta, 24 + 2 * kTreeBytes);
  found.transaction = number_at<std::uint64_t>(meta, 24 + 2 * kTreeBytes + 8);
  return found;
}

base::Result<TreePage> parse_tree_page(std::string_view page, std::uint64_t number) {
  const PageHeader header = read_page_header(page);
  if (header.number != number || !header.is_tree()) return corrupt("is not a page of a table");
  if (header.gap_begin <= kPageHeaderBytes || header.gap_begin % 2 != 0 ||
      header.gap_begin > header.gap_end || header.gap_end > page.size())
    return corrupt("has an impossible gap");
  TreePage tree;
  tree.is_leaf = header.flags == kLeaf;
  std::vector<std::pair<std::size_t, std::size_t>> extents;
  for (std::size_t at = kPageHeaderBytes; at < header.gap_begin; at += 2) {
    const std::size_t offset = number_at<std::uint16_t>(page, at);
    const std::size_t end = read_node(page, offset, tree.is_leaf, tree.nodes.emplace_back());
    if (end == 0) return corrupt("has an entry that does not fit");
    extents.emplace_back(offset, end);
  }
  std::sort(extents.begin(), extents.end());
  std::size_t next = header.gap_end;
  for (const auto& [begin, end] : extents) {
    if (begin != next) return corrupt("has overlapping entries, or lacks one where one should be");
    next = end;
  }
  if (next != page.size()) return corrupt("has a hole at its end");
  return tree;
}

}  // namespace signpost::store::lmdb
