#include "dkim/own_signature.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "dkim/sign.h"

namespace signpost::dkim {

namespace {

/// How many signatures that name one of our keys are verified; more than keys of one domain need.
constexpr std::size_t kMaxLookedAt = 8;

std::size_t key_of(const Signature& signature, const std::vector<SigningKey>& keys) {
  const auto key = std::find_if(keys.begin(), keys.end(), [&signature](const SigningKey& one) {
    return one.domain == signature.domain && one.selector == signature.selector &&
           one.key->type() == signature.type;
  });
  return static_cast<std::size_t>(key - keys.begin());
}

/// True if it names each field as often as we would sign it.
bool covers(const Signature& signature, const Settings& settings, const std::vector<mail::Field>& fields) {
  std::unordered_map<std::string, std::size_t> left;
  for (const std::string& name : signature.names) ++left[name];
  return std::all_of(fields.begin(), fields.end(), [&](const mail::Field& field) {
    const std::string name = base::lower(base::trim(field.name));
    if (!would_sign(settings, name)) return true;
    const auto found = left.find(name);
    return found != left.end() && found->second-- > 0;
  });
}

}  // namespace

std::vector<OwnSignature> find_own_signatures(const std::vector<mail::Field>& fields,
                                              const std::vector<SigningKey>& keys, const Settings& settings,
                                              base::Wall now) {
  std::vector<OwnSignature> found;
  std::size_t looked_at = 0;
  for (std::size_t i = 0; i < fields.size() && looked_at < kMaxLookedAt; ++i) {
    if (!mail::has_name(fields[i], "DKIM-Signature")) continue;
    auto signature = parse_signature(fields[i].value);
    if (!signature) continue;
    const std::size_t key = key_of(*signature, keys);
    if (key == keys.size()) continue;
    ++looked_at;
    if (signature->length || (signature->expires && *signature->expires < now)) continue;
    if (!covers(*signature, settings, fields)) continue;
    if (!keys[key].key->verify_digest(header_digest(fields, i, *signature), signature->bytes)) continue;
    found.push_back({key, std::move(*signature)});
  }
  return found;
}

}  // namespace signpost::dkim
