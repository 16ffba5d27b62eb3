// The steps of RFC 6376 §6.1 in their order: the field, the key, the body hash, the signature.
#include "dkim/verify.h"

#include "base/public_key.h"
#include "dkim/body_hash.h"
#include "dkim/key_record.h"

namespace signpost::dkim {

namespace {

/// The key, or the word for what is wrong with it (RFC 6376 §6.1.2).
tl::expected<base::PublicKey, std::string> fetch_key(const Signature& signature, const RecordLookup& lookup) {
  const auto text = lookup(signature.selector + "._domainkey." + signature.domain);
  if (!text) {
    const bool missing = text.error().kind == base::ErrorKind::not_found;
    return tl::unexpected<std::string>(missing ? "no-key" : "key-unavailable");
  }
  const auto record = parse_key_record(*text);
  if (!record || record->type != signature.type) return tl::unexpected<std::string>("bad-key");
  if (record->revoked()) return tl::unexpected<std::string>("revoked");
  if (record->exact_domain && signature.identity != signature.domain)
    return tl::unexpected<std::string>("bad-key");
  auto key = base::PublicKey::parse_dns_bytes(record->type, record->public_bytes);
  if (!key) return tl::unexpected<std::string>("bad-key");
  return std::move(*key);
}

std::string body_problem(const Signature& signature, std::string_view body) {
  BodyHash hash(signature.body_canon, signature.length);
  hash.update(body);
  const base::Digest digest = hash.finish();
  if (hash.fell_short()) return "body-length";  // RFC 6376 §3.5: l= must not be more than there is
  return base::as_bytes(digest) == signature.body_hash ? "" : "body-hash";
}

std::string problem_of(const mail::Message& message, std::size_t own, const Signature& signature,
                       const RecordLookup& lookup, base::Wall now) {
  if (signature.expires && *signature.expires < now) return "expired";
  const auto key = fetch_key(signature, lookup);
  if (!key) return key.error();
  if (std::string problem = body_problem(signature, message.body); !problem.empty()) return problem;
  const base::Digest digest = header_digest(message.fields, own, signature);
  return key->verify_digest(digest, signature.bytes) ? "" : "signature";
}

}  // namespace

std::vector<Verified> verify(const mail::Message& message, const RecordLookup& lookup, base::Wall now,
                             std::size_t max) {
  std::vector<Verified> all;
  for (std::size_t i = 0; i < message.fields.size() && all.size() < max; ++i) {
    if (!mail::has_name(message.fields[i], "DKIM-Signature")) continue;
    const auto signature = parse_signature(message.fields[i].value);
    if (!signature) {
      all.push_back({i, {}, {}, "malformed"});
      continue;
    }
    all.push_back(
        {i, signature->domain, signature->selector, problem_of(message, i, *signature, lookup, now)});
  }
  return all;
}

}  // namespace signpost::dkim
