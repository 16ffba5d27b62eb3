// Layout before base64url, in both forms:
//
//   version (1)  key id (1)  SIV (16)  sealed payload
//
// The associated data are purpose, form, version, key id and the binding, each text of it with its length. The
// payload is mail/identity's; the short one makes 75 octets of the whole, which are 100 in base64url.
#include "mail/identity_seal.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/siv.h"
#include "base/text.h"
#include "mail/address.h"
#include "mail/field/author.h"

namespace signpost::mail {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeader = 2;
constexpr std::size_t kSiv = 16;
constexpr std::size_t kMaxSealBytes = 1024;
constexpr std::size_t kLine = 75;
constexpr std::size_t kMaxTried = 8;

enum class Form : std::uint8_t { field = 'F', envelope_id = 'E' };

std::string header_of(std::uint8_t key) {
  return {static_cast<char>(kVersion), static_cast<char>(key)};
}

std::string associated_of(Form form, std::uint8_t key, const SealBinding& binding) {
  base::ByteWriter writer;
  writer.text("signpost seal");
  writer.byte(static_cast<std::uint8_t>(form));
  writer.byte(kVersion);
  writer.byte(key);
  for (const std::string* part : {&binding.message_id, &binding.date, &binding.author, &binding.sender}) {
    writer.text(*part);
  }
  return writer.take();
}

/// What is bound of one part: Postfix shortens a header field at 102,400 octets (header_size_limit).
constexpr std::size_t kMaxBound = 4096;

/// All fields of the name, one a line; each run of blanks inside a value as `blank`.
std::string joined(const std::vector<Field>& fields, std::string_view name, std::string_view blank) {
  std::string all;
  for (const Field& field : fields) {
    if (!has_name(field, name)) continue;
    all += '\n';
    bool pending = false;
    bool begun = false;
    for (const char c : field.value) {
      if (base::is_space(c)) {
        pending = begun;
        continue;
      }
      if (pending) all += blank;
      pending = false;
      begun = true;
      all += c;
      if (all.size() >= kMaxBound) return all;
    }
  }
  return all;
}

std::string author_of(const std::vector<Field>& fields) {
  const auto author = find_author(fields);
  if (author) return format_address(*author);
  return "no author " + std::to_string(static_cast<int>(author.error())) + joined(fields, "From", " ");
}

std::string sender_of(std::string_view given) {
  if (const auto address = parse_address(given)) return format_address(*address);
  given = base::trim(given);
  if (given.starts_with('<') && given.ends_with('>')) given = given.substr(1, given.size() - 2);
  return std::string(given);
}

base::Result<std::string> close(const base::RingKey& key, Form form, const SealBinding& binding,
                                std::string_view payload) {
  const auto siv = base::Siv::create(key.bytes, associated_of(form, key.id, binding));
  if (!siv) return tl::unexpected(siv.error());
  return base::encode_base64url(header_of(key.id) + siv->seal(payload));
}

/// The payload of a text in base64url.
SealResult<std::string> unlock(const base::Keyring& ring, std::string_view text, Form form,
                               const SealBinding& binding) {
  const auto bytes = base::decode_base64url(text);
  if (!bytes || bytes->size() <= kHeader + kSiv || bytes->size() > kMaxSealBytes) {
    return tl::unexpected(SealFault::foreign);
  }
  const std::size_t payload = bytes->size() - kHeader - kSiv;
  const bool sized = form == Form::field ? payload % kIdentityUnit == 0 : payload == kShortIdentityBytes;
  if (static_cast<std::uint8_t>(bytes->front()) != kVersion || !sized)
    return tl::unexpected(SealFault::foreign);
  const base::RingKey* key = ring.find(static_cast<std::uint8_t>((*bytes)[1]));
  if (key == nullptr || key->state == base::KeyState::revoked) return tl::unexpected(SealFault::unknown_key);
  const auto siv = base::Siv::create(key->bytes, associated_of(form, key->id, binding));
  if (!siv) return tl::unexpected(SealFault::unknown_key);
  auto opened = siv->open(std::string_view(*bytes).substr(kHeader));
  if (!opened) return tl::unexpected(SealFault::altered);
  return std::move(*opened);
}

std::string fold_text(std::string_view text) {
  std::string value;
  for (std::size_t at = 0; at < text.size(); at += kLine) {
    value += at == 0 ? " " : "\n\t";
    value += text.substr(at, kLine);
  }
  return value;
}

std::string without_blanks(std::string_view value) {
  std::string text;
  std::copy_if(value.begin(), value.end(), std::back_inserter(text),
               [](char c) { return !base::is_space(c); });
  return text;
}

SealBinding envelope_binding(std::string_view sender) {
  SealBinding binding;
  binding.sender = sender_of(sender);
  return binding;
}

}  // namespace

SealBinding bind_seal(const std::vector<Field>& fields, std::string_view sender) {
  return {joined(fields, "Message-ID", ""), joined(fields, "Date", " "), author_of(fields),
          sender_of(sender)};
}

const char* seal_fault_word(SealFault fault) {
  switch (fault) {
    case SealFault::foreign:
      return "foreign";
    case SealFault::unknown_key:
      return "unknown-key";
    case SealFault::altered:
      return "altered";
    case SealFault::expired:
      return "expired";
  }
  return "foreign";
}

base::Result<IdentitySealer> IdentitySealer::create(base::Keyring ring) {
  if (ring.active() == nullptr) return base::invalid("the ring has no active key");
  for (const base::RingKey& key : ring.keys) {
    const auto siv = base::Siv::create(key.bytes, "");
    if (!siv) return tl::unexpected(base::in_context("key " + std::to_string(key.id), siv.error()));
  }
  return IdentitySealer(std::move(ring));
}

base::Result<std::string> IdentitySealer::seal(const Identity& identity, const SealBinding& binding) const {
  const auto payload = format_identity(identity);
  if (!payload) return tl::unexpected(payload.error());
  const auto text = close(*ring_.active(), Form::field, binding, *payload);
  if (!text) return tl::unexpected(text.error());
  return fold_text(*text);
}

SealResult<Identity> IdentitySealer::open(std::string_view value, const SealBinding& binding,
                                          base::Wall now) const {
  // A value of more than twice the size of the longest is not copied.
  if (value.size() > 4 * kMaxSealBytes) return tl::unexpected(SealFault::foreign);
  const auto payload = unlock(ring_, without_blanks(value), Form::field, binding);
  if (!payload) return tl::unexpected(payload.error());
  auto identity = parse_identity(*payload);
  if (!identity) return tl::unexpected(SealFault::foreign);
  if (now >= identity->expires) return tl::unexpected(SealFault::expired);
  return std::move(*identity);
}

base::Result<std::string> IdentitySealer::seal_short(const ShortIdentity& identity,
                                                     std::string_view sender) const {
  const auto payload = format_short_identity(identity);
  if (!payload) return tl::unexpected(payload.error());
  return close(*ring_.active(), Form::envelope_id, envelope_binding(sender), *payload);
}

SealResult<ShortIdentity> IdentitySealer::open_short(std::string_view envelope_id, std::string_view sender,
                                                     base::Wall now) const {
  const auto payload = unlock(ring_, envelope_id, Form::envelope_id, envelope_binding(sender));
  if (!payload) return tl::unexpected(payload.error());
  auto identity = parse_short_identity(*payload);
  if (!identity) return tl::unexpected(SealFault::foreign);
  if (now >= identity->expires) return tl::unexpected(SealFault::expired);
  return std::move(*identity);
}

FoundSeal find_seal(const std::vector<Field>& fields, std::string_view sender, const IdentitySealer& sealer,
                    base::Wall now) {
  FoundSeal found;
  SealBinding binding;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!has_name(fields[i], kSealField)) continue;
    if (++found.fields == 1) binding = bind_seal(fields, sender);
    if (found.identity || found.fields > kMaxTried) continue;
    auto opened = sealer.open(fields[i].value, binding, now);
    if (opened) found.at = i;
    if (opened || found.fields == 1) found.identity = std::move(opened);
  }
  return found;
}

}  // namespace signpost::mail
