// Two spellings of one record, and the comparison with what is published.
#include "dkim/record.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/public_key.h"
#include "dkim/key_record.h"
#include "dkim/tags.h"

namespace signpost::dkim {

namespace {

constexpr std::size_t kMaxString = 255;  // RFC 1035 §3.3: a character-string
constexpr int kWeakRsaBits = 2048;

const char* type_name(const base::PrivateKey& key) {
  return key.type() == base::KeyType::rsa ? "rsa" : "ed25519";  // RFC 8463 §4
}

/// A TXT that is meant as a key: others may stand at the same name, of a wildcard for instance.
bool is_meant_as_key(std::string_view text) {
  const auto tags = parse_tags(text);
  return tags ? tags->find("p") != nullptr : text.starts_with("v=DKIM1");
}

/// The record may spell the key in another way than we do (a bare RSAPublicKey, RFC 6376 §3.6.1); then
/// a signature tells.
bool is_of(const KeyRecord& record, const base::PrivateKey& key) {
  if (record.public_bytes == key.dns_public_bytes()) return true;
  const auto published = base::PublicKey::parse_dns_bytes(record.type, record.public_bytes);
  const base::Digest probe{};
  const auto signature = key.sign_digest(probe);
  return published && signature && published->verify_digest(probe, *signature);
}

}  // namespace

std::string format_record(const base::PrivateKey& key) {
  return std::string("v=DKIM1; k=") + type_name(key) + "; p=" + base::encode_base64(key.dns_public_bytes());
}

std::string record_name(std::string_view domain, std::string_view selector) {
  return std::string(selector) + "._domainkey." + std::string(domain);
}

std::vector<std::string> split_record(std::string_view record) {
  std::vector<std::string> strings;
  for (std::size_t at = 0; at < record.size(); at += kMaxString)
    strings.emplace_back(record.substr(at, kMaxString));
  return strings;
}

std::string format_zone_record(std::string_view domain, std::string_view selector,
                               const base::PrivateKey& key) {
  std::string text = record_name(domain, selector) + ". IN TXT (";
  for (const std::string& piece : split_record(format_record(key))) text += " \"" + piece + "\"";
  return text + " )";
}

RecordReport judge_record(const std::vector<std::string>& texts, const base::PrivateKey& key) {
  RecordReport report;
  if (key.type() == base::KeyType::rsa && key.bits() < kWeakRsaBits) report.problems.emplace_back("weak-key");
  std::vector<std::string> keys;
  std::copy_if(texts.begin(), texts.end(), std::back_inserter(keys), is_meant_as_key);
  if (keys.empty()) return report;
  report.sight = Sight::unusable;
  const auto unusable = [&report](const char* problem) {
    report.problems.emplace_back(problem);
    return report;
  };
  if (keys.size() > 1) return unusable("several-records");
  const auto record = parse_key_record(keys.front());
  if (!record) {
    report.detail = record.error().text;
    return unusable("bad-record");
  }
  if (record->testing) report.problems.emplace_back("testing");
  if (record->revoked()) {
    report.sight = Sight::revoked;
    return report;
  }
  if (record->type != key.type()) return unusable("key-type");
  report.sight = is_of(*record, key) ? Sight::matches : Sight::differs;
  return report;
}

}  // namespace signpost::dkim
