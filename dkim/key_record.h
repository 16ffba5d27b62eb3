// A key record as a verifier reads it (RFC 6376 §3.6.1). The other direction, making one, is dkim/record.
#pragma once

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/result.h"

namespace signpost::dkim {

struct KeyRecord {
  base::KeyType type = base::KeyType::rsa;  ///< k=
  std::string public_bytes;                 ///< p=, decoded; empty: the key is revoked
  bool testing = false;                     ///< t=y
  bool exact_domain = false;                ///< t=s: i= must not name a subdomain of d=
  bool revoked() const { return public_bytes.empty(); }
};

/// `text`: the strings of one TXT record joined. Error `invalid` if it is not a key record, or not one for
/// mail, SHA-256 or a key type we know.
base::Result<KeyRecord> parse_key_record(std::string_view text);

}  // namespace signpost::dkim
