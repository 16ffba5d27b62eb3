// Layout of a token before base64url:
//
//   version and purpose (4 bits each)  key id (1)  SIV (16)  sealed payload
//
// The first two bytes are the associated data. The payload, as base/bytes.h writes it:
//
//   flags (1)  tenant (4)  link  [campaign] [day] [recipient] [message] [stream]  [target]
//
// Flags: 0x03 mode, 0x04 target is https (else http), then one bit for each text or number in brackets, left
// out when empty; only a click has a target, which loses its "https://" and is shortened (track/short_target.h). The
// stream is a name in an unsubscribe, else one byte (stream_code).
//
// Version 2, which is opened and no longer made, has three bytes before the SIV (version, purpose, key id), and the
// target as it is with its length before it.
#include "track/token.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/name_id.h"
#include "base/siv.h"
#include "base/text.h"
#include "track/short_target.h"

namespace signpost::track {
namespace {

enum class Version : std::uint8_t { long_target = 2, short_target = 3 };  // 1 had no nonce

constexpr std::uint8_t kModeBits = 0x03;
constexpr std::uint8_t kHttps = 0x04;
constexpr std::uint8_t kCampaign = 0x08;
constexpr std::uint8_t kDay = 0x10;
constexpr std::uint8_t kRecipient = 0x20;
constexpr std::uint8_t kMessage = 0x40;
constexpr std::uint8_t kStream = 0x80;

constexpr std::string_view kHttpsPrefix = "https://";
constexpr std::string_view kHttpPrefix = "http://";

bool is_redirectable(std::string_view target) {
  if (target.size() > kMaxTarget) return false;
  for (const char c : target) {
    if (c <= ' ' || c >= 127) return false;
  }
  return true;
}

std::string format_payload(const Token& token) {
  const bool https = base::starts_with_ignore_case(token.target, kHttpsPrefix);
  std::uint8_t flags = static_cast<std::uint8_t>(token.mode) & kModeBits;
  const auto flag_if = [&flags](bool condition, std::uint8_t bit) {
    if (condition) flags = static_cast<std::uint8_t>(flags | bit);
  };
  flag_if(https, kHttps);
  flag_if(!token.campaign.empty(), kCampaign);
  flag_if(token.day != 0, kDay);
  flag_if(!token.recipient.empty(), kRecipient);
  flag_if(!token.message.empty(), kMessage);
  const bool names_stream = token.purpose == Purpose::unsubscribe;
  flag_if(names_stream ? !token.stream.empty() : token.stream_code != 0, kStream);

  base::ByteWriter writer;
  writer.byte(flags);
  writer.word(token.tenant);
  writer.number(token.link);
  if (flags & kCampaign) writer.text(token.campaign);
  if (flags & kDay) writer.number(token.day);
  if (flags & kRecipient) writer.text(token.recipient);
  if (flags & kMessage) writer.text(token.message);
  if (flags & kStream && names_stream) writer.text(token.stream);
  if (flags & kStream && !names_stream) writer.byte(token.stream_code);
  if (token.purpose == Purpose::click) {
    const std::size_t scheme = (https ? kHttpsPrefix : kHttpPrefix).size();
    // A target that must not be sealed is left out, and a click without a target does not open.
    const std::string_view target = is_redirectable(token.target) ? std::string_view(token.target) : "";
    writer.rest(shorten_target(target.substr(std::min(scheme, target.size()))));
  }
  return writer.take();
}

/// The payload of a token of that purpose. nullopt if it is not one of ours.
std::optional<Token> parse_payload(std::string_view payload, Purpose purpose, Version version) {
  base::ByteReader reader(payload);
  Token token;
  token.purpose = purpose;
  const std::uint8_t flags = reader.byte();
  token.mode = static_cast<Mode>(flags & kModeBits);
  token.tenant = reader.word();
  const std::uint64_t link = reader.number();
  if (flags & kCampaign) token.campaign = reader.text();
  const std::uint64_t day = flags & kDay ? reader.number() : 0;
  if (flags & kRecipient) token.recipient = reader.text();
  if (flags & kMessage) token.message = reader.text();
  if (flags & kStream) {
    const bool names_stream = purpose == Purpose::unsubscribe || version == Version::long_target;
    if (names_stream) token.stream = reader.text();
    if (!names_stream) token.stream_code = reader.byte();
  }
  if (purpose == Purpose::click) {
    const std::string target =
        version == Version::long_target ? std::string(reader.text()) : expand_target(reader.rest());
    if (target.empty()) return std::nullopt;
    token.target = std::string(flags & kHttps ? kHttpsPrefix : kHttpPrefix) + target;
  }
  if (!reader.ok() || !reader.at_end() || link > 0xFFFF || day > 0xFFFF) return std::nullopt;
  token.link = static_cast<std::uint16_t>(link);
  token.day = static_cast<std::uint16_t>(day);
  return is_redirectable(token.target) ? std::optional(token) : std::nullopt;
}

tl::unexpected<base::Error> not_ours() {
  return base::invalid("not a token sealed with a key of this ring");
}

std::string pseudonym_of(std::string_view key, std::uint32_t tenant, std::string_view address) {
  base::ByteWriter subject;
  subject.word(tenant);
  subject.text(address);
  const base::Digest digest = base::hmac_sha256(key, subject.bytes());
  return std::string(base::as_bytes(digest).substr(0, 8));
}

constexpr Purpose kPurposes[] = {Purpose::click, Purpose::open, Purpose::unsubscribe};

/// The letter behind a text that ends in "-" or "_". Only one of whole groups of four can, since unused bits are zero,
/// and with the letter it has a length that base64url never has: so it is known for what it is.
constexpr char kGuard = 'A';

bool ends_in_sign(std::string_view text) {
  return text.ends_with('-') || text.ends_with('_');
}

std::string_view without_guard(std::string_view text) {
  if (text.size() % 4 != 1 || text.back() != kGuard || !ends_in_sign(text.substr(0, text.size() - 1)))
    return text;
  return text.substr(0, text.size() - 1);
}

constexpr Version kVersions[] = {Version::long_target, Version::short_target};

/// What stands before the sealed bytes, and is sealed with them.
std::string header_of(Version version, Purpose purpose, std::uint8_t key) {
  const auto number = static_cast<unsigned>(version);
  const auto kind = static_cast<unsigned>(purpose);
  if (version == Version::long_target)
    return {static_cast<char>(number), static_cast<char>(kind), static_cast<char>(key)};
  return {static_cast<char>(number << 4 | kind), static_cast<char>(key)};
}

/// The version of a token's bytes, by their first.
Version version_of(std::string_view bytes) {
  return static_cast<unsigned char>(bytes.front()) >> 4 == static_cast<unsigned>(Version::short_target)
             ? Version::short_target
             : Version::long_target;
}

}  // namespace

std::uint8_t stream_code(std::string_view name) {
  return static_cast<std::uint8_t>(1 + base::name_id(name) % 255);
}

std::optional<std::uint8_t> claimed_key(std::string_view text) {
  const auto head = base::decode_base64url(text.substr(0, 4));
  if (!head || head->size() != 3) return std::nullopt;
  const std::size_t length = header_of(version_of(*head), Purpose::click, 0).size();
  return static_cast<std::uint8_t>((*head)[length - 1]);
}

struct Sealer::State {
  std::map<std::string, base::Siv, std::less<>> by_header;  ///< without the revoked keys
  std::uint8_t active = 0;
  std::map<std::uint8_t, std::string> pseudonym_keys;  ///< without the revoked ones too
};

Sealer::Sealer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sealer::Sealer(Sealer&&) noexcept = default;
Sealer& Sealer::operator=(Sealer&&) noexcept = default;
Sealer::~Sealer() = default;

base::Result<Sealer> Sealer::create(const base::Keyring& ring) {
  const base::RingKey* active = ring.active();
  if (active == nullptr) return base::invalid("the key ring has no active key");
  auto state = std::make_unique<State>();
  for (const base::RingKey& key : ring.keys) {
    if (key.state == base::KeyState::revoked) continue;
    for (const Version version : kVersions) {
      for (const Purpose purpose : kPurposes) {
        const std::string header = header_of(version, purpose, key.id);
        auto siv = base::Siv::create(key.bytes, header);
        if (!siv) return tl::unexpected(base::in_context("key " + std::to_string(key.id), siv.error()));
        state->by_header.emplace(header, std::move(*siv));
      }
    }
    const base::Digest derived = base::hmac_sha256(key.bytes, "signpost pseudonym");
    state->pseudonym_keys[key.id] = base::as_bytes(derived);
  }
  state->active = active->id;
  return Sealer(std::move(state));
}

std::string Sealer::seal(const Token& token) const {
  std::string bytes = header_of(Version::short_target, token.purpose, state_->active);
  bytes += state_->by_header.find(bytes)->second.seal(format_payload(token));
  std::string text = base::encode_base64url(bytes);
  if (ends_in_sign(text)) text += kGuard;
  return text;
}

base::Result<Token> Sealer::open(std::string_view text, Purpose purpose) const {
  const auto bytes = base::decode_base64url(without_guard(text));
  if (!bytes || bytes->empty()) return not_ours();
  const Version version = version_of(*bytes);
  const std::size_t length = header_of(version, purpose, 0).size();
  const std::string_view header = std::string_view(*bytes).substr(0, length);
  const auto siv = state_->by_header.find(header);
  if (siv == state_->by_header.end() ||
      header != header_of(version, purpose, static_cast<std::uint8_t>(header.back())))
    return not_ours();
  const auto payload = siv->second.open(std::string_view(*bytes).substr(length));
  if (!payload) return not_ours();
  auto token = parse_payload(*payload, purpose, version);
  if (!token) return not_ours();
  return std::move(*token);
}

std::string Sealer::pseudonym(std::uint32_t tenant, std::string_view address) const {
  return pseudonym_of(state_->pseudonym_keys.at(state_->active), tenant, address);
}

std::vector<std::string> Sealer::pseudonyms(std::uint32_t tenant, std::string_view address) const {
  std::vector<std::string> all;
  for (const auto& [id, key] : state_->pseudonym_keys) all.push_back(pseudonym_of(key, tenant, address));
  return all;
}

}  // namespace signpost::track
