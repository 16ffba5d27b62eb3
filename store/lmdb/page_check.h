// Checks whether a file that no process has open is intact: LMDB trusts its pages, so a damaged one could end the
// process or silently hide a listing. This reads every page that is in use.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::store::lmdb {

struct PageCheck {
  std::uint64_t pages = 0;    ///< in use
  std::uint64_t entries = 0;  ///< of all tables
};
/// Checks a value of a table; the caller knows what it must be. Its error becomes the result.
using CheckPair =
    std::function<base::Result<void>(std::string_view table, std::string_view key, std::string_view value)>;

/// Told after each page, with how many pages the file has; the check ends with `unavailable` if it returns false.
using Watch = std::function<bool(std::uint64_t pages, std::uint64_t of)>;

/// Follows the newest state from its root: each page is where it says it is and is used once, all its bytes
/// belong to entries, keys are in order within the bounds that the pages above set, the counts are right, and
/// no free page is in use. A file that is missing or empty is intact. Reads the file once, in memory of one
/// page a level, one bit a page and the list of free pages. Errors: corrupt (names the page), unavailable (it
/// cannot be read).
/// Limitation: the bytes of a key are checked by their order only (a listing's record knows its key,
/// store/list/records); a meta page that was replaced as a whole by an older one is not noticed.
base::Result<PageCheck> check_pages(const std::string& path, const CheckPair& check_pair,
                                    const Watch& watch = {});
/// The same for an open file.
base::Result<PageCheck> check_pages(int file, const CheckPair& check_pair, const Watch& watch = {});

}  // namespace signpost::store::lmdb
