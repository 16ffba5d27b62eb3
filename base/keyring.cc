// Reading, writing and turning key rings, as text and values. Files, their owners and modes
// are for programs/.
#include "base/keyring.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "base/text.h"

namespace signpost::base {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::uint64_t kMaxId = 255;

std::optional<KeyState> parse_state(std::string_view word) {
  for (const KeyState state : {KeyState::active, KeyState::accept, KeyState::revoked}) {
    if (word == state_word(state)) return state;
  }
  return std::nullopt;
}

/// The words of a line, without its comment.
std::vector<std::string_view> words_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  while (!(line = trim(line)).empty()) {
    const auto end = std::find_if(line.begin(), line.end(), is_space);
    words.push_back(line.substr(0, static_cast<std::size_t>(end - line.begin())));
    line.remove_prefix(words.back().size());
  }
  return words;
}

Result<RingKey> parse_key(const std::vector<std::string_view>& words) {
  if (words.size() != 3) return invalid("expected ID STATE KEY");
  const auto id = parse_number(words[0]);
  if (!id || *id == 0 || *id > kMaxId) return invalid("the key id must be a number from 1 to 255");
  const auto state = parse_state(words[1]);
  if (!state) return invalid("the state must be active, accept or revoked");
  auto bytes = decode_base64(words[2]);
  if (!bytes || bytes->size() != kKeyBytes) return invalid("the key must be 32 bytes in base64");
  return RingKey{static_cast<std::uint8_t>(*id), *state, std::move(*bytes)};
}

std::string line_name(std::size_t number) {
  return "line " + std::to_string(number);
}

}  // namespace

const char* state_word(KeyState state) {
  switch (state) {
    case KeyState::active:
      return "active";
    case KeyState::accept:
      return "accept";
    case KeyState::revoked:
      return "revoked";
  }
  return "revoked";
}

const RingKey* Keyring::active() const {
  const auto key =
      std::find_if(keys.begin(), keys.end(), [](const RingKey& k) { return k.state == KeyState::active; });
  return key == keys.end() ? nullptr : &*key;
}

const RingKey* Keyring::find(std::uint8_t id) const {
  const auto key = std::find_if(keys.begin(), keys.end(), [id](const RingKey& k) { return k.id == id; });
  return key == keys.end() ? nullptr : &*key;
}

Result<Keyring> parse_keyring(std::string_view text) {
  Keyring ring;
  std::size_t number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    const auto words = words_of(line);
    if (words.empty()) continue;
    auto key = parse_key(words);
    if (!key) return tl::unexpected(in_context(line_name(number), key.error()));
    if (ring.find(key->id) != nullptr) {
      return invalid(line_name(number) + ": key id " + std::to_string(key->id) + " is used twice");
    }
    if (key->state == KeyState::active && ring.active() != nullptr) {
      return invalid(line_name(number) + ": a second active key; only one may be active");
    }
    ring.keys.push_back(std::move(*key));
  }
  if (ring.active() == nullptr) return invalid("the key ring has no active key");
  return ring;
}

std::string format_keyring(const Keyring& ring) {
  std::string text;
  for (const RingKey& key : ring.keys) {
    text += std::to_string(key.id) + " " + state_word(key.state) + " " + encode_base64(key.bytes) + "\n";
  }
  return text;
}

Result<Keyring> rotate(Keyring ring, std::string bytes32) {
  if (bytes32.size() != kKeyBytes) return invalid("a key must be 32 bytes");
  unsigned highest = 0;
  for (RingKey& key : ring.keys) {
    highest = std::max<unsigned>(highest, key.id);
    if (key.state == KeyState::active) key.state = KeyState::accept;
  }
  if (highest >= kMaxId) return fail(ErrorKind::limit, "all 255 key ids are in use; start a new key ring");
  ring.keys.push_back({static_cast<std::uint8_t>(highest + 1), KeyState::active, std::move(bytes32)});
  return ring;
}

Result<Keyring> revoke(Keyring ring, std::uint8_t id) {
  const auto key =
      std::find_if(ring.keys.begin(), ring.keys.end(), [id](const RingKey& k) { return k.id == id; });
  if (key == ring.keys.end()) return fail(ErrorKind::not_found, "no key with id " + std::to_string(id));
  if (key->state == KeyState::active)
    return invalid("the active key cannot be revoked; rotate the ring first");
  key->state = KeyState::revoked;
  return ring;
}

}  // namespace signpost::base
