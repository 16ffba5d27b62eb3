// The token before base32, 38 octets, which are 61 letters; with "b+" one less than a local part may have:
//
//   version (1)  key id (1)  SIV (16)  sealed: tenant (4)  stream (1)  flags (1)  message (10)  recipient (4)
//
// An address is folded to lower case by some mail servers, so base64 would not survive the way.
#include "feedback/return_path.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace signpost::feedback {
namespace {

constexpr std::string_view kPrefix = "b+";
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kShared = 1;
constexpr std::size_t kHeader = 2;
constexpr std::size_t kTime = 6;
constexpr std::size_t kMessage = 10;
constexpr std::size_t kMark = 4;
constexpr std::size_t kSealed = 16 + 4 + 1 + 1 + kMessage + kMark;
constexpr std::size_t kTokenLetters = ((kHeader + kSealed) * 8 + 4) / 5;

std::string recipient_mark(std::string_view key, std::string_view message, std::string_view canonical) {
  base::ByteWriter writer;
  writer.text("signpost return path recipient");
  writer.text(message);
  writer.text(canonical);
  const base::Digest digest = base::hmac_sha256(key, writer.take());
  return std::string(base::as_bytes(digest).substr(0, kMark));
}

std::uint32_t number_at(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char c : bytes.substr(0, 4)) number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

}  // namespace

base::Wall ReturnPath::sent() const {
  std::int64_t time = 0;
  for (const char c : std::string_view(message).substr(0, kTime))
    time = time << 8 | static_cast<std::uint8_t>(c);
  return base::Wall(base::Wall::duration(time));
}

base::Result<ReturnPaths> ReturnPaths::create(const base::Keyring& ring) {
  ReturnPaths paths;
  const base::RingKey* active = ring.active();
  if (active == nullptr) return base::invalid("the ring has no active key");
  paths.active_ = active->id;
  for (const base::RingKey& key : ring.keys) {
    if (key.state == base::KeyState::revoked) continue;
    auto siv =
        base::Siv::create(key.bytes, std::string("signpost return path\0\1", 22) + static_cast<char>(key.id));
    if (!siv) return tl::unexpected(siv.error());
    paths.keys_.emplace(key.id, Key{std::move(*siv), key.bytes});
  }
  return paths;
}

base::Result<std::string> ReturnPaths::mint(std::uint32_t tenant, std::uint8_t stream, std::string_view id,
                                            const std::optional<std::string>& recipient) const {
  const auto ulid = base::ulid_bytes(id);
  if (!ulid) return base::invalid("the id of the message is not a ULID");
  const std::string message = shorten_id(*ulid);
  const Key& key = keys_.at(active_);
  std::string plain;
  for (int shift = 24; shift >= 0; shift -= 8) plain += static_cast<char>(tenant >> shift & 0xff);
  plain += static_cast<char>(stream);
  plain += static_cast<char>(recipient ? 0 : kShared);
  plain += message;
  plain += recipient ? recipient_mark(key.bytes, message, *recipient) : std::string(kMark, '\0');
  const std::string header = {static_cast<char>(kVersion), static_cast<char>(active_)};
  return std::string(kPrefix) + base::encode_base32(header + key.siv.seal(plain));
}

base::Result<ReturnPath> ReturnPaths::parse_return_path(std::string_view local_part) const {
  if (local_part.size() != kPrefix.size() + kTokenLetters ||
      !base::starts_with_ignore_case(local_part, kPrefix))
    return base::fail(base::ErrorKind::not_found, "not a return path of ours");
  const auto token = base::decode_base32(local_part.substr(kPrefix.size()));
  if (!token || (*token)[0] != kVersion)
    return base::fail(base::ErrorKind::not_found, "not a return path of ours");
  const auto key = keys_.find(static_cast<std::uint8_t>((*token)[1]));
  if (key == keys_.end()) return base::invalid("the return path was made with another key");
  const auto plain = key->second.siv.open(std::string_view(*token).substr(kHeader));
  if (!plain) return base::invalid("the return path is not genuine");
  ReturnPath path;
  path.tenant = number_at(*plain);
  path.stream = static_cast<std::uint8_t>((*plain)[4]);
  path.message = plain->substr(6, kMessage);
  if (((*plain)[5] & kShared) == 0) path.recipient = plain->substr(6 + kMessage);
  return path;
}

bool ReturnPaths::is_for(const ReturnPath& path, std::string_view canonical) const {
  // The mark does not say with which key it was made, and there are few.
  return !path.is_shared() && std::any_of(keys_.begin(), keys_.end(), [&](const auto& key) {
    return base::equal_in_constant_time(recipient_mark(key.second.bytes, path.message, canonical),
                                        path.recipient);
  });
}

std::string shorten_id(std::string_view ulid_bytes) {
  return std::string(ulid_bytes.substr(0, kTime)) +
         std::string(ulid_bytes.substr(ulid_bytes.size() - (kMessage - kTime)));
}

bool is_coded_sender(std::string_view local_part) {
  // RFC 5321 leaves the local part to its host; these forms are those of libsrs2, BATV (draft-levine-smtp-batv), and of list
  // managers, which put "=" where the recipient has "@".
  constexpr std::array<std::string_view, 4> kPrefixes = {"SRS0", "SRS1", "prvs=", "btv1="};
  const auto is_prefix = [&](std::string_view prefix) {
    return base::starts_with_ignore_case(local_part, prefix);
  };
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), is_prefix) ||
         local_part.find('=') != std::string_view::npos;
}

}  // namespace signpost::feedback
