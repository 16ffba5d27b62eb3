// Which keys sign a message, or why none does. Whose domain is whose, the caller says: tenants
// are policy's.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dkim/settings.h"
#include "dkim/unsigned.h"
#include "mail/address.h"
#include "mail/field/author.h"

namespace signpost::dkim {

/// The tenant that sends, as far as keys go.
struct Sender {
  std::string_view tenant;
  bool may_use_author = false;  ///< the author's domain is its own, or free for all
  /// True for a domain that belongs to another tenant.
  std::function<bool(std::string_view domain)> is_foreign;
};

struct Selection {
  std::vector<SigningKey> keys;  ///< in signing order, RSA first; empty: not signed
  Unsigned why_not = Unsigned::no;
  std::string key_error = {};  ///< with `key_unreadable`: which file, and what is wrong with it
};

/// Looked for in this order; the first place that has a key which may sign gives them all:
/// 1. keys whose d= is the author's domain (aligned for every DMARC mode, RFC 7489 §3.1.1);
/// 2. keys of the nearest parent domain that are meant for subdomains (aligned if the domain is not strict);
/// 3. keys for any domain, which sign as the author's;
/// 4. keys of the default domain, if one is set (not aligned).
/// In each place the tenant's own keys go before those of all tenants, and no key signs whose domain belongs
/// to another tenant. A key that cannot be read ends the search: only some of the signatures would be misleading.
Selection select(const Settings& settings, const tl::expected<mail::Address, mail::NoAuthor>& author,
                 const Sender& sender);

}  // namespace signpost::dkim
