// OpenSSL 3.0 behind plain types: hashes, MACs, random bytes. Private keys are in base/private_key.cc, so that a
// program that signs nothing does not load libsodium. What can only fail because memory ran out or the library
// is broken ends the process: a signer that goes on after that would sign nonsense.
#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/openssl.h"

namespace signpost::base {

namespace {

/// HMAC-SHA-256 without a key. Copied for each use: a copy costs a tenth of setting the digest by name.
EVP_MAC_CTX* hmac_template() {
  static EVP_MAC_CTX* const prepared = [] {
    EVP_MAC* const method = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    EVP_MAC_CTX* const context = EVP_MAC_CTX_new(method);
    EVP_MAC_free(method);
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_construct_end()};
    require(context != nullptr && EVP_MAC_CTX_set_params(context, params) == 1);
    return context;
  }();
  return prepared;
}

}  // namespace

EVP_MD* sha256_method() {
  static EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  require(method != nullptr);
  return method;
}

struct Sha256::State {
  DigestCtx context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(state_->context && EVP_DigestInit_ex2(state_->context.get(), sha256_method(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  Digest digest{};
  require(EVP_DigestFinal_ex(state_->context.get(), digest.data(), nullptr) == 1 &&
          EVP_DigestInit_ex2(state_->context.get(), nullptr, nullptr) == 1);
  return digest;
}

Digest sha256(std::string_view bytes) {
  Digest digest{};
  require(EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, sha256_method(), nullptr) == 1);
  return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  Digest digest{};
  std::size_t size = 0;
  const MacCtx context(EVP_MAC_CTX_dup(hmac_template()));
  require(context && EVP_MAC_init(context.get(), in(key), key.size(), nullptr) == 1 &&
          EVP_MAC_update(context.get(), in(bytes), bytes.size()) == 1 &&
          EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1);
  return digest;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  require(RAND_bytes_ex(nullptr, out(bytes), count, 0) == 1);
  return bytes;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(void* secret, std::size_t size) {
  OPENSSL_cleanse(secret, size);
}
void wipe(std::string& secret) {
  wipe(secret.data(), secret.size());
  secret.clear();
}

}  // namespace signpost::base
