// What feedback (a hit of a link, a bounce) changes in the store, and how far its source was read: committed
// together, so that each fact counts exactly once, wherever the daemon is killed. daemon/ingest decides what a
// fact causes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/soft_score.h"
#include "policy/suppression.h"
#include "store/hit_keys.h"

namespace signpost::store {

/// A part of one source: a segment of the spool, a file, a mailbox. A source's name is never used twice.
struct ReadMark {
  // A report that came by mail is a source of its own: kReportMark and a digest, read up to the hour in which it came, so
  // that the mark can go when it is old.
  std::string source;
  std::uint64_t from = 0;  ///< where the part begins: the result of HitStore::mark
  std::uint64_t to = 0;
};

inline constexpr std::string_view kReportMark = "report-";

/// A change of the list: an entry is added, or the one that a recipient added is removed again.
struct ListChange {
  policy::Listing listing;
  /// Removes the entry with exactly this address, tenant, stream, `since` and `by`; any other stays.
  bool undo = false;
};

/// An address that could not be reached for the time being.
struct SoftBounce {
  policy::Listing listing;  ///< what is listed once its score is due; `since` is when it bounced
  policy::SoftRule rule;
};

/// A report that was judged too early: the entry that it made goes if it is still exactly that (store/list/opt_outs: withdraw), and
/// it counts as something else, whether or not the entry could go.
struct Withdrawal {
  policy::Listing listing;
  ProviderCounter was, is;
};

/// A server took mail of the tenant for an address; see policy::note_reached.
struct Reached {
  std::string address;  ///< canonical
  std::uint32_t tenant = 0;
  base::Wall at{};
};

struct Changes {
  Counts counts;
  std::map<LinkName, std::string> places;
  std::vector<ListChange> listings;  ///< in the order in which they were asked for
  StreamCounts streams = {};
  ProviderCounts providers = {};
  /// Counted before as something that they were not; a counter does not go below 0.
  Counts taken_back = {};
  StreamCounts streams_taken_back = {};
  std::vector<SoftBounce> soft_bounces = {};
  std::vector<Withdrawal> withdrawals = {};
  std::vector<Reached> reached = {};
  /// Whoever has the fact can keep it: where a record is damaged nothing is done, and the error is `unavailable`.
  bool waits_for_damaged = false;
};

/// The result of the changes of the list.
struct ChangesOutcome {
  /// Addresses that could not be listed, because they are not valid or their record is damaged, each with the
  /// reason: they do not prevent the rest.
  std::vector<std::pair<std::string, base::Error>> refused;
  /// The entries of recipients who were not listed yet, as indexes of Changes::listings.
  std::vector<std::size_t> fresh;
  /// The soft bounces by which an address came to be listed, as indexes of Changes::soft_bounces.
  std::vector<std::size_t> due;
  /// The withdrawals whose entry went, as indexes of Changes::withdrawals.
  std::vector<std::size_t> withdrawn;
};

}  // namespace signpost::store
