// Who sends, by the order that is settled: our own seal, then login, then longest client prefix, then the sender (only
// without a login, and of tenants that allow it); `default` if nothing matches. And the stream, from rules and from
// the header. docs/tenants.md tells it to administrators.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "policy/settings.h"

namespace signpost::policy {

/// By which way the mail came: an address of this host is a loopback one, or the MTA's own of this connection.
Way way_of(const mail::Envelope& envelope);

/// What the envelope tells of the origin. `login` is that of the connection, which a seal may have replaced in the
/// envelope. The result refers to all four; `seal` is none.
Evidence evidence_of(const Settings& settings, const TenantIndex& index, const mail::Envelope& envelope,
                     std::string_view login);

/// What was found of the origin, put where judging reads it.
void take_finding(mail::Envelope& envelope, OriginFinding finding);

/// Follows the origin: ours is outbound, by a seal too. Role inbound is never outbound. A role that is unknown always
/// is, and so is a stranger's mail on a port of role submit: check_role answers those.
mail::MailClass classify(const mail::Envelope& envelope);
bool is_strangers_submission(const mail::Envelope& envelope);

/// The role of a {daemon_name}: empty or not signpost-* is `all`; an unknown signpost-* name is `unknown`.
mail::Role parse_role(std::string_view daemon_name);

/// The tenant, never null: `Settings::tenants` has a "default" added by the loader if the site has none
/// (fallback: a static one). With the header, mail of the null sender is found by its author instead.
const Tenant& resolve_tenant(const Settings& settings, const mail::Envelope& envelope,
                             const std::vector<mail::Field>* fields = nullptr);

/// Whose mail it is: fills in the envelope's class and, for outbound mail, tenant and stream, once client, role,
/// login, sender and origin are known. Its tenant; nullptr for other mail, which is not judged.
const Tenant* identify(const Settings& settings, mail::Envelope& envelope,
                       const std::vector<mail::Field>* fields = nullptr);

/// Takes the origin for granted, for `explain` and `message run`. A seal is imagined to name the envelope's login and
/// the tenant that it has without one.
void assume_origin(const Settings& settings, mail::Envelope& envelope, mail::Origin origin);

/// Origin, class, tenant and stream as a session finds them of mail without a seal; the origin only if it is not given.
/// The envelope's login is that of the connection.
const Tenant* identify_unsealed(const Settings& settings, mail::Envelope& envelope,
                                std::optional<mail::Origin> origin,
                                const std::vector<mail::Field>* fields = nullptr);

/// A short seal's identity, its tenant and stream looked up among the configured ones; what is not found is empty.
mail::Identity lengthen(const Settings& settings, const mail::ShortIdentity& brief);

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

/// May the tenant use this domain as sender: its own, or (if it is not bound) any that no other tenant owns.
bool may_send_as(const Settings& settings, const Tenant& tenant, std::string_view domain);
/// The same of an address: one of its `senders` too.
bool may_send_as(const Settings& settings, const Tenant& tenant, const mail::Address& address);

/// What two tenants both claim. The tenants are positions in Settings::tenants.
struct Overlap {
  std::size_t first = 0;
  std::size_t second = 0;
  std::string text;  ///< names what is claimed, and both
};
/// Overlaps that `-t` reports: a login, an equal client prefix, a domain or a sender that two tenants name; hash
/// collisions of names.
std::vector<Overlap> find_overlaps(const Settings& settings);

}  // namespace signpost::policy
