// Whose mail a message is, as one hop tells it to the next, in a long and a short form, and both as bytes. The
// bytes are sealed by mail/identity_seal; alone they prove nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "mail/origin.h"

namespace signpost::mail {

inline constexpr std::size_t kMaxSealLogin = 255;   ///< octets
inline constexpr std::size_t kMaxSealName = 128;    ///< octets of a tenant's or stream's name
inline constexpr std::size_t kMaxEnvelopeId = 100;  ///< octets (RFC 3461 §4.4)

/// What the first hop found out.
struct Identity {
  Origin origin = Origin::foreign;  ///< as first judged: never `sealed` or `reinjected`
  std::string tenant;               ///< name; empty for a stranger's mail
  std::string stream;
  std::string login;        ///< as given by the MTA; empty without one
  std::string id;           ///< ULID of the message at the first hop
  std::string envelope_id;  ///< the client's own ENVID, to be put back where mail leaves; printable ASCII
  base::Wall expires{};     ///< whole seconds
  bool operator==(const Identity&) const = default;
};

/// The same in 75 octets: names as hashes, to be looked up among the configured ones.
struct ShortIdentity {
  Origin origin = Origin::foreign;
  std::uint32_t tenant = 0;  ///< name_hash of the tenant's name; 0 for a stranger's mail
  std::uint32_t stream = 0;
  std::string login;             ///< absent if it is longer than 26 octets: then login_hash
  std::uint64_t login_hash = 0;  ///< only for a login that is too long
  std::string id;
  base::Wall expires{};
  bool operator==(const ShortIdentity&) const = default;
};
/// First octets of the SHA-256, big endian: the number by which tokens name a tenant too.
std::uint32_t name_hash(std::string_view name);
std::uint64_t login_hash(std::string_view login);
/// What the short form of an identity says.
ShortIdentity shorten(const Identity& identity);

inline constexpr std::size_t kIdentityUnit = 128;
/// A multiple of 128 octets, so that the length does not tell the names. Error `limit` if a text is longer than
/// its bound; `invalid` for an id that is not a ULID, an envelope id that is not printable ASCII, or an origin
/// that is not a first one.
base::Result<std::string> format_identity(const Identity& identity);
/// Absent for anything that format_identity does not write.
std::optional<Identity> parse_identity(std::string_view bytes);

inline constexpr std::size_t kShortIdentityBytes = 57;
/// Always of that length. Errors as format_identity.
base::Result<std::string> format_short_identity(const ShortIdentity& identity);
std::optional<ShortIdentity> parse_short_identity(std::string_view bytes);

}  // namespace signpost::mail
