// The pure half of the suppression list: which of the listings found decides.
#include "policy/suppression.h"

#include <tuple>

namespace signpost::policy {

namespace {

bool in_scope(const Listing& listing, std::string_view tenant, std::string_view stream) {
  if (!listing.tenant.empty() && listing.tenant != tenant) return false;
  return names_stream(listing.stream, stream);
}

/// What a machine found out about a mailbox, a machine may try again.
bool may_be_tried(Reason reason) {
  return reason == Reason::hard_bounce || reason == Reason::soft_bounce || reason == Reason::dead_domain;
}

enum class Force { in_force, due, over };

Force force_of(const Listing& listing, base::Wall now, std::chrono::seconds probation) {
  if (!listing.until || now < *listing.until) return Force::in_force;
  if (probation == std::chrono::seconds{0} || !may_be_tried(listing.reason)) return Force::over;
  if (!listing.trial) return Force::due;
  return now < *listing.trial + probation ? Force::in_force : Force::over;
}

/// `allow` is an exception to what a person or a machine may have got wrong, never to what the recipient
/// asked for or to a mailbox that is gone.
bool yields_to_allow(Reason reason) {
  return reason == Reason::soft_bounce || reason == Reason::complaint || reason == Reason::manual;
}

/// Greater is narrower: stream before tenant before everywhere; an address before a domain, a domain before
/// its parents. Among equals the reason decides, so that the answer does not depend on the
/// order of `listings`.
auto narrowness(const Listing& listing) {
  return std::tuple(!listing.stream.empty(), !listing.tenant.empty(), !listing.address.starts_with('@'),
                    listing.address.size(), -static_cast<int>(listing.reason));
}

}  // namespace

SuppressionAnswer decide(const std::vector<Listing>& listings, const BlockTable& blocks,
                         std::string_view tenant, std::string_view stream, base::Wall now,
                         std::chrono::seconds probation) {
  SuppressionAnswer answer;
  bool allowed = false;
  for (const Listing& listing : listings) {
    if (!in_scope(listing, tenant, stream) || force_of(listing, now, probation) != Force::in_force) continue;
    allowed = allowed || listing.reason == Reason::allow;
    answer.no_tracking = answer.no_tracking || listing.reason == Reason::no_tracking;
  }
  for (const Listing& listing : listings) {
    const Force force = force_of(listing, now, probation);
    if (!in_scope(listing, tenant, stream) || force == Force::over) continue;
    if (allowed && yields_to_allow(listing.reason)) continue;
    const auto row = blocks.find(listing.reason);
    if (row == blocks.end() || !covers(row->second, stream, listing.stream)) continue;
    if (force == Force::due) {
      answer.due.push_back(listing);
      continue;
    }
    answer.trap = answer.trap || listing.reason == Reason::trap;
    if (answer.blocked && narrowness(listing) <= narrowness(answer.deciding)) continue;
    answer.blocked = true;
    answer.deciding = listing;
  }
  if (answer.blocked) answer.due.clear();
  answer.own_scope = answer.blocked && !answer.deciding.tenant.empty();
  return answer;
}

}  // namespace signpost::policy
