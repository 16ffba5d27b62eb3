// Pages of an LMDB file as store/lmdb/page_check, page_watch and page_lookup read them, which is without LMDB. The
// bytes are hostile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/lmdb/page_bytes.h"

namespace signpost::store::lmdb {

/// Reads up to `size` bytes; fewer at the end of the file.
base::Result<std::string> read_at(int file, std::uint64_t offset, std::size_t size);

/// The meta page that LMDB would use. Errors: corrupt, unavailable.
base::Result<MetaPage> newest_meta(int file);

/// LMDB's own limit.
inline constexpr unsigned kMaxTreeDepth = 32;

/// How two keys of a tree are ordered.
using IsLess = bool (*)(std::string_view a, std::string_view b);
bool is_less_text(std::string_view a, std::string_view b);
/// Of the list of free pages, whose keys are numbers.
bool is_less_number(std::string_view a, std::string_view b);

/// What the pages above say about the keys of a page: from <= key < end.
struct KeyBounds {
  std::optional<std::string_view> from = {};
  std::optional<std::string_view> end = {};
};
struct PagePlace {
  std::uint64_t number = 0;
  unsigned levels = 0;  ///< of it and what is below
  KeyBounds keys = {};
};
/// A page that is whole, where it says it is, at its level, with keys in order and within their bounds. `bytes` keeps it.
/// Errors: corrupt (names the page), unavailable.
base::Result<TreePage> read_tree_page(int file, const MetaPage& meta, const PagePlace& place, IsLess is_less,
                                      std::string& bytes);
/// Of what is below a branch's node. The first key of a branch is ignored: what is below begins where the branch does.
KeyBounds bounds_of_child(const TreePage& branch, std::size_t node, const KeyBounds& of_branch);
/// A value that has pages of its own, and how many it has. `page` is the one of its node. Errors as above.
base::Result<std::string> read_long_value(int file, const MetaPage& meta, std::uint64_t page,
                                          const PageNode& node, std::uint64_t& pages);

/// "page N WHAT", of kind `corrupt`.
tl::unexpected<base::Error> damaged(std::uint64_t page, const std::string& what);

}  // namespace signpost::store::lmdb
