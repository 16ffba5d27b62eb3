// LMDB 0.9's file as bytes: its meta pages, tree pages and nodes. Pure; every decoder takes hostile bytes.
// LMDB itself reads and writes the file (store/lmdb/env); this is for store/lmdb/scrub and store/lmdb/page_check, which
// read it without LMDB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace signpost::store::lmdb {

/// The header of each page.
struct PageHeader {
  std::uint64_t number;
  std::uint16_t pad;
  std::uint16_t flags;
  std::uint16_t gap_begin;  ///< in a run of overflow pages both are one number: how many pages it has
  std::uint16_t gap_end;

  bool is_tree() const;
  bool is_overflow() const;
  std::uint64_t run() const { return gap_begin + (std::uint64_t{gap_end} << 16); }
};
inline constexpr std::size_t kPageHeaderBytes = 16;
/// Requires at least the bytes of a header.
PageHeader read_page_header(std::string_view page);

/// One tree: LMDB's own list of free pages, the table of tables, or a table.
struct PageTree {
  std::uint16_t depth = 0;
  std::uint64_t branch_pages = 0;
  std::uint64_t leaf_pages = 0;
  std::uint64_t overflow_pages = 0;
  std::uint64_t entries = 0;
  std::uint64_t root = 0;
  bool is_empty() const;
};
/// The value under which the table of tables keeps one. Error `corrupt`.
base::Result<PageTree> parse_page_tree(std::string_view bytes);

/// The state of the file after one transaction.
struct MetaPage {
  std::size_t page_bytes = 0;
  PageTree free;
  PageTree tables;
  std::uint64_t last_page = 0;
  std::uint64_t transaction = 0;
};
/// Error `corrupt`.
base::Result<MetaPage> parse_meta_page(std::string_view page);

/// A key of a tree page with its value.
struct PageNode {
  std::string_view key;
  std::string_view value;   ///< of a leaf that keeps it in the page
  std::uint64_t child = 0;  ///< of a branch: the page below; of a leaf with a long value: its first page
  std::uint64_t size = 0;   ///< of a long value
  bool is_long = false;
  bool is_tree = false;  ///< the value is a PageTree
};
/// All nodes of a tree page, whose every byte but the gap's has to belong to one. Views point into `page`.
/// Error `corrupt`.
struct TreePage {
  bool is_leaf = false;
  std::vector<PageNode> nodes;
};
base::Result<TreePage> parse_tree_page(std::string_view page, std::uint64_t number);

}  // namespace signpost::store::lmdb
