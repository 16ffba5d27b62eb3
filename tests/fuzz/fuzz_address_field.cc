// sendmail_form: what it made, it leaves; and whoever was named by a field that mail/field/author can read, still is.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mail/field/address_field.h"
#include "mail/field/author.h"

namespace mail = signpost::mail;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto once = mail::sendmail_form("To", value, "mx.example");
  if (!once) return 0;
  const auto twice = mail::sendmail_form("To", *once, "mx.example");
  if (!twice || *twice != *once) __builtin_trap();
  const auto before = mail::parse_address_list(value);
  if (!before) return 0;
  const auto after = mail::parse_address_list(*once);
  if (!after || after->size() != before->size()) __builtin_trap();
  for (std::size_t i = 0; i < before->size(); ++i) {
    const bool own = (*before)[i].domain == "localhost" && (*after)[i].domain == "mx.example";
    if (!((*after)[i] == (*before)[i]) && !own) __builtin_trap();
  }
  return 0;
}
