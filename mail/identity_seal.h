// What a hop tells the next one about a message: whose it is. Sealed, because the field leaves the host where
// no second pass follows (aliases, .forward, mailboxes), and bound to the message, because whoever reads a
// delivered copy holds a valid seal. Two forms: the field Signpost-Seal, and a short one that fits into the DSN
// envelope id and so is there at MAIL, before the first recipient. When a seal is made, believed and removed is
// decided by whoever holds the sealer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/keyring.h"
#include "base/result.h"
#include "mail/identity.h"
#include "mail/message.h"

namespace signpost::mail {

inline constexpr const char* kSealField = "Signpost-Seal";
/// What a seal is bound to: another message, author or envelope sender, and it does not open.
struct SealBinding {
  std::string message_id;  ///< all fields of the name, without blanks
  std::string date;        ///< all fields of the name, each run of blanks as one
  std::string author;      ///< the one address in From; else why there is none, and the fields as they stand
  std::string sender;      ///< of the envelope as it leaves the hop that seals; empty for the null sender
};
/// `sender` as MAIL has it, with or without brackets.
SealBinding bind_seal(const std::vector<Field>& fields, std::string_view sender);

/// Why a seal is not believed.
enum class SealFault {
  foreign,      ///< not in our form: another version, size or alphabet
  unknown_key,  ///< sealed with a key that is not in the ring, or revoked
  altered,      ///< changed, or taken from another message or sender
  expired,
};
const char* seal_fault_word(SealFault fault);  ///< "foreign", "unknown-key", "altered", "expired"

template <class T>
using SealResult = tl::expected<T, SealFault>;

/// Holds the parsed ring; thread-safe.
class IdentitySealer {
 public:
  /// Error `invalid` for a ring without an active key.
  static base::Result<IdentitySealer> create(base::Keyring ring);

  /// The field's value as the MTA expects it: a leading blank, folds of "\n\t", lines of at most 76 octets. Error
  /// `limit` if a text is longer than its bound, `invalid` for an id that is not a ULID, an envelope id that is
  /// not printable ASCII, or an origin that is not a first one.
  base::Result<std::string> seal(const Identity& identity, const SealBinding& binding) const;
  /// Blanks in the value do not count. `expired` from the second in `expires` on.
  SealResult<Identity> open(std::string_view value, const SealBinding& binding, base::Wall now) const;

  /// For ENVID=: at most 100 octets of A-Z a-z 0-9 - _, which are themselves in xtext (RFC 3461 §4). Bound to
  /// the envelope sender alone, because no more is known at MAIL. Errors as seal.
  base::Result<std::string> seal_short(const ShortIdentity& identity, std::string_view sender) const;
  SealResult<ShortIdentity> open_short(std::string_view envelope_id, std::string_view sender,
                                       base::Wall now) const;

 private:
  explicit IdentitySealer(base::Keyring ring) : ring_(std::move(ring)) {}
  base::Keyring ring_;
};

/// The result of looking for a seal among the fields of a message.
struct FoundSeal {
  std::size_t fields = 0;  ///< of that name; all are to be removed
  SealResult<Identity> identity = tl::unexpected(SealFault::foreign);  ///< without a meaning if `fields` is 0
  std::size_t at = 0;  ///< which of the fields opened: what stands above it came later
};
/// Looks by name, wherever the fields stand, and takes the first that opens; tries at most eight. The fault is
/// the first field's.
FoundSeal find_seal(const std::vector<Field>& fields, std::string_view sender, const IdentitySealer& sealer,
                    base::Wall now);

}  // namespace signpost::mail
