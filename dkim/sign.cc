// Chooses the instances of the fields to sign, hashes their canonical form, writes the field. The header is
// prepared once for all keys of a message, so that a second signature costs little more than
// its key's operation.
#include "dkim/sign.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/encoding.h"
#include "base/text.h"
#include "dkim/canonical.h"

namespace signpost::dkim {

namespace {

constexpr std::string_view kFieldName = "DKIM-Signature";
constexpr std::string_view kFrom = "from";
/// RFC 8058 §4: both must be covered, whatever the settings say.
constexpr std::array<std::string_view, 2> kUnsubscribe = {"list-unsubscribe", "list-unsubscribe-post"};
/// By which reports say what they are about: another one must not be added (RFC 9477 §3.1). Where there is none, relays behind
/// us may add theirs.
constexpr std::array<std::string_view, 3> kReports = {"signpost-id", "cfbl-address", "cfbl-feedback-id"};
constexpr std::size_t kLine = 78;  // RFC 5322 §2.1.1, without the line end

bool has(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// What all signatures of one message have in common. The names are views of the settings'.
struct SignedHeader {
  std::vector<std::string_view> names;  ///< h=, in order
  std::string canonical;                ///< the fields that these name, each with its CRLF
};

/// t=, and how long until x=.
struct Times {
  base::Wall now;
  std::optional<std::chrono::seconds> expire_after;
};

/// Takes the instances of each name from the bottom up (RFC 6376 §5.4.2), each instance once.
class HeaderBuilder {
 public:
  HeaderBuilder(const std::vector<mail::Field>& fields, Canon canon)
      : fields_(fields), canon_(canon), taken_(fields.size()) {
    names_.reserve(fields.size());
    for (const mail::Field& field : fields) names_.push_back(base::lower(base::trim(field.name)));
  }

  /// `name` in lower case.
  void add(std::string_view name) {
    if (is_never_signed(name)) return;
    for (std::size_t i = fields_.size(); i-- > 0;) {
      if (names_[i] != name || taken_[i]) continue;
      taken_[i] = true;
      append_canonical(header_.canonical, fields_[i], canon_);
      header_.canonical += "\r\n";
      header_.names.push_back(name);
    }
  }
  /// Named once more than present, so that another one breaks the signature (RFC 6376 §8.15).
  void add_oversigned(std::string_view name) {
    add(name);
    if (!is_never_signed(name)) header_.names.push_back(name);
  }

  /// The same, if there is one.
  void add_oversigned_if_present(std::string_view name) {
    if (has(names_, name)) add_oversigned(name);
  }

  SignedHeader take() { return std::move(header_); }

 private:
  const std::vector<mail::Field>& fields_;
  Canon canon_;
  std::vector<std::string> names_;  ///< of the fields, in lower case
  std::vector<bool> taken_;
  SignedHeader header_;
};

SignedHeader prepare_header(const Settings& settings, const std::vector<mail::Field>& fields) {
  HeaderBuilder builder(fields, settings.header_canon);
  // RFC 6376 §5.4: From must be signed, whatever the settings say.
  if (!has(settings.oversign, kFrom)) builder.add_oversigned(kFrom);
  for (const std::string& name : settings.oversign) builder.add_oversigned(name);
  for (const std::string& name : settings.sign) builder.add(name);
  for (const std::string_view name : kUnsubscribe) builder.add(name);
  for (const std::string_view name : kReports) builder.add_oversigned_if_present(name);
  return builder.take();
}

/// Writes the field's value in lines of at most 78 octets as far as its parts allow.
class FoldedValue {
 public:
  /// A part with a blank or a fold before it.
  void word(std::string_view part) {
    if (column_ + 1 + part.size() > kLine) {
      fold();
    } else {
      text_ += ' ';
      ++column_;
    }
    append(part);
  }
  /// A part and its closing byte right behind the one before, with a fold between where it would be too long.
  void part(std::string_view part, char close) {
    if (column_ + part.size() + 1 > kLine) fold();
    append(part);
    text_ += close;
    ++column_;
  }
  /// Text that may be folded anywhere.
  void filling(std::string_view text) {
    while (!text.empty()) {
      if (column_ >= kLine) fold();
      const std::string_view line = text.substr(0, kLine - column_);
      append(line);
      text.remove_prefix(line.size());
    }
  }
  const std::string& text() const { return text_; }

 private:
  void fold() {
    text_ += "\n\t";
    column_ = 1;
  }
  void append(std::string_view part) {
    text_ += part;
    column_ += part.size();
  }

  std::string text_;
  std::size_t column_ = kFieldName.size() + 1;
};

const char* canon_word(Canon canon) {
  return canon == Canon::simple ? "simple" : "relaxed";
}

/// All tags up to and including "b=" (RFC 6376 §3.5).
FoldedValue write_tags(const SigningKey& key, const Settings& settings, const SignedHeader& header,
                       const base::Digest& body_hash, const Times& times) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(times.now.time_since_epoch());
  const bool rsa = key.key->type() == base::KeyType::rsa;
  FoldedValue value;
  value.word("v=1;");
  value.word(rsa ? "a=rsa-sha256;" : "a=ed25519-sha256;");
  value.word(std::string("c=") + canon_word(settings.header_canon) + "/" + canon_word(settings.body_canon) +
             ";");
  value.word("d=" + key.domain + ";");
  value.word("s=" + key.selector + ";");
  value.word("t=" + std::to_string(seconds.count()) + ";");
  if (times.expire_after) {
    value.word("x=" + std::to_string((seconds + *times.expire_after).count()) + ";");
  }
  value.word("h=");
  for (std::size_t i = 0; i < header.names.size(); ++i) {
    const bool last = i + 1 == header.names.size();
    value.part(header.names[i], last ? ';' : ':');
  }
  value.word("bh=" + base::encode_base64(base::as_bytes(body_hash)) + ";");
  value.word("b=");
  return value;
}

base::Result<std::string> sign_header(const SigningKey& key, const Settings& settings,
                                      const SignedHeader& header, const base::Digest& body_hash,
                                      const Times& times) {
  FoldedValue value = write_tags(key, settings, header, body_hash, times);
  // RFC 6376 §3.7: the field itself is hashed last, with an empty b= and without its line end.
  std::string own;
  append_canonical(own, {std::string(kFieldName), value.text()}, settings.header_canon);
  base::Sha256 hash;
  hash.update(header.canonical);
  hash.update(own);
  const auto signature = key.key->sign_digest(hash.finish());
  if (!signature) {
    return tl::unexpected(
        base::in_context("key " + key.selector + "._domainkey." + key.domain, signature.error()));
  }
  value.filling(base::encode_base64(*signature));
  return value.text();
}

}  // namespace

bool would_sign(const Settings& settings, std::string_view name) {
  if (is_never_signed(name)) return false;
  return name == kFrom || has(kUnsubscribe, name) || has(kReports, name) || has(settings.oversign, name) ||
         has(settings.sign, name);
}

base::Result<std::string> sign(const SigningKey& key, const Settings& settings,
                               const std::vector<mail::Field>& fields, const base::Digest& body_hash,
                               base::Wall now, std::string_view stream) {
  return sign_header(key, settings, prepare_header(settings, fields), body_hash,
                     {now, settings.expiry_of(stream)});
}

base::Result<std::vector<std::string>> sign_all(const std::vector<SigningKey>& keys, const Settings& settings,
                                                const std::vector<mail::Field>& fields,
                                                const base::Digest& body_hash, base::Wall now,
                                                std::string_view stream) {
  const SignedHeader header = prepare_header(settings, fields);
  std::vector<std::string> values;
  for (const SigningKey& key : keys) {
    auto value = sign_header(key, settings, header, body_hash, {now, settings.expiry_of(stream)});
    if (!value) return tl::unexpected(value.error());
    values.push_back(std::move(*value));
  }
  return values;
}

}  // namespace signpost::dkim
