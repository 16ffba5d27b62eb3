// A ring of symmetric keys: one a line, `ID STATE BASE64`, 32 bytes a key, `#` begins a comment. Tracking,
// feedback and suppression each have one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/result.h"

namespace signpost::base {

enum class KeyState {
  active,   ///< new tokens are sealed with it; exactly one key of a ring
  accept,   ///< old, still opens tokens
  revoked,  ///< opens nothing any more; kept so that its id is never used again
};

struct RingKey {
  std::uint8_t id = 0;  ///< 1..255; one byte of every token
  KeyState state = KeyState::active;
  std::string bytes;  ///< 32 bytes
  /// Copies are made freely (moving copies too); each one wipes itself.
  ~RingKey() { wipe(bytes); }
};

struct Keyring {
  std::vector<RingKey> keys;
  /// The key that seals, or nullptr in an empty ring.
  const RingKey* active() const;
  const RingKey* find(std::uint8_t id) const;
};

/// Errors name the line: an id outside 1..255 or used twice, an unknown state, a key that is not 32 bytes of
/// base64, no active key or two.
Result<Keyring> parse_keyring(std::string_view text);
std::string format_keyring(const Keyring& ring);

/// The ring with a new active key (the former one becomes `accept`); its id is one above the highest used.
/// Error `limit` at 255. `bytes32` is the new key.
Result<Keyring> rotate(Keyring ring, std::string bytes32);
/// The ring with the key revoked. The active key cannot be revoked: rotate first.
Result<Keyring> revoke(Keyring ring, std::uint8_t id);

const char* state_word(KeyState state);

}  // namespace signpost::base
