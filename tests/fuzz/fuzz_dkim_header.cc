// Signing any header: the value is a tag list in short lines, and relaxed canonicalization is idempotent.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "dkim/canonical.h"
#include "dkim/sign.h"
#include "dkim/tags.h"
#include "mail/message.h"

namespace base = signpost::base;
namespace dkim = signpost::dkim;
namespace mail = signpost::mail;

namespace {

std::string relaxed(const mail::Field& field) {
  std::string out;
  dkim::append_canonical(out, field, dkim::Canon::relaxed);
  return out;
}

void check_canonical(const mail::Field& field) {
  const std::string once = relaxed(field);
  const std::size_t colon = once.find(':');
  if (once.find_first_of("\n\t") != std::string::npos || once.find("  ") != std::string::npos)
    __builtin_trap();
  if (relaxed({once.substr(0, colon), once.substr(colon + 1)}) != once) __builtin_trap();
}

void check_signature(const std::string& value) {
  const auto tags = dkim::parse_tags(value);
  if (!tags || tags->find("b") == nullptr || tags->find("h")->find("from") == std::string::npos)
    __builtin_trap();
  for (const std::string_view line : base::split(value, '\n')) {
    if (line.size() > 78) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key =
      std::make_shared<const base::PrivateKey>(base::PrivateKey::generate(base::KeyType::ed25519).value());
  const auto message = mail::parse_message({reinterpret_cast<const char*>(data), size});
  for (const mail::Field& field : message.fields) check_canonical(field);
  dkim::Settings settings;
  settings.header_canon = size % 2 == 0 ? dkim::Canon::simple : dkim::Canon::relaxed;
  const auto value = dkim::sign({"example.com", "s1", key}, settings, message.fields, {}, base::Wall());
  if (!value) __builtin_trap();
  check_signature(*value);
  return 0;
}
