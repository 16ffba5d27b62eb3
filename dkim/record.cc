// Two spellings of one record.
#include "dkim/record.h"

#include "base/encoding.h"

namespace signpost::dkim {

namespace {
constexpr std::size_t kMaxString = 255;  // RFC 1035 §3.3: a character-string
}

std::string format_record(const base::PrivateKey& key) {
  const char* const type = key.type() == base::KeyType::rsa ? "rsa" : "ed25519";  // RFC 8463 §4
  return std::string("v=DKIM1; k=") + type + "; p=" + base::encode_base64(key.dns_public_bytes());
}

std::string format_zone_record(std::string_view domain, std::string_view selector,
                               const base::PrivateKey& key) {
  std::string text = std::string(selector) + "._domainkey." + std::string(domain) + ". IN TXT (";
  const std::string record = format_record(key);
  // RFC 6376 §3.6.2.2: the strings are joined without anything between them.
  for (std::size_t at = 0; at < record.size(); at += kMaxString) {
    text += " \"" + record.substr(at, kMaxString) + "\"";
  }
  return text + " )";
}

}  // namespace signpost::dkim
