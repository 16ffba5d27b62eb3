// Seals in both forms, from outside: nothing opens that was not sealed with the ring. What would be inside has
// one spelling.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/identity_seal.h"
#include "mail/origin.h"

namespace base = signpost::base;
namespace mail = signpost::mail;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto kSealer =
      mail::IdentitySealer::create({{{1, base::KeyState::active, std::string(32, 'k')}}});
  const base::Wall now{};
  const auto message = mail::parse_message(text);
  const mail::FoundSeal found = mail::find_seal(message.fields, text.substr(0, size / 2), *kSealer, now);
  if (found.fields > 0 && found.identity) __builtin_trap();
  if (kSealer->open(text, mail::bind_seal(message.fields, "<>"), now)) __builtin_trap();
  if (kSealer->open_short(text, "<>", now)) __builtin_trap();
  if (const auto identity = mail::parse_identity(text)) {
    if (mail::format_identity(*identity) != text) __builtin_trap();
  }
  if (const auto identity = mail::parse_short_identity(text)) {
    if (mail::format_short_identity(*identity) != text) __builtin_trap();
  }
  const auto origin = mail::parse_origin(text);
  if (origin && mail::origin_word(*origin) != text) __builtin_trap();
  return 0;
}
