// The DNS side of a key: the TXT record to publish, as zone-file text and as one string, and what a published
// one means for the key (RFC 6376 §3.6.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "dkim/gate.h"

namespace signpost::dkim {

/// "v=DKIM1; k=rsa; p=…" (k=ed25519 for Ed25519).
std::string format_record(const base::PrivateKey& key);
/// The record in the strings of a TXT, each of at most 255 octets, which readers join (RFC 6376 §3.6.2.2).
std::vector<std::string> split_record(std::string_view record);
/// `SELECTOR._domainkey.DOMAIN. IN TXT ( "…" "…" )`, each string at most 255 octets.
std::string format_zone_record(std::string_view domain, std::string_view selector,
                               const base::PrivateKey& key);
/// "SELECTOR._domainkey.DOMAIN"
std::string record_name(std::string_view domain, std::string_view selector);

/// What the TXT texts at a key's name mean for it, each the strings of one record joined. Several records
/// that may be keys are unusable: which one a verifier takes is undefined (RFC 6376 §3.6.2.2).
struct RecordReport {
  Sight sight = Sight::absent;
  /// Fixed words: "several-records", "bad-record", "key-type", "testing" (t=y), "weak-key" (RSA of
  /// fewer than 2048 bits).
  std::vector<std::string> problems;
  std::string detail;  ///< what makes it a bad record
};
RecordReport judge_record(const std::vector<std::string>& texts, const base::PrivateKey& key);

}  // namespace signpost::dkim
