// Signing keys: RSA by OpenSSL, Ed25519 by libsodium, which no other file uses.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <openssl/bio.h>
#include <openssl/buffer.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium/core.h>
#include <sodium/crypto_sign.h>

#include "base/crypto.h"
#include "base/openssl.h"

namespace signpost::base {
namespace {

constexpr std::size_t kMaxPem = 65536;

/// An Ed25519 key as libsodium needs it: seed and public key. In the secure heap, if there is one.
struct WipedFree {
  void operator()(unsigned char* key) const { OPENSSL_secure_clear_free(key, crypto_sign_SECRETKEYBYTES); }
};
using SodiumKey = std::unique_ptr<unsigned char[], WipedFree>;

SodiumKey prepare_ed25519(EVP_PKEY* key) {
  static const bool is_ready = sodium_init() >= 0;
  SodiumKey prepared(static_cast<unsigned char*>(OPENSSL_secure_malloc(crypto_sign_SECRETKEYBYTES)));
  std::size_t seed = crypto_sign_SEEDBYTES;
  std::size_t rest = crypto_sign_PUBLICKEYBYTES;
  require(is_ready && prepared && EVP_PKEY_get_raw_private_key(key, prepared.get(), &seed) == 1 &&
          EVP_PKEY_get_raw_public_key(key, prepared.get() + crypto_sign_SEEDBYTES, &rest) == 1 &&
          seed == crypto_sign_SEEDBYTES && rest == crypto_sign_PUBLICKEYBYTES);
  return prepared;
}

}  // namespace

/// `rsa` is a context prepared for this key; each signature uses a copy of it (0.1 µs), so threads share no
/// state. `ed25519`: libsodium signs in 16 µs where OpenSSL takes 39.
struct PrivateKey::State {
  KeyType type = KeyType::rsa;
  KeyPtr key;
  KeyCtx rsa;
  SodiumKey ed25519;
};

namespace {

/// Gives OpenSSL the password, or fails: without this callback it would ask at the terminal.
int give_password(char* buffer, int size, int /*writing*/, void* password) {
  const auto* text = static_cast<const std::string_view*>(password);
  if (text->empty() || text->size() > static_cast<std::size_t>(size)) return -1;
  std::copy(text->begin(), text->end(), buffer);
  return static_cast<int>(text->size());
}

KeyCtx prepare_rsa(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*)) {
  KeyCtx context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  require(context && init(context.get()) == 1 &&
          EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
          EVP_PKEY_CTX_set_signature_md(context.get(), sha256_method()) == 1);
  return context;
}

tl::unexpected<Error> signing_failed() {
  ERR_clear_error();
  return fail(ErrorKind::unavailable, "the key cannot sign: its parts do not fit together");
}

}  // namespace

PrivateKey::PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::parse_pem(std::string_view pem, std::string_view password) {
  if (pem.size() > kMaxPem) return invalid("too large to be a key");
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(bio != nullptr);
  auto state = std::make_unique<State>();
  state->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, &password));
  ERR_clear_error();
  if (!state->key)
    return invalid("not a private key in PEM form (PKCS#8 or PKCS#1), or its password is missing or wrong");
  EVP_PKEY* const key = state->key.get();
  if (EVP_PKEY_is_a(key, "ED25519") == 1) {
    state->type = KeyType::ed25519;
    state->ed25519 = prepare_ed25519(key);
  } else if (EVP_PKEY_is_a(key, "RSA") != 1) {
    return invalid("neither an RSA nor an Ed25519 key");
  } else if (const int bits = EVP_PKEY_get_bits(key); bits < kMinRsaBits || bits > kMaxRsaBits) {
    return invalid("an RSA key of " + std::to_string(bits) + " bits; use 1024 to 8192 bits, 2048 is usual");
  } else {
    state->rsa = prepare_rsa(key, EVP_PKEY_sign_init);
  }
  PrivateKey parsed(std::move(state));
  const Digest probe{};  // a damaged key must be noticed here, not by those who get the mail
  const auto signature = parsed.sign_digest(probe);
  if (!signature || !parsed.verify_digest(probe, *signature)) {
    return invalid("a damaged key: what it signs does not verify");
  }
  return parsed;
}

Result<PrivateKey> PrivateKey::generate(KeyType type, int bits) {
  auto state = std::make_unique<State>();
  state->type = type;
  if (type == KeyType::ed25519) {
    state->key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    require(state->key != nullptr);
    state->ed25519 = prepare_ed25519(state->key.get());
    return PrivateKey(std::move(state));
  }
  if (bits != 2048 && bits != 3072 && bits != 4096)
    return invalid("the size of a new RSA key must be 2048, 3072 or 4096 bits");
  state->key.reset(EVP_RSA_gen(static_cast<unsigned>(bits)));
  require(state->key != nullptr);
  state->rsa = prepare_rsa(state->key.get(), EVP_PKEY_sign_init);
  return PrivateKey(std::move(state));
}

KeyType PrivateKey::type() const {
  return state_->type;
}
int PrivateKey::bits() const {
  return EVP_PKEY_get_bits(state_->key.get());
}

Result<std::string> PrivateKey::sign_digest(const Digest& digest) const {
  std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(state_->key.get())), '\0');
  std::size_t size = signature.size();
  bool ok = false;
  if (state_->type == KeyType::rsa) {
    const KeyCtx context(EVP_PKEY_CTX_dup(state_->rsa.get()));
    ok = context && EVP_PKEY_sign(context.get(), out(signature), &size, digest.data(), digest.size()) == 1;
  } else {
    ok = size == crypto_sign_BYTES && crypto_sign_detached(out(signature), nullptr, digest.data(),
                                                           digest.size(), state_->ed25519.get()) == 0;
  }
  if (!ok) return signing_failed();
  signature.resize(size);
  return signature;
}

bool PrivateKey::verify_digest(const Digest& digest, std::string_view signature) const {
  bool ok = false;
  if (state_->type == KeyType::rsa) {
    const KeyCtx context = prepare_rsa(state_->key.get(), EVP_PKEY_verify_init);
    ok = EVP_PKEY_verify(context.get(), in(signature), signature.size(), digest.data(), digest.size()) == 1;
  } else {
    const DigestCtx context(EVP_MD_CTX_new());
    ok = context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, state_->key.get()) == 1 &&
         EVP_DigestVerify(context.get(), in(signature), signature.size(), digest.data(), digest.size()) == 1;
  }
  if (!ok) ERR_clear_error();
  return ok;
}

std::string PrivateKey::dns_public_bytes() const {
  if (state_->type == KeyType::ed25519) {
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    require(EVP_PKEY_get_raw_public_key(state_->key.get(), out(raw), &size) == 1 && size == raw.size());
    return raw;
  }
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(state_->key.get(), &der);
  require(size > 0);
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::string PrivateKey::to_pem() const {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  require(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), state_->key.get(), nullptr, nullptr, 0, nullptr,
                                               nullptr) == 1);
  BUF_MEM* memory = nullptr;
  BIO_get_mem_ptr(bio.get(), &memory);
  std::string pem(memory->data, memory->length);
  OPENSSL_cleanse(memory->data, memory->length);
  return pem;
}

}  // namespace signpost::base
