// The DNS side of a key: the TXT record to publish, as zone-file text and as one string (RFC 6376 §3.6.1).
#pragma once

#include <string>
#include <string_view>

#include "base/crypto.h"

namespace signpost::dkim {

/// "v=DKIM1; k=rsa; p=…" (k=ed25519 for Ed25519).
std::string format_record(const base::PrivateKey& key);
/// `SELECTOR._domainkey.DOMAIN. IN TXT ( "…" "…" )`, each string at most 255 octets.
std::string format_zone_record(std::string_view domain, std::string_view selector,
                               const base::PrivateKey& key);

}  // namespace signpost::dkim
