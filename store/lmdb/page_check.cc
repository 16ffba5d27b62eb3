#include "store/lmdb/page_check.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/lmdb/page_bytes.h"
#include "store/lmdb/page_file.h"
#include "system/descriptor.h"
#include "system/errors.h"
#include "system/file.h"

namespace signpost::store::lmdb {
namespace {

using Visit = std::function<base::Result<void>(const PageNode& node, std::string_view value)>;
class Walker {
 public:
  Walker(int file, const MetaPage& meta, std::uint64_t file_pages, const Watch& watch)
      : file_(file), meta_(meta), watch_(watch), used_(std::min(file_pages, meta.last_page + 1)) {}

  /// Walks a whole tree, in order.
  base::Result<void> walk(const PageTree& tree, IsLess is_less, const Visit& visit);
  bool is_used(std::uint64_t page) const { return page < used_.size() && used_[page]; }
  std::uint64_t pages() const { return pages_; }

 private:
  base::Result<void> walk_page(const PagePlace& at);
  base::Result<void> visit_node(std::uint64_t page, const PageNode& node);
  base::Result<std::string> read_long(std::uint64_t page, const PageNode& node);
  base::Result<void> use(std::uint64_t first, std::uint64_t count);

  int file_;
  const MetaPage& meta_;
  const Watch& watch_;
  std::vector<bool> used_;
  std::uint64_t pages_ = 0;
  PageTree counted_;  ///< of the tree that is being read
  IsLess is_less_ = nullptr;
  const Visit* visit_ = nullptr;
};

base::Result<void> Walker::walk(const PageTree& tree, IsLess is_less, const Visit& visit) {
  counted_ = {};
  is_less_ = is_less;
  base::Result<void> walked;
  if (!tree.is_empty()) {
    if (tree.depth == 0 || tree.depth > kMaxTreeDepth)
      return damaged(tree.root, "is a root of impossible depth");
    visit_ = &visit;
    walked = walk_page({tree.root, tree.depth, {}});
    visit_ = nullptr;
  }
  if (!walked) return walked;
  const bool agree = counted_.branch_pages == tree.branch_pages && counted_.leaf_pages == tree.leaf_pages &&
                     counted_.overflow_pages == tree.overflow_pages && counted_.entries == tree.entries;
  return agree ? base::Result<void>{} : damaged(tree.root, "is the root of more or fewer pages than it says");
}

/// Each page of the file is used once.
base::Result<void> Walker::use(std::uint64_t first, std::uint64_t count) {
  if (first < 2 || count == 0 || first >= used_.size() || count > used_.size() - first)
    return damaged(first, "is used but not in the file");
  for (std::uint64_t page = first; page < first + count; ++page) {
    if (used_[page]) return damaged(page, "is used twice");
    used_[page] = true;
  }
  pages_ += count;
  return {};
}

base::Result<void> Walker::walk_page(const PagePlace& at) {
  if (auto used = use(at.number, 1); !used) return used;
  if (watch_ && !watch_(pages_, used_.size()))
    return base::fail(base::ErrorKind::unavailable, "the check was ended early");
  std::string bytes;
  const auto page = read_tree_page(file_, meta_, at, is_less_, bytes);
  if (!page) return tl::unexpected(page.error());
  ++(page->is_leaf ? counted_.leaf_pages : counted_.branch_pages);
  for (std::size_t i = 0; i < page->nodes.size(); ++i) {
    const PageNode& node = page->nodes[i];
    auto done = page->is_leaf ? visit_node(at.number, node)
                              : walk_page({node.child, at.levels - 1, bounds_of_child(*page, i, at.keys)});
    if (!done) return done;
  }
  return {};
}

base::Result<void> Walker::visit_node(std::uint64_t page, const PageNode& node) {
  ++counted_.entries;
  if (!node.is_long) return (*visit_)(node, node.value);
  const auto value = read_long(page, node);
  if (!value) return tl::unexpected(value.error());
  return (*visit_)(node, *value);
}

base::Result<std::string> Walker::read_long(std::uint64_t page, const PageNode& node) {
  std::uint64_t pages = 0;
  auto value = read_long_value(file_, meta_, page, node, pages);
  if (!value) return value;
  if (auto used = use(node.child, pages); !used) return tl::unexpected(used.error());
  counted_.overflow_pages += pages;
  return value;
}

/// "transaction -> how many pages it freed, and which": none of them may be in use.
base::Result<std::vector<std::uint64_t>> read_free_pages(Walker& walker, const MetaPage& meta) {
  std::vector<std::uint64_t> free;
  const auto walked = walker.walk(meta.free, is_less_number, [&](const PageNode&, std::string_view value) {
    auto is_damaged =
        base::Result<void>(base::fail(base::ErrorKind::corrupt, "the list of free pages is damaged"));
    if (value.size() < sizeof(std::uint64_t)) return is_damaged;
    std::vector<std::uint64_t> list(value.size() / sizeof(std::uint64_t));
    std::memcpy(list.data(), value.data(), list.size() * sizeof(std::uint64_t));
    if (list.front() != list.size() - 1) return is_damaged;
    free.insert(free.end(), list.begin() + 1, list.end());
    return base::Result<void>{};
  });
  if (!walked) return tl::unexpected(walked.error());
  return free;
}

}  // namespace

base::Result<PageCheck> check_pages(const std::string& path, const CheckPair& check_pair,
                                    const Watch& watch) {
  const system::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() && errno == ENOENT) return PageCheck{};
  if (!file.is_open()) return system::system_failure("opening " + path);
  return check_pages(file.get(), check_pair, watch);
}

base::Result<PageCheck> check_pages(int file, const CheckPair& check_pair, const Watch& watch) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return system::system_failure("reading the store");
  if (status.st_size == 0) return PageCheck{};
  const auto meta = newest_meta(file);
  if (!meta) return tl::unexpected(meta.error());
  Walker walker(file, *meta, static_cast<std::uint64_t>(status.st_size) / meta->page_bytes, watch);
  const auto free = read_free_pages(walker, *meta);
  if (!free) return tl::unexpected(free.error());

  std::vector<std::pair<std::string, PageTree>> tables;
  PageCheck done;
  auto walked = walker.walk(meta->tables, is_less_text, [&](const PageNode& node, std::string_view value) {
    auto tree = node.is_tree
                    ? parse_page_tree(value)
                    : base::fail(base::ErrorKind::corrupt, "the table of tables holds something else");
    if (!tree) return base::Result<void>(tl::unexpected(tree.error()));
    tables.emplace_back(node.key, *tree);
    return base::Result<void>{};
  });
  for (std::size_t i = 0; walked && i < tables.size(); ++i) {
    const auto& [name, tree] = tables[i];
    done.entries += tree.entries;
    walked = walker.walk(tree, is_less_text,
                         [&, table = std::string_view(name)](const PageNode& node, std::string_view value) {
                           return node.is_tree ? base::fail(base::ErrorKind::corrupt,
                                                            "there is a table within a table")
                                               : check_pair(table, node.key, value);
                         });
  }
  if (!walked) return tl::unexpected(walked.error());
  for (const std::uint64_t page : *free) {
    if (page < 2 || page > meta->last_page || walker.is_used(page))
      return damaged(page, "is free and used, or does not exist");
  }
  done.pages = walker.pages();
  return done;
}

}  // namespace signpost::store::lmdb
