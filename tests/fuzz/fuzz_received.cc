// parse_received: parts are pieces of the value, and no part holds what would make it another.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mail/field/received.h"

namespace mail = signpost::mail;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto received = mail::parse_received(value);
  if (!received) return 0;
  for (const auto* part : {&received->from, &received->client, &received->authenticated, &received->by,
                           &received->software, &received->protocol}) {
    if (value.find(*part) == std::string_view::npos) __builtin_trap();
  }
  for (const auto* word : {&received->from, &received->by, &received->protocol}) {
    if (word->find_first_of(" \t\r\n();") != std::string_view::npos) __builtin_trap();
  }
  if (received->by.empty()) __builtin_trap();
  if (mail::client_address(*received) && !received->client.ends_with(']')) __builtin_trap();
  return 0;
}
