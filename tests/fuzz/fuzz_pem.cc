// Private keys: what is accepted signs what it verifies, and comes back through its PEM form.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/crypto.h"

namespace base = signpost::base;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view pem(reinterpret_cast<const char*>(data), size);
  const auto key = base::PrivateKey::parse_pem(pem, "password");
  if (!key) return 0;
  const base::Digest digest = base::sha256(pem);
  const auto signature = key->sign_digest(digest);
  if (signature && !key->verify_digest(digest, *signature)) __builtin_trap();
  const auto again = base::PrivateKey::parse_pem(key->to_pem());
  if (!again || again->dns_public_bytes() != key->dns_public_bytes()) __builtin_trap();
  return 0;
}
