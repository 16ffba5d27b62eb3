// The suppression list as policy sees it: a port to look listings up, and the pure decision which of them
// blocks. The store implements the port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "mail/address.h"
#include "policy/reason.h"

namespace signpost::policy {

/// One entry of the list.
struct Listing {
  std::string address;      ///< canonical: "bob@example.net", or "@example.net" for a domain
  bool subdomains = false;  ///< domain listings: names below it too
  std::string tenant;       ///< name; empty: everywhere
  std::string stream;       ///< empty: all streams of the tenant; "!name": all but that one (names_stream)
  Reason reason = Reason::manual;
  base::Wall since{};
  std::optional<base::Wall> until;  ///< stops to block at this moment
  std::optional<base::Wall> trial;  ///< when, after it, the one message on probation was let through
  std::string by;                   ///< who or what added it: "operator uid=0", "web", "bounce"
  std::string note;
  std::string as_given;  ///< spelling at the time it was added
  bool operator==(const Listing&) const = default;
};

/// `by` of the listings that recipients made themselves, by a link of their mail.
inline constexpr std::string_view kByWeb = "web";

/// Looks listings up. Implemented by store/list/suppression_store and by a twin in tests.
class Suppressions {
 public:
  virtual ~Suppressions() = default;
  /// Every listing, of any scope and expired or not, that names the address, its domain, or (with subdomains)
  /// a parent domain. Thread-safe; no locks held on return. Errors: unavailable, corrupt.
  virtual base::Result<std::vector<Listing>> find(const mail::Address& address) const = 0;
};

/// What the list says about one recipient.
struct SuppressionAnswer {
  bool blocked = false;
  Listing deciding;          ///< the narrowest one that blocks, if blocked
  bool own_scope = false;    ///< it is in the tenant's own scope: the reply may name the reason
  bool no_tracking = false;  ///< a no-tracking entry covers this mail
  /// If not blocked: listings that ended and for which this message would be the trial.
  std::vector<Listing> due;
  bool trap = false;  ///< a trap is among those that block, whichever decides
};

/// Pure: which listing decides for this tenant and stream at this time. An unexpired `allow` entry in scope
/// overrides soft-bounce, complaint and manual, nothing else; among blocking ones the narrowest scope is
/// named (stream, tenant, everywhere; address before domain). With a `probation` hard-bounce, soft-bounce and
/// dead-domain entries that ended let one message through as their trial, and block for that long
/// once it is under way.
SuppressionAnswer decide(const std::vector<Listing>& listings, const BlockTable& blocks,
                         std::string_view tenant, std::string_view stream, base::Wall now,
                         std::chrono::seconds probation = {});

}  // namespace signpost::policy
