// As base/bytes.h writes it:
//
//   long:   origin (1)  expires  tenant  stream  login  id  envelope id   and zeros up to a multiple of 128
//   short:  origin (1)  expires (4)  tenant (4)  stream (4)  id (16)  form of the login (1)  login or its hash (8)
//           and zeros up to 57
#include "mail/identity.h"

#include <algorithm>
#include <chrono>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/encoding.h"

namespace signpost::mail {
namespace {

constexpr std::size_t kUlidText = 26;
constexpr std::size_t kUlidBytes = 16;
constexpr std::size_t kMaxShortLogin = 26;
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum class LoginForm : std::uint8_t { none = 0, text = 1, hash = 2 };

bool is_first_origin(std::uint64_t number) {
  const auto origin = static_cast<Origin>(number);
  return number <= 0xFF && (is_ours(origin) || origin == Origin::foreign);
}

std::uint64_t seconds_of(base::Wall time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0));
}

/// nullopt for a time that no clock of ours shows.
std::optional<base::Wall> time_of(std::uint64_t seconds) {
  constexpr std::uint64_t kMaxSeconds = std::uint64_t{1} << 40;
  if (seconds > kMaxSeconds) return std::nullopt;
  return base::Wall(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

/// The 128 bits of a ULID: its first digit holds three of them.
std::string pack_ulid(std::string_view text) {
  std::string bytes(kUlidBytes, '\0');
  for (std::size_t i = 0; i < kUlidText; ++i) {
    const std::size_t digit = kCrockford.find(text[i]);
    const std::size_t end = 128 - 5 * (kUlidText - 1 - i);  // the bit behind this digit's last
    for (std::size_t bit = 0; bit < 5; ++bit) {
      if ((digit >> bit & 1) == 0 || end < bit + 1) continue;
      const std::size_t at = end - 1 - bit;
      bytes[at / 8] = static_cast<char>(static_cast<std::uint8_t>(bytes[at / 8]) | 0x80U >> at % 8);
    }
  }
  return bytes;
}

std::string unpack_ulid(std::string_view bytes) {
  std::string text(kUlidText, '0');
  for (std::size_t i = 0; i < kUlidText; ++i) {
    const std::size_t end = 128 - 5 * (kUlidText - 1 - i);
    std::size_t digit = 0;
    for (std::size_t bit = 0; bit < 5 && bit < end; ++bit) {
      const std::size_t at = end - 1 - bit;
      if (static_cast<std::uint8_t>(bytes[at / 8]) & 0x80U >> at % 8) digit |= std::size_t{1} << bit;
    }
    text[i] = kCrockford[digit];
  }
  return text;
}

bool is_id(std::string_view text) {
  return base::is_ulid(text) && text.front() <= '7';
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

/// Each identity has one spelling: what would be written otherwise was not written by us.
template <class T>
std::optional<T> only_if_written(const T& read, const base::Result<std::string>& written,
                                 std::string_view bytes) {
  return written && *written == bytes ? std::optional(read) : std::nullopt;
}

std::uint64_t hash_of(std::string_view text, std::size_t octets) {
  const base::Digest digest = base::sha256(text);
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < octets; ++i) hash = hash << 8 | digest[i];
  return hash;
}

}  // namespace

std::uint32_t name_hash(std::string_view name) {
  return static_cast<std::uint32_t>(hash_of(name, 4));
}

std::uint64_t login_hash(std::string_view login) {
  return hash_of(login, 8);
}

ShortIdentity shorten(const Identity& identity) {
  ShortIdentity brief;
  brief.origin = identity.origin;
  brief.id = identity.id;
  brief.expires = identity.expires;
  if (!identity.tenant.empty()) brief.tenant = name_hash(identity.tenant);
  if (!identity.stream.empty()) brief.stream = name_hash(identity.stream);
  if (identity.login.size() <= kMaxShortLogin) {
    brief.login = identity.login;
  } else {
    brief.login_hash = login_hash(identity.login);
  }
  return brief;
}

base::Result<std::string> format_identity(const Identity& identity) {
  if (!is_first_origin(static_cast<std::uint64_t>(identity.origin)))
    return base::invalid("not a first origin");
  if (!is_id(identity.id)) return base::invalid("the id is not a ULID");
  if (!is_printable(identity.envelope_id)) return base::invalid("the envelope id is not printable ASCII");
  if (identity.tenant.size() > kMaxSealName || identity.stream.size() > kMaxSealName ||
      identity.login.size() > kMaxSealLogin || identity.envelope_id.size() > kMaxEnvelopeId) {
    return base::fail(base::ErrorKind::limit, "a name, a login or an envelope id is too long for a seal");
  }
  base::ByteWriter writer;
  writer.byte(static_cast<std::uint8_t>(identity.origin));
  writer.number(seconds_of(identity.expires));
  for (const std::string* part :
       {&identity.tenant, &identity.stream, &identity.login, &identity.id, &identity.envelope_id}) {
    writer.text(*part);
  }
  std::string payload = writer.take();
  payload.resize((payload.size() + kIdentityUnit - 1) / kIdentityUnit * kIdentityUnit, '\0');
  return payload;
}

std::optional<Identity> parse_identity(std::string_view bytes) {
  base::ByteReader reader(bytes);
  Identity identity;
  const std::uint8_t origin = reader.byte();
  const auto expires = time_of(reader.number());
  for (std::string* part :
       {&identity.tenant, &identity.stream, &identity.login, &identity.id, &identity.envelope_id}) {
    *part = reader.text();
  }
  if (!reader.ok() || !expires) return std::nullopt;
  identity.origin = static_cast<Origin>(origin);
  identity.expires = *expires;
  return only_if_written(identity, format_identity(identity), bytes);
}

base::Result<std::string> format_short_identity(const ShortIdentity& identity) {
  if (!is_first_origin(static_cast<std::uint64_t>(identity.origin)))
    return base::invalid("not a first origin");
  if (!is_id(identity.id)) return base::invalid("the id is not a ULID");
  if (identity.login.size() > kMaxShortLogin) {
    return base::fail(base::ErrorKind::limit, "the login is too long for the short form");
  }
  base::ByteWriter writer;
  writer.byte(static_cast<std::uint8_t>(identity.origin));
  writer.word(static_cast<std::uint32_t>(std::min<std::uint64_t>(seconds_of(identity.expires), 0xFFFFFFFF)));
  writer.word(identity.tenant);
  writer.word(identity.stream);
  for (const char c : pack_ulid(identity.id)) writer.byte(static_cast<std::uint8_t>(c));
  if (!identity.login.empty()) {
    writer.byte(static_cast<std::uint8_t>(LoginForm::text));
    writer.text(identity.login);
  } else if (identity.login_hash != 0) {
    writer.byte(static_cast<std::uint8_t>(LoginForm::hash));
    writer.word(static_cast<std::uint32_t>(identity.login_hash));
    writer.word(static_cast<std::uint32_t>(identity.login_hash >> 32));
  }
  std::string payload = writer.take();
  payload.resize(kShortIdentityBytes, '\0');
  return payload;
}

std::optional<ShortIdentity> parse_short_identity(std::string_view bytes) {
  base::ByteReader reader(bytes);
  ShortIdentity identity;
  const std::uint8_t origin = reader.byte();
  const auto expires = time_of(reader.word());
  identity.tenant = reader.word();
  identity.stream = reader.word();
  std::string id(kUlidBytes, '\0');
  for (char& c : id) c = static_cast<char>(reader.byte());
  identity.id = unpack_ulid(id);
  switch (static_cast<LoginForm>(reader.byte())) {
    case LoginForm::none:
      break;
    case LoginForm::text:
      identity.login = reader.text();
      break;
    case LoginForm::hash:
      identity.login_hash = reader.word();
      identity.login_hash |= static_cast<std::uint64_t>(reader.word()) << 32;
      break;
    default:
      return std::nullopt;
  }
  if (!reader.ok() || !expires) return std::nullopt;
  identity.origin = static_cast<Origin>(origin);
  identity.expires = *expires;
  return only_if_written(identity, format_short_identity(identity), bytes);
}

}  // namespace signpost::mail
