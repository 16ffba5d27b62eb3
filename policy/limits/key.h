// The key that a limit counts one mail under: its parts' values, and the text that names the bucket.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "mail/envelope.h"
#include "policy/limit_settings.h"

namespace signpost::policy {
struct Facts;
}

namespace signpost::policy::limits {

/// The values of one mail, in the order of LimitSettings::key.
struct Key {
  std::vector<std::string> values;
  std::optional<base::Ip>
      client;  ///< if the key has a client with an address; of an IPv6 one, the network's first
  LoginCase login_case = LoginCase::folded;
};

/// nullopt if the mail lacks a part (it has no login, or the recipient no domain): all such mail would share one
/// bucket. The sender is folded as the tenant's listings are; IPv6 clients are their network of Settings::ipv6_prefix.
std::optional<Key> key_of(const LimitSettings& limit, const Facts& facts);

/// "login=acme-app rcpt_domain=example.net": what names the bucket, and what `limit show` takes. A value above 255
/// octets stands there as its hash.
std::string format_key(const LimitSettings& limit, const Key& key);
/// Back from format_key, but for hashed values and the case rule, which the text does not tell. Error `invalid` if it
/// is not a key of that limit.
base::Result<Key> parse_key(const LimitSettings& limit, std::string_view text);

/// The name of the count that keys beyond `max_keys` share: "other", then those parts of the key that clients cannot
/// invent, and the exception that set the rates: `other tenant=acme exception="login=@trial.example"`. So no tenant fills
/// what another shares, and keys with different rates do not share. No key of format_key looks like that.
std::string shared_key(const LimitSettings& limit, std::string_view key);
bool is_shared_key(std::string_view key);
/// The terms of the exception that it names; empty if there is none.
std::string exception_of_shared(std::string_view key);

/// What stands behind the last "@" of a sender that cannot be read (all of it if there is none), in canonical form or, if
/// it is not a domain, in lower case.
std::string unread_sender_domain(const mail::Envelope& envelope);

}  // namespace signpost::policy::limits
