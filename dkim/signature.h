// A DKIM-Signature field, parsed into its parts (RFC 6376 §3.5, §6.1.1). Whether it holds is
// told by dkim/verify.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/result.h"
#include "dkim/settings.h"
#include "mail/message.h"

namespace signpost::dkim {

struct Signature {
  base::KeyType type = base::KeyType::rsa;  ///< a=, always with SHA-256
  Canon header_canon = Canon::simple;
  Canon body_canon = Canon::simple;
  std::string domain;                   ///< d=, lower case
  std::string selector;                 ///< s=, lower case
  std::string identity;                 ///< the domain of i=, lower case; d= if there is no i=
  std::vector<std::string> names;       ///< h=, lower case, in order
  std::string body_hash;                ///< bh=, decoded
  std::string bytes;                    ///< b=, decoded
  std::optional<std::uint64_t> length;  ///< l=
  std::optional<base::Wall> expires;    ///< x=
  std::string value_without_b;          ///< the field's value with an empty b=, as it is hashed (§3.7)
};

/// Error `invalid`: the first thing that a verifier must not accept. Linear in `value`.
base::Result<Signature> parse_signature(std::string_view value);

/// What b= was made over: the fields that h= names, and the signature's own, which is fields[own] (§3.7,
/// §5.4.2). Linear in the fields and names.
base::Digest header_digest(const std::vector<mail::Field>& fields, std::size_t own,
                           const Signature& signature);

}  // namespace signpost::dkim
