// Published key records, as hostile as the DNS: what is read and what it means for a key never disagree.
#include <cstddef>
#include <cstdint>
#include <string>

#include "dkim/key_record.h"
#include "dkim/record.h"

namespace base = signpost::base;
namespace dkim = signpost::dkim;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const base::PrivateKey kKey = std::move(*base::PrivateKey::generate(base::KeyType::ed25519));
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto record = dkim::parse_key_record(text);
  const dkim::RecordReport report = dkim::judge_record({text}, kKey);
  if (report.sight == dkim::Sight::matches && (!record || record->public_bytes != kKey.dns_public_bytes()))
    __builtin_trap();
  if (record && report.sight == dkim::Sight::absent) __builtin_trap();
  if (record && record->revoked() && report.sight != dkim::Sight::revoked) __builtin_trap();
  return 0;
}
