// Layout before base64url: key id (1), milliseconds since 1970 (varint), the first 16 bytes of HMAC-SHA-256
// over both and the unsubscribe token, with a key derived from the ring's.
#include "track/undo.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/encoding.h"

namespace signpost::track {
namespace {

constexpr std::size_t kMac = 16;
constexpr std::size_t kMaxText = 64;

std::string head(std::uint8_t key_id, base::Wall at) {
  base::ByteWriter writer;
  writer.byte(key_id);
  writer.number(static_cast<std::uint64_t>(at.time_since_epoch().count()));
  return writer.take();
}

std::string mac(std::string_view key, std::string_view head, std::string_view token) {
  base::ByteWriter subject;
  subject.text(head);
  subject.text(token);
  const base::Digest digest = base::hmac_sha256(key, subject.bytes());
  return std::string(base::as_bytes(digest).substr(0, kMac));
}

tl::unexpected<base::Error> not_ours() {
  return base::invalid("not an undo token for this unsubscribe link");
}

}  // namespace

base::Result<UndoSealer> UndoSealer::create(const base::Keyring& ring) {
  if (ring.active() == nullptr) return base::invalid("the key ring has no active key");
  UndoSealer sealer;
  for (const base::RingKey& key : ring.keys) {
    if (key.state == base::KeyState::revoked) continue;
    const base::Digest derived = base::hmac_sha256(key.bytes, "signpost undo");
    const auto place = key.state == base::KeyState::active ? sealer.keys_.begin() : sealer.keys_.end();
    sealer.keys_.insert(place, base::RingKey{key.id, key.state, std::string(base::as_bytes(derived))});
  }
  return sealer;
}

std::string UndoSealer::seal(std::string_view token, base::Wall at) const {
  const base::RingKey& key = keys_.front();
  const std::string bytes = head(key.id, at);
  return base::encode_base64url(bytes + mac(key.bytes, bytes, token));
}

base::Result<base::Wall> UndoSealer::open(std::string_view text, std::string_view token,
                                          base::Wall now) const {
  if (text.size() > kMaxText) return not_ours();
  const auto bytes = base::decode_base64url(text);
  if (!bytes || bytes->size() <= kMac) return not_ours();
  const std::string_view sealed = std::string_view(*bytes).substr(0, bytes->size() - kMac);
  base::ByteReader reader(sealed);
  const std::uint8_t id = reader.byte();
  const std::uint64_t milliseconds = reader.number();
  const auto key =
      std::find_if(keys_.begin(), keys_.end(), [id](const base::RingKey& each) { return each.id == id; });
  if (!reader.ok() || !reader.at_end() || key == keys_.end()) return not_ours();
  const std::string_view given = std::string_view(*bytes).substr(sealed.size());
  if (!base::equal_in_constant_time(given, mac(key->bytes, sealed, token))) return not_ours();

  const base::Wall at{std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds))};
  if (now - at > kUndoTime)
    return base::fail(base::ErrorKind::limit, "the time to undo this unsubscribe is over");
  return at;
}

}  // namespace signpost::track
