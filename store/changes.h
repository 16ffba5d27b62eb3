// What facts that came back (a hit of a link, a bounce) change in the store, and how far their source was read:
// committed together, so that each fact counts exactly once, wherever the daemon is killed. Who decides what a
// fact leads to is the daemon's ingest.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/suppression.h"
#include "store/hit_keys.h"

namespace signpost::store {

/// A stretch of one source: a segment of the spool, a file, a mailbox. A source's name is never used twice.
struct ReadMark {
  std::string source;
  std::uint64_t from = 0;  ///< where the stretch begins: what HitStore::mark said
  std::uint64_t to = 0;
};

/// What happens to the list: an entry is made, or the one that a recipient made is taken back.
struct ListChange {
  policy::Listing listing;
  /// Takes back the entry with exactly this address, tenant, stream, `since` and `by`; any other stays.
  bool undo = false;
};

struct Changes {
  Counts counts;
  std::map<LinkName, std::string> places;
  std::vector<ListChange> listings;  ///< in the order in which they were asked for
  StreamCounts streams = {};
};

/// What became of the changes of the list.
struct ChangesOutcome {
  /// Addresses that could not be listed, because they are not valid or their record is damaged, each with the
  /// reason: they do not hold up the rest.
  std::vector<std::pair<std::string, base::Error>> refused;
  /// The entries of recipients who were not listed yet, as indexes of Changes::listings.
  std::vector<std::size_t> fresh;
};

}  // namespace signpost::store
