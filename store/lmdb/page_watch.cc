// A slice begins at a key, not at a page: pages move with every write, keys do not. As long as a read transaction is open,
// no page of its state or of a later one is used again, so what is read from the file is whole.
#include "store/lmdb/page_watch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "store/lmdb/page_bytes.h"
#include "store/lmdb/page_file.h"

namespace signpost::store::lmdb {
namespace {

/// More damages than this make no table worth relying on; a lookup compares its key with each.
constexpr std::size_t kMaxDamages = 100;

using Visit = std::function<base::Result<void>(const PageNode& node, std::string_view value)>;

base::Result<void> check_free_list(std::string_view value) {
  std::uint64_t count = 0;
  if (value.size() >= sizeof count) std::memcpy(&count, value.data(), sizeof count);
  if (value.size() >= sizeof count && count == value.size() / sizeof count - 1) return {};
  return base::fail(base::ErrorKind::corrupt, "the list of free pages is damaged");
}

void add_new(std::vector<Damage>& to, const Damage& one) {
  if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
}

}  // namespace

/// Walks one tree from a key on. Past a damaged page it goes on with the one beside it.
class PageWatch::Walker {
 public:
  Walker(int file, const MetaPage& meta, std::uint64_t max_pages)
      : file_(file), meta_(meta), left_(max_pages) {}

  /// False if it did not come to the end: it stopped at `next`. Errors: unavailable.
  base::Result<bool> walk(const PageTree& tree, const std::string& name, IsLess is_less,
                          const std::optional<std::string>& from, std::optional<Table> table,
                          const Visit& visit) {
    name_ = name;
    is_less_ = is_less;
    from_ = from;
    table_ = table;
    visit_ = &visit;
    if (tree.is_empty()) return true;
    if (tree.depth == 0 || tree.depth > kMaxTreeDepth) {
      tell({tree.root, 0, {}}, "is a root of impossible depth", true);
      return true;
    }
    return walk_page({tree.root, tree.depth, {}});
  }
  std::optional<std::string> next;
  std::vector<Damage> damages;
  std::uint64_t left() const { return left_; }

 private:
  struct Below {
    std::uint64_t page;
    unsigned levels;
    KeyBounds keys;
  };
  base::Result<bool> walk_page(const Below& at);
  base::Result<void> look_at(const Below& at, const PageNode& node);
  void tell(const Below& at, const std::string& what, bool is_page) {
    const std::string text =
        what.starts_with("page ") ? what : "page " + std::to_string(at.page) + ": " + what;
    damages.push_back({table_, std::string(at.keys.from.value_or("")),
                       at.keys.end ? std::optional(std::string(*at.keys.end)) : std::nullopt,
                       text + " (table " + name_ + ")", is_page});
  }

  int file_;
  const MetaPage& meta_;
  std::uint64_t left_;
  std::string name_;
  IsLess is_less_ = nullptr;
  std::optional<std::string> from_;
  std::optional<Table> table_;
  const Visit* visit_ = nullptr;
};

base::Result<bool> PageWatch::Walker::walk_page(const Below& at) {
  if (left_ == 0) {
    next = std::string(at.keys.from.value_or(""));
    return false;
  }
  --left_;
  std::string bytes;
  const auto page = read_tree_page(file_, meta_, {at.page, at.levels, at.keys}, is_less_, bytes);
  if (!page && page.error().kind != base::ErrorKind::corrupt) return tl::unexpected(page.error());
  if (!page) {
    tell(at, page.error().text, true);
    return true;
  }
  for (std::size_t i = 0; i < page->nodes.size(); ++i) {
    const PageNode& node = page->nodes[i];
    if (page->is_leaf) {
      if (auto looked = look_at(at, node); !looked) return tl::unexpected(looked.error());
      continue;
    }
    const KeyBounds keys = bounds_of_child(*page, i, at.keys);
    if (from_ && keys.end && !is_less_(*from_, *keys.end)) continue;
    auto ended = walk_page({node.child, at.levels - 1, keys});
    if (!ended || !*ended) return ended;
  }
  return true;
}

base::Result<void> PageWatch::Walker::look_at(const Below& at, const PageNode& node) {
  base::Result<void> right;
  bool is_page = false;
  if (node.is_long) {
    std::uint64_t pages = 0;
    const auto value = read_long_value(file_, meta_, at.page, node, pages);
    left_ -= std::min(left_, pages);
    is_page = !value;
    right = value.and_then([&](const std::string& text) { return (*visit_)(node, text); });
  } else {
    right = (*visit_)(node, node.value);
  }
  if (right) return {};
  if (right.error().kind != base::ErrorKind::corrupt) return right;
  tell(at, right.error().text, is_page);
  return {};
}

std::vector<Damage> PageWatch::everywhere(const std::string& what, bool is_page) const {
  std::vector<Damage> damages;
  for (std::size_t i = 0; i < names_.size(); ++i) damages.push_back({Table(i), {}, {}, what, is_page});
  return damages;
}

PageWatch::Look PageWatch::whole_is_damaged(const std::string& what) const {
  Look look;
  look.at_end = true;
  look.damages = everywhere(what, true);
  return look;
}

base::Result<PageWatch::Look> PageWatch::look(std::uint64_t max_pages) const {
  const auto transaction = env_.read();
  if (!transaction) return tl::unexpected(transaction.error());
  const auto meta = newest_meta(transaction->file());
  if (!meta && meta.error().kind == base::ErrorKind::corrupt) return whole_is_damaged(meta.error().text);
  if (!meta) return tl::unexpected(meta.error());
  if (meta->transaction < transaction->id())
    return whole_is_damaged("a meta page is not the one that was written");

  Walker walker(transaction->file(), *meta, max_pages);
  std::vector<std::optional<PageTree>> trees(names_.size());
  const auto listed = walker.walk(meta->tables, "of tables", is_less_text, {}, {},
                                  [&](const PageNode& node, std::string_view value) -> base::Result<void> {
                                    const auto name = std::find(names_.begin(), names_.end(), node.key);
                                    if (!node.is_tree || name == names_.end()) return {};
                                    const auto tree = parse_page_tree(value);
                                    if (!tree) return tl::unexpected(tree.error());
                                    trees[static_cast<std::size_t>(name - names_.begin())] = *tree;
                                    return {};
                                  });
  if (!listed) return tl::unexpected(listed.error());
  if (!walker.damages.empty()) return whole_is_damaged(walker.damages.front().what);

  Look look;
  look.next = place_;
  look.of = meta->last_page + 1;
  for (; look.next.tree <= names_.size(); ++look.next.tree, look.next.from.reset()) {
    const std::size_t table = look.next.tree - 1;
    base::Result<bool> ended = true;
    if (look.next.tree == 0) {
      ended = walker.walk(meta->free, "of free pages", is_less_number, look.next.from, {},
                          [](const PageNode&, std::string_view value) { return check_free_list(value); });
    } else if (trees[table]) {
      ended = walker.walk(*trees[table], names_[table], is_less_text, look.next.from, Table(table),
                          [&](const PageNode& node, std::string_view value) {
                            return node.is_tree ? base::fail(base::ErrorKind::corrupt,
                                                             "there is a table within a table")
                                                : check_pair_(names_[table], node.key, value);
                          });
    }
    if (!ended) return tl::unexpected(ended.error());
    if (!*ended) {
      look.next.from = walker.next;
      break;
    }
  }
  look.at_end = look.next.tree > names_.size();
  look.pages = max_pages - walker.left();
  look.damages = std::move(walker.damages);
  return look;
}

base::Result<PageWatch::Done> PageWatch::slice(std::uint64_t max_pages) {
  constexpr std::uint64_t kMinPages =
      std::uint64_t{2} * kMaxTreeDepth;  // else a deep tree would never get further
  max_pages = std::max(max_pages, kMinPages);
  auto looked = look(max_pages);
  if (!looked) return tl::unexpected(looked.error());
  if (!looked->damages.empty()) {
    auto again = look(max_pages);
    if (!again) return tl::unexpected(again.error());
    std::erase_if(again->damages, [&](const Damage& one) {
      return std::find(looked->damages.begin(), looked->damages.end(), one) == looked->damages.end();
    });
    looked = std::move(again);
  }
  Done done;
  done.at_end = looked->at_end;
  for (const Damage& one : looked->damages) {
    if (found_.size() > kMaxDamages) break;
    if (std::find(former_.begin(), former_.end(), one) == former_.end() &&
        std::find(found_.begin(), found_.end(), one) == found_.end())
      done.found.push_back(one);
    add_new(found_, one);
  }
  seen_ += looked->pages;
  percent_ = static_cast<unsigned>(
      std::min<std::uint64_t>(100, 100 * seen_ / std::max<std::uint64_t>(looked->of, 1)));
  place_ = done.at_end ? Place{} : std::move(looked->next);
  if (done.at_end) {
    former_ = std::exchange(found_, {});
    seen_ = 0;
    percent_ = 0;
  }
  std::vector<Damage> in_force = former_;
  for (const Damage& one : found_) add_new(in_force, one);
  if (in_force.size() > kMaxDamages)
    in_force = everywhere(
        in_force.front().what + ", and in more than " + std::to_string(kMaxDamages) + " places",
        std::any_of(in_force.begin(), in_force.end(), [](const Damage& one) { return one.is_page; }));
  env_.set_damages(std::move(in_force));
  return done;
}

}  // namespace signpost::store::lmdb
