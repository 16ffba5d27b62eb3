// Where a process keeps the secret parts of its private keys. For programs that hold keys
// as long as they run.
#pragma once

namespace signpost::base {

/// Where the secret parts of private keys lie.
enum class KeyMemory {
  locked,    ///< between guard pages, in no core dump, never swapped out
  guarded,   ///< the same, but the system did not let us lock it (RLIMIT_MEMLOCK)
  ordinary,  ///< in the common heap; wiped when freed all the same
};
/// For the keys made from now on; before other threads start and before any other use of OpenSSL, once. Room
/// is set aside for a million keys and used as they come. All that OpenSSL frees is wiped from now on.
/// Limitation: the copies of an RSA key's primes that OpenSSL calculates with lie in the common heap
/// while the key lives.
KeyMemory guard_key_memory();

}  // namespace signpost::base
