// The local part of a return path, and a sealed id, from outside: nothing opens that was not minted with the ring.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "base/text.h"
#include "feedback/return_path.h"
#include "feedback/sealed_id.h"

namespace base = signpost::base;
namespace feedback = signpost::feedback;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auto kPaths =
      feedback::ReturnPaths::create({{{1, base::KeyState::active, std::string(32, 'k')}}});
  static const std::string kGood = *kPaths->mint(1, 2, "01JDABCDEFGHJKMNPQRSTVWXYZ", "bob@example.net");
  if (base::encode_base32(text) == kGood.substr(2)) return 0;  // found by luck: it is ours
  for (const std::string& local : {std::string(text), "b+" + base::encode_base32(text)}) {
    const auto path = kPaths->parse_return_path(local);
    if (path && base::lower(local) != kGood) __builtin_trap();
  }
  (void)feedback::is_coded_sender(text);
  static const auto kIds = feedback::SealedIds::create({{{1, base::KeyState::active, std::string(32, 'k')}}});
  if (kIds->parse_sealed_id(text) || kIds->parse_sealed_id(base::encode_base64url(text))) __builtin_trap();
  return 0;
}
