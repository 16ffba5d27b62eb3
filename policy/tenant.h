// Who sends, by the order that is settled: login, then longest client prefix, then sender domain (only for
// tenants with neither logins nor clients, and never for an authenticated client); `default` if nothing
// matches. And the stream, from rules and from the header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "policy/settings.h"

namespace signpost::policy {

/// Whose mail: authenticated, local submission, trusted client, or role submit. Role inbound is never
/// outbound. A loopback client is not outbound as such.
mail::MailClass classify(const mail::Envelope& envelope, const Settings& settings);

/// The role of a {daemon_name}: empty or not signpost-* is `all`; an unknown signpost-* name is `unknown`.
mail::Role parse_role(std::string_view daemon_name);

/// The tenant, never null: `Settings::tenants` has a "default" added by the loader if the site has none
/// (fallback: a static one).
const Tenant& resolve_tenant(const Settings& settings, const mail::Envelope& envelope);

/// Whose mail it is: fills in the envelope's class and, for outbound mail, tenant and stream, once client, role,
/// login and sender are known. Its tenant; nullptr for other mail, which is not judged.
const Tenant* identify(const Settings& settings, mail::Envelope& envelope);

/// The tenant of a site that has but one: the only one that it configures, or the implied `default` if it
/// configures none. nullptr among several.
const Tenant* only_tenant(const Settings& settings);

/// The stream that the rules give (first match wins), else the tenant's default.
std::string stream_by_rules(const Tenant& tenant, const mail::Envelope& envelope);

/// The stream once the header is known: Signpost-Stream may choose among the allowed ones; bulk-looking mail
/// (List-*, Precedence: bulk) is never made `transactional` by a header. `ignored` says why a header was not
/// followed ("" if it was or there was none).
struct LateStream {
  std::string stream;
  std::string ignored;  ///< "stream-not-allowed", "bulk-mail", "several-stream-headers"
};
LateStream stream_by_header(const Tenant& tenant, std::string_view stream_so_far,
                            const std::vector<mail::Field>& fields);

/// The tenant that owns a domain by its sender_domains (exact or parent), or nullptr.
const Tenant* owner_of_domain(const Settings& settings, std::string_view domain);

/// May the tenant use this domain as sender: its own, or (without sender_domains) any that no
/// other tenant owns.
bool may_send_as(const Settings& settings, const Tenant& tenant, std::string_view domain);

/// Overlaps that `-t` reports: a login, an equal client prefix or a domain that two tenants name; hash
/// collisions of names. Each text names both.
std::vector<std::string> find_overlaps(const Settings& settings);

}  // namespace signpost::policy
