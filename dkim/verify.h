// Whether the signatures on a message hold (RFC 6376 §6, RFC 8463): for checking our own mail, not for
// judging others' (no policy, no DNS of its own). Shares canonicalization with the signer, so that it proves
// nothing about that; it notices what changed after signing.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "dkim/signature.h"
#include "mail/message.h"

namespace signpost::dkim {

/// The TXT record of a name such as "s1._domainkey.example.com", its strings joined. Error `not_found` if
/// there is none, any other if it cannot be known now.
using RecordLookup = std::function<base::Result<std::string>(const std::string& name)>;

/// What was found of one signature.
struct Verified {
  std::size_t field = 0;  ///< its place among the message's fields
  std::string domain;     ///< d=, s=: empty if they could not be read
  std::string selector;
  /// Empty: it holds. Else a fixed word: "malformed", "expired", "no-key", "key-unavailable", "bad-key",
  /// "revoked", "body-length", "body-hash", "signature".
  std::string problem;
};

/// Each DKIM-Signature of the message from the top, at most `max`. The body is read once a
/// canonicalization and l= that occurs.
std::vector<Verified> verify(const mail::Message& message, const RecordLookup& lookup, base::Wall now,
                             std::size_t max = 8);

}  // namespace signpost::dkim
