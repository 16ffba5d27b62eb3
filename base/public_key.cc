#include "base/public_key.h"

#include <string>
#include <utility>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/openssl.h"

namespace signpost::base {

namespace {

constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kMaxBytes = 4096;

/// The key if `read` takes all bytes for one.
template <class Read>
KeyPtr read_whole(std::string_view bytes, Read read) {
  const unsigned char* at = in(bytes);
  KeyPtr key(read(&at, static_cast<long>(bytes.size())));
  if (at != in(bytes) + bytes.size()) key.reset();
  return key;
}

KeyPtr read_rsa(std::string_view bytes) {
  KeyPtr key =
      read_whole(bytes, [](const unsigned char** at, long size) { return d2i_PUBKEY(nullptr, at, size); });
  if (key) return EVP_PKEY_is_a(key.get(), "RSA") == 1 ? std::move(key) : nullptr;
  return read_whole(bytes, [](const unsigned char** at, long size) {
    return d2i_PublicKey(EVP_PKEY_RSA, nullptr, at, size);
  });
}

bool verify_rsa(EVP_PKEY* key, const Digest& digest, std::string_view signature) {
  const KeyCtx context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context && EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
         EVP_PKEY_verify(context.get(), in(signature), signature.size(), digest.data(), digest.size()) == 1;
}

bool verify_ed25519(EVP_PKEY* key, const Digest& digest, std::string_view signature) {
  const DigestCtx context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), in(signature), signature.size(), digest.data(), digest.size()) == 1;
}

}  // namespace

struct PublicKey::State {
  KeyType type = KeyType::rsa;
  KeyPtr key;
};

PublicKey::PublicKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;
PublicKey::~PublicKey() = default;

Result<PublicKey> PublicKey::parse_dns_bytes(KeyType type, std::string_view bytes) {
  if (bytes.empty() || bytes.size() > kMaxBytes) return invalid("not of a public key's size");
  auto state = std::make_unique<State>();
  state->type = type;
  if (type == KeyType::rsa) {
    state->key = read_rsa(bytes);
  } else if (bytes.size() == kEd25519Bytes) {
    state->key.reset(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, in(bytes), bytes.size()));
  }
  ERR_clear_error();
  if (!state->key) return invalid("not a public key of the stated type");
  const int bits = EVP_PKEY_get_bits(state->key.get());
  if (type == KeyType::rsa && (bits < kMinRsaBits || bits > kMaxRsaBits))
    return invalid("an RSA key of " + std::to_string(bits) + " bits");
  return PublicKey(std::move(state));
}

KeyType PublicKey::type() const {
  return state_->type;
}
int PublicKey::bits() const {
  return EVP_PKEY_get_bits(state_->key.get());
}

bool PublicKey::verify_digest(const Digest& digest, std::string_view signature) const {
  if (signature.empty()) return false;
  EVP_PKEY* const key = state_->key.get();
  const bool ok = state_->type == KeyType::rsa ? verify_rsa(key, digest, signature)
                                               : verify_ed25519(key, digest, signature);
  if (!ok) ERR_clear_error();
  return ok;
}

}  // namespace signpost::base
