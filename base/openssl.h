// What base/crypto and base/public_key share: OpenSSL's objects with an owner, and the sizes of keys taken.
// Included by those two only.
#pragma once

#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>

namespace signpost::base {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using DigestCtx = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using KeyCtx = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using MacCtx = std::unique_ptr<EVP_MAC_CTX, Deleter<EVP_MAC_CTX_free>>;

constexpr int kMinRsaBits = 1024;  // RFC 8301 §3.2
constexpr int kMaxRsaBits = 8192;

}  // namespace signpost::base
