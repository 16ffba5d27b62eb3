#include "store/lmdb/page_lookup.h"

#include "store/lmdb/page_file.h"

namespace signpost::store::lmdb {
namespace {

/// A leaf's node with that key, found from the root down. The first key of a branch counts as the least.
base::Result<std::optional<std::pair<bool, std::string>>> find(int file, const MetaPage& meta,
                                                               const PageTree& tree, std::string_view key) {
  std::uint64_t number = tree.root;
  if (tree.is_empty()) return std::optional<std::pair<bool, std::string>>();
  for (unsigned left = tree.depth; left > 0; --left) {
    if (number > meta.last_page) return damaged(number, "is not in the file");
    const auto bytes = read_at(file, number * meta.page_bytes, meta.page_bytes);
    if (!bytes) return tl::unexpected(bytes.error());
    if (bytes->size() != meta.page_bytes) return damaged(number, "is incomplete");
    const auto page = parse_tree_page(*bytes, number);
    if (!page) return damaged(number, page.error().text);
    if (page->is_leaf != (left == 1)) return damaged(number, "is not at its level");
    if (page->is_leaf) {
      for (const PageNode& node : page->nodes) {
        if (node.key == key && !node.is_long)
          return std::optional(std::pair(node.is_tree, std::string(node.value)));
      }
      return std::optional<std::pair<bool, std::string>>();
    }
    number = page->nodes.front().child;
    for (std::size_t i = 1; i < page->nodes.size() && page->nodes[i].key <= key; ++i)
      number = page->nodes[i].child;
  }
  return damaged(number, "is a root of impossible depth");
}

}  // namespace

base::Result<std::optional<std::string>> look_up(int file, std::string_view table, std::string_view key) {
  const auto meta = newest_meta(file);
  if (!meta) return tl::unexpected(meta.error());
  const auto root = find(file, *meta, meta->tables, table);
  if (!root) return tl::unexpected(root.error());
  if (!*root || !(*root)->first) return std::optional<std::string>();
  const auto tree = parse_page_tree((*root)->second);
  if (!tree) return tl::unexpected(tree.error());
  auto value = find(file, *meta, *tree, key);
  if (!value) return tl::unexpected(value.error());
  if (!*value || (*value)->first) return std::optional<std::string>();
  return std::optional(std::move((*value)->second));
}

}  // namespace signpost::store::lmdb
