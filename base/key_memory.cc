// OpenSSL's secure heap for the secret parts of keys, and for the rest a heap where nothing is freed unwiped.
#include "base/key_memory.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

namespace signpost::base {

namespace {

// OpenSSL's own memory. Its decoders do not wipe the text of a decrypted key before they free it; this does.

void free_wiped(void* block, const char* /*file*/, int /*line*/) {
  if (block == nullptr) return;
  OPENSSL_cleanse(block, malloc_usable_size(block));
  std::free(block);
}

void* allocate(std::size_t size, const char* /*file*/, int /*line*/) {
  return size == 0 ? nullptr : std::malloc(size);
}

/// Not by realloc, which may leave a copy behind where the block was.
void* reallocate(void* block, std::size_t size, const char* file, int line) {
  if (block == nullptr) return allocate(size, file, line);
  if (size == 0) {
    free_wiped(block, file, line);
    return nullptr;
  }
  const std::size_t had = malloc_usable_size(block);
  if (size <= had) return block;
  void* const larger = std::malloc(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, block, had);
  free_wiped(block, file, line);
  return larger;
}

}  // namespace

KeyMemory guard_key_memory() {
  CRYPTO_set_mem_functions(allocate, reallocate, free_wiped);
  constexpr std::size_t kArena = std::size_t{1} << 30;  // an RSA key of 2048 bits takes 896 bytes of it
  constexpr std::size_t kSmallest = 64;
  switch (CRYPTO_secure_malloc_init(kArena, kSmallest)) {
    case 1:
      return KeyMemory::locked;
    case 2:
      return KeyMemory::guarded;
    default:
      ERR_clear_error();
      return KeyMemory::ordinary;
  }
}

}  // namespace signpost::base
