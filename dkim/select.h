// Which keys sign a message, or the one word why none does. Whose domain it is, the caller says: tenants are
// policy's.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "dkim/settings.h"
#include "mail/address.h"
#include "mail/author.h"

namespace signpost::dkim {

/// Whose the author's domain is, seen from the tenant that sends.
enum class Ownership {
  own,      ///< the sender's own
  unowned,  ///< no tenant's: every tenant may use it
  foreign,  ///< another tenant's
};

struct Selection {
  std::vector<SigningKey> keys;  ///< in signing order; empty: not signed
  /// Why not, a fixed word: "no-from", "several-from", "several-authors", "empty-group", "bad-from",
  /// "foreign-domain" or "no-key-for-domain". Empty if there are keys.
  std::string unsigned_reason;
};

/// The keys whose d= is exactly the author's domain.
/// Limitation: a key of a parent domain is not used for its subdomains.
Selection select(const Settings& settings, const tl::expected<mail::Address, mail::NoAuthor>& author,
                 Ownership ownership);

}  // namespace signpost::dkim
