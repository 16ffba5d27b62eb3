// The pure half of the suppression list: which of the listings found decides.
#include "policy/suppression.h"

#include <tuple>

namespace signpost::policy {

namespace {

/// True if the listing is in force now and its scope covers mail of this tenant and stream.
bool in_scope(const Listing& listing, std::string_view tenant, std::string_view stream, base::Wall now) {
  if (listing.until && *listing.until <= now) return false;
  if (!listing.tenant.empty() && listing.tenant != tenant) return false;
  return listing.stream.empty() || listing.stream == stream;
}

/// `allow` is an exception to what a person or a machine may have got wrong, never to what the recipient
/// asked for or to a mailbox that is gone.
bool yields_to_allow(Reason reason) {
  return reason == Reason::soft_bounce || reason == Reason::complaint || reason == Reason::manual;
}

/// Greater is narrower: stream before tenant before everywhere; an address before a domain, a domain before
/// its parents. Among equals the reason decides, so that the answer does not depend on the order of
/// `listings`.
auto narrowness(const Listing& listing) {
  return std::tuple(!listing.stream.empty(), !listing.tenant.empty(), !listing.address.starts_with('@'),
                    listing.address.size(), -static_cast<int>(listing.reason));
}

}  // namespace

SuppressionAnswer decide(const std::vector<Listing>& listings, const BlockTable& blocks,
                         std::string_view tenant, std::string_view stream, base::Wall now) {
  SuppressionAnswer answer;
  bool allowed = false;
  for (const Listing& listing : listings) {
    if (!in_scope(listing, tenant, stream, now)) continue;
    allowed = allowed || listing.reason == Reason::allow;
    answer.no_tracking = answer.no_tracking || listing.reason == Reason::no_tracking;
  }
  for (const Listing& listing : listings) {
    if (!in_scope(listing, tenant, stream, now)) continue;
    if (allowed && yields_to_allow(listing.reason)) continue;
    const auto row = blocks.find(listing.reason);
    if (row == blocks.end() || !covers(row->second, stream, listing.stream)) continue;
    answer.trap = answer.trap || listing.reason == Reason::trap;
    if (answer.blocked && narrowness(listing) <= narrowness(answer.deciding)) continue;
    answer.blocked = true;
    answer.deciding = listing;
  }
  answer.own_scope = answer.blocked && !answer.deciding.tenant.empty();
  return answer;
}

}  // namespace signpost::policy
