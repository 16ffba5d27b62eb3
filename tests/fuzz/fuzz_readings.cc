// read_recipient: never more readings than allowed, all of them different, and each one keeps within the bounds of a key.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "mail/readings.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(std::string_view given, std::string_view resolved) {
  const mail::Recipient recipient = mail::read_recipient(given, resolved, "mx.example");
  require(recipient.given == given && recipient.also.size() < mail::kMaxReadings + 1);
  require(recipient.address || recipient.also.empty());
  if (!recipient.address) return;
  std::set<std::string> keys = {mail::canonical_key(*recipient.address)};
  for (const mail::Address& other : recipient.also) require(keys.insert(mail::canonical_key(other)).second);
  for (const std::string& key : keys) require(key.size() <= 511);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  check(text, {});
  check(text.substr(0, line), text.substr(std::min(line + 1, text.size())));
  return 0;
}
