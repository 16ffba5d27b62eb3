#include "store/lmdb/page_lookup.h"

#include <array>

#include "store/lmdb/page_file.h"

namespace signpost::store::lmdb {
namespace {

/// A leaf's node with that key, found from the root down. The first key of a branch counts as the least.
base::Result<std::optional<std::pair<bool, std::string>>> find(int file, const MetaPage& meta,
                                                               const PageTree& tree, std::string_view key) {
  PagePlace at{tree.root, tree.depth, {}};
  if (tree.is_empty()) return std::optional<std::pair<bool, std::string>>();
  if (tree.depth == 0 || tree.depth > kMaxTreeDepth)
    return damaged(tree.root, "is a root of impossible depth");
  std::array<std::string, kMaxTreeDepth> pages;  // bounds point into them
  for (;; --at.levels) {
    const auto page = read_tree_page(file, meta, at, is_less_text, pages[at.levels - 1]);
    if (!page) return tl::unexpected(page.error());
    if (page->is_leaf) {
      for (const PageNode& node : page->nodes) {
        if (node.key == key && !node.is_long)
          return std::optional(std::pair(node.is_tree, std::string(node.value)));
      }
      return std::optional<std::pair<bool, std::string>>();
    }
    std::size_t below = 0;
    while (below + 1 < page->nodes.size() && page->nodes[below + 1].key <= key) ++below;
    at.keys = bounds_of_child(*page, below, at.keys);
    at.number = page->nodes[below].child;
  }
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
