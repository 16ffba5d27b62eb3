// Before base64url:  version (1)  key id (1)  SIV (16)  sealed: tenant (4)  stream (1)  id (16)  recipient (the rest)
// Version 2, with a sender:                             sealed: tenant (4)  stream (1)  id (16)  recipient  0  sender
#include "feedback/sealed_id.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/text.h"

namespace signpost::feedback {
namespace {

constexpr char kVersion = 1;
constexpr char kWithSender = 2;
constexpr std::size_t kHeader = 2;
constexpr std::size_t kFixed = 4 + 1 + 16;
constexpr std::size_t kMaxAddress = 254;  // RFC 5321 §4.5.3.1.3
constexpr std::size_t kMaxText = 800;

}  // namespace

base::Result<SealedIds> SealedIds::create(const base::Keyring& ring) {
  SealedIds ids;
  const base::RingKey* active = ring.active();
  if (active == nullptr) return base::invalid("the ring has no active key");
  ids.active_ = active->id;
  for (const base::RingKey& key : ring.keys) {
    if (key.state == base::KeyState::revoked) continue;
    auto siv = base::Siv::create(key.bytes, std::string("signpost id\0\1", 13) + static_cast<char>(key.id));
    if (!siv) return tl::unexpected(siv.error());
    ids.keys_.emplace(key.id, std::move(*siv));
  }
  return ids;
}

base::Result<std::string> SealedIds::seal(std::uint32_t tenant, std::uint8_t stream, std::string_view id,
                                          std::string_view recipient, std::string_view sender) const {
  const auto ulid = base::ulid_bytes(id);
  if (!ulid) return base::invalid("the id of the message is not a ULID");
  std::string plain;
  for (int shift = 24; shift >= 0; shift -= 8) plain += static_cast<char>(tenant >> shift & 0xff);
  plain += static_cast<char>(stream);
  plain += *ulid;
  if (recipient.size() <= kMaxAddress) plain += recipient;
  const bool has_sender = !sender.empty() && sender.size() <= kMaxAddress;
  if (has_sender) plain.append(1, '\0').append(sender);
  const std::string header = {has_sender ? kWithSender : kVersion, static_cast<char>(active_)};
  return base::encode_base64url(header + keys_.at(active_).seal(plain));
}

base::Result<SealedId> SealedIds::parse_sealed_id(std::string_view text) const {
  if (text.size() > 2 * kMaxText) return base::invalid("not an id of ours");
  std::string bare(text);
  std::erase_if(bare, base::is_space);
  const auto bytes = base::decode_base64url(bare);
  if (!bytes || bytes->size() < kHeader || ((*bytes)[0] != kVersion && (*bytes)[0] != kWithSender))
    return base::invalid("not an id of ours");
  const auto key = keys_.find(static_cast<std::uint8_t>((*bytes)[1]));
  if (key == keys_.end()) return base::invalid("the id was sealed with another key");
  const auto plain = key->second.open(std::string_view(*bytes).substr(kHeader));
  if (!plain || plain->size() < kFixed) return base::invalid("the id is not genuine");
  SealedId id;
  for (const char c : plain->substr(0, 4)) id.tenant = id.tenant << 8 | static_cast<std::uint8_t>(c);
  id.stream = static_cast<std::uint8_t>((*plain)[4]);
  id.id = plain->substr(5, 16);
  id.recipient = plain->substr(kFixed);
  if ((*bytes)[0] == kVersion) return id;
  // The version itself is not sealed.
  const std::size_t end = id.recipient.find('\0');
  if (end == std::string::npos) return base::invalid("the id is not genuine");
  id.sender = id.recipient.substr(end + 1);
  id.recipient.resize(end);
  return id;
}

}  // namespace signpost::feedback
