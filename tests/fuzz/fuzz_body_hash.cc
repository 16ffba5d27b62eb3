// Body hashes do not depend on where the body is cut. The first bytes of the input say where.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dkim/body_hash.h"

namespace dkim = signpost::dkim;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::size_t cuts = std::min<std::size_t>(size, 8);
  const std::string_view body(reinterpret_cast<const char*>(data + cuts), size - cuts);
  for (const dkim::Canon canon : {dkim::Canon::simple, dkim::Canon::relaxed}) {
    dkim::BodyHash whole(canon);
    whole.update(body);
    dkim::BodyHash pieces(canon);
    std::string_view rest = body;
    for (std::size_t i = 0; i < cuts; ++i) {
      const std::size_t length = std::min<std::size_t>(data[i], rest.size());
      pieces.update(rest.substr(0, length));
      rest.remove_prefix(length);
    }
    pieces.update(rest);
    dkim::BodyHash bytes(canon);
    for (std::size_t i = 0; i < body.size(); ++i) bytes.update(body.substr(i, 1));
    const auto digest = whole.finish();
    if (pieces.finish() != digest || bytes.finish() != digest) __builtin_trap();
  }
  return 0;
}
