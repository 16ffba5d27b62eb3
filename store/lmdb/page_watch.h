// Looks for damage in the file that is open and in use, slowly and over and over: memory and disks change bytes that nobody
// wrote. What store/lmdb/page_check does with a file at rest is done here in slices, beside readers and writers.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/lmdb/env.h"
#include "store/lmdb/page_check.h"

namespace signpost::store::lmdb {

/// One thread at a time, except for `percent`.
class PageWatch {
 public:
  /// `tables` are those of the environment.
  PageWatch(Env& env, std::span<const std::string_view> tables, CheckPair check_pair)
      : env_(env), names_(tables.begin(), tables.end()), check_pair_(std::move(check_pair)) {}

  struct Done {
    std::vector<Damage> found;  ///< damage that was not known before
    bool at_end = false;        ///< everything was looked at; the next slice begins anew
  };
  /// Looks at so many pages, at least 64, and tells the environment what is damaged (Env::set_damages): each page is
  /// where it says it is and at its level, all its bytes belong to entries, keys are in order within the bounds that
  /// the pages above set, and records are what `check_pair` says they must be. With more than a hundred damages
  /// nothing in any table is relied on. What turns out to be in order again is forgotten after a round. Holds no
  /// lock; a read transaction, which writers do not wait for, is open for the length of the slice. Damage is believed
  /// when a second look finds it too. Error `unavailable`: the file cannot be read. Limitation: pages that are used
  /// twice or not at all, and wrong counts, are noticed by page_check only. What the system keeps in memory is not
  /// read from the disk again.
  base::Result<Done> slice(std::uint64_t max_pages);
  /// How far the round is.
  unsigned percent() const { return percent_; }

 private:
  struct Place {
    std::size_t tree = 0;             ///< the list of free pages, then the tables as named
    std::optional<std::string> from;  ///< the first key that was not looked at
  };
  struct Look {
    std::vector<Damage> damages;
    Place next;
    bool at_end = false;
    std::uint64_t pages = 0;
    std::uint64_t of = 0;  ///< pages of the file
  };
  class Walker;
  base::Result<Look> look(std::uint64_t max_pages) const;
  std::vector<Damage> everywhere(const std::string& what, bool is_page) const;
  Look whole_is_damaged(const std::string& what) const;

  Env& env_;
  const std::vector<std::string> names_;
  const CheckPair check_pair_;
  Place place_;
  std::uint64_t seen_ = 0;  ///< pages of this round
  std::vector<Damage> former_;
  std::vector<Damage> found_;  ///< in this round
  std::atomic<unsigned> percent_{0};
};

}  // namespace signpost::store::lmdb
