// Verifying any message: nothing but our own signature holds, that one always does, and parts that are read
// mean the same when read again.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/public_key.h"
#include "dkim/body_hash.h"
#include "dkim/key_record.h"
#include "dkim/record.h"
#include "dkim/sign.h"
#include "dkim/signature.h"
#include "dkim/verify.h"
#include "mail/message.h"

namespace base = signpost::base;
namespace dkim = signpost::dkim;
namespace mail = signpost::mail;

namespace {

void check_parts(std::string_view text) {
  if (const auto record = dkim::parse_key_record(text); record && !record->revoked())
    (void)base::PublicKey::parse_dns_bytes(record->type, record->public_bytes);
  const auto signature = dkim::parse_signature(text);
  if (!signature) return;
  const auto again = dkim::parse_signature(signature->value_without_b);
  if (again) __builtin_trap();  // an empty b= is none
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key =
      std::make_shared<const base::PrivateKey>(base::PrivateKey::generate(base::KeyType::ed25519).value());
  static const std::string record = dkim::format_record(*key);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_parts(text);
  const auto lookup = [](const std::string&) -> base::Result<std::string> { return record; };
  mail::Message message = mail::parse_message(text);
  for (const mail::Field& field : message.fields) check_parts(field.value);
  for (const dkim::Verified& one : dkim::verify(message, lookup, base::Wall())) {
    if (one.problem.empty()) __builtin_trap();  // nobody else has the key
  }
  dkim::Settings settings;
  settings.header_canon = size % 2 == 0 ? dkim::Canon::simple : dkim::Canon::relaxed;
  dkim::BodyHash hash(settings.body_canon);
  hash.update(message.body);
  const auto value =
      dkim::sign({"example.com", "s1", key}, settings, message.fields, hash.finish(), base::Wall());
  if (!value) __builtin_trap();
  message.fields.insert(message.fields.begin(), {"DKIM-Signature", *value});
  if (!dkim::verify(message, lookup, base::Wall()).front().problem.empty()) __builtin_trap();
  return 0;
}
