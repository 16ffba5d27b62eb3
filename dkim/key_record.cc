#include "dkim/key_record.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "dkim/tags.h"

namespace signpost::dkim {

namespace {

bool lists(std::string_view value, std::string_view word) {
  const auto words = base::split(value, ':');
  return std::any_of(words.begin(), words.end(), [word](std::string_view one) {
    return base::equals_ignore_case(base::trim(one), word);
  });
}

bool lists_any(const std::string* value, std::string_view a, std::string_view b) {
  return value == nullptr || lists(*value, a) || lists(*value, b);
}

}  // namespace

base::Result<KeyRecord> parse_key_record(std::string_view text) {
  const auto tags = parse_tags(text);
  if (!tags) return tl::unexpected(tags.error());
  if (const std::string* version = tags->find("v");
      version != nullptr && (*version != "DKIM1" || tags->tags.front().name != "v")) {
    return base::invalid("v= is not DKIM1, or not the first tag");
  }
  KeyRecord record;
  if (const std::string* type = tags->find("k")) {
    if (*type == "ed25519") record.type = base::KeyType::ed25519;  // RFC 8463 §4
    if (*type != "ed25519" && *type != "rsa") return base::invalid("k= is an unknown key type");
  }
  if (!lists_any(tags->find("h"), "sha256", "sha256")) return base::invalid("h= does not allow SHA-256");
  if (!lists_any(tags->find("s"), "email", "*")) return base::invalid("s= does not allow mail");
  if (const std::string* flags = tags->find("t")) {
    record.testing = lists(*flags, "y");
    record.exact_domain = lists(*flags, "s");
  }
  const std::string* const key = tags->find("p");
  if (key == nullptr) return base::invalid("no p=");
  auto bytes = base::decode_base64(without_space(*key));
  if (!bytes) return base::invalid("p= is not base64");
  record.public_bytes = std::move(*bytes);
  return record;
}

}  // namespace signpost::dkim
