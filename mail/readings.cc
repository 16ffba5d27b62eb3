#include "mail/readings.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"

namespace signpost::mail {
namespace {

/// Blanks and one pair of brackets off.
std::string_view bare(std::string_view given) {
  given = base::trim(given);
  if (given.size() >= 2 && given.front() == '<' && given.back() == '>')
    given = base::trim(given.substr(1, given.size() - 2));
  return given;
}

/// "@a.example,@b.example:bob@example.net" is bob@example.net.
std::string_view without_route(std::string_view text) {
  const std::size_t colon = text.starts_with('@') ? text.find(':') : std::string_view::npos;
  return colon == std::string_view::npos ? text : base::trim(text.substr(colon + 1));
}

/// Splits at the last "@" outside quotes; the local part as it is written. Without an "@" all is local, and with a
/// quote that is not closed nothing is.
struct Sides {
  std::string_view local;
  std::optional<std::string_view> domain;
};
Sides sides_of(std::string_view text) {
  std::optional<std::size_t> at;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      is_quoted = !is_quoted;
    } else if (text[i] == '@' && !is_quoted) {
      at = i;
    }
  }
  if (is_quoted) return {{}, std::nullopt};
  if (!at) return {text, std::nullopt};
  return {text.substr(0, *at), text.substr(*at + 1)};
}

/// False for what parse_address refuses for its bytes alone: a host may take blanks and comments outside quotes away.
bool is_readable(std::string_view text) {
  if (!base::is_utf8(text)) return false;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
    if (c == '\\') {
      if (!is_quoted || ++i == text.size()) return false;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (!is_quoted && std::string_view(" ()<>;").find(c) != std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::string unquoted(std::string_view local) {
  std::string text;
  for (std::size_t i = 0; i < local.size(); ++i) {
    if (local[i] == '"') continue;
    if (local[i] == '\\' && i + 1 < local.size()) ++i;
    text += local[i];
  }
  return text;
}

/// An address whose local part is without quotes; nullopt if nothing is delivered there. The local part may be empty:
/// Postfix delivers "%example.net@localhost" to ""@example.net.
std::optional<Address> address_of(const std::string& local, std::string_view domain) {
  auto canonical = canonical_domain(domain);
  if (!canonical) return std::nullopt;
  return Address{local, std::move(*canonical)};
}

/// Two ways to read each operator make many texts of few readings ("a!!!!%%%%@b").
constexpr std::size_t kMaxSteps = 64;

/// What the MTA made of it, in quotes where they are needed (Postfix) or not (Sendmail). nullopt for a local mailbox,
/// which has no domain there.
std::optional<Address> address_of_mta(std::string_view resolved) {
  if (auto address = parse_address(resolved)) return std::move(*address);
  const std::size_t at = resolved.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  return address_of(unquoted(resolved.substr(0, at)), resolved.substr(at + 1));
}

/// Collects what differs.
class Readings {
 public:
  explicit Readings(std::string_view host) : host_(host) {}

  /// Everything that the text may mean, itself first.
  void read(std::string_view text) {
    texts_.emplace_back(without_route(text));
    if (!is_readable(text)) return;
    for (std::size_t steps = 0; !texts_.empty() && !too_many_; ++steps) {
      if (steps == kMaxSteps) too_many_ = true;
      const std::string next = std::move(texts_.front());
      texts_.pop_front();
      read_one(next);
    }
  }
  void add(Address address) {
    const bool known = std::any_of(found_.begin(), found_.end(), [&](const Address& other) {
      return canonical_key(other) == canonical_key(address);
    });
    if (known) return;
    if (found_.size() == kMaxReadings) too_many_ = true;
    if (!too_many_) found_.push_back(std::move(address));
  }
  std::vector<Address> take() && { return std::move(found_); }
  bool too_many() const { return too_many_; }

 private:
  /// Wraps a level off.
  void read_one(const std::string& text) {
    const Sides sides = sides_of(text);
    const std::string local = unquoted(sides.local);
    const bool is_plain = local.find_first_of("@%!") == std::string::npos;
    if (sides.domain && !sides.domain->empty()) {
      if (auto address = address_of(local, *sides.domain)) add(std::move(*address));
    } else if (is_plain && !sides.domain && !local.empty() && !host_.empty()) {
      if (auto address = address_of(local, host_)) add(std::move(*address));
    }
    if (is_plain) return;
    if (const std::string_view inner = without_route(local); inner.size() != local.size())
      texts_.emplace_back(inner);
    // Which operator a host looks at first depends on the quotes and on the host.
    if (const std::size_t at = local.rfind('@'); at != std::string::npos)
      return wrapped_off(local.substr(0, at), local.substr(at + 1));
    if (const std::size_t bang = local.find('!'); bang != std::string::npos)
      wrapped_off(local.substr(bang + 1), local.substr(0, bang));
    if (const std::size_t percent = local.rfind('%'); percent != std::string::npos)
      wrapped_off(local.substr(0, percent), local.substr(percent + 1));
  }
  void wrapped_off(const std::string& local, const std::string& domain) {
    // The local part is put in quotes again, so that an "@" in it is not taken for the one before the domain.
    std::string text = "\"";
    for (const char c : local) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    texts_.push_back(text + "\"@" + domain);
  }

  std::string_view host_;
  std::deque<std::string> texts_;
  std::vector<Address> found_;
  bool too_many_ = false;
};

/// Nothing in it that any MTA would unwrap.
bool is_simple(std::string_view text) {
  return text.find_first_of("%!\":") == std::string_view::npos && text.find('@') == text.rfind('@') &&
         text.find('@') != std::string_view::npos;
}

}  // namespace

Recipient read_recipient(std::string_view given, std::string_view resolved, std::string_view host) {
  Recipient recipient;
  recipient.given = given;
  const std::string_view text = bare(given);
  // Mail that did not come by SMTP is judged by Postfix' cleanup: no brackets, and the macro is a copy of what was given.
  if (!base::trim(given).starts_with('<')) resolved = {};
  if (auto address = parse_address(text)) recipient.address = std::move(*address);
  if (is_simple(text) && (resolved.empty() || base::equals_ignore_case(resolved, text))) return recipient;

  Readings readings(host);
  if (auto address = address_of_mta(resolved)) {
    if (recipient.address) readings.add(std::move(*recipient.address));
    recipient.address = std::move(*address);
  } else if (recipient.address && is_simple(text)) {
    return recipient;
  } else {
    recipient.address.reset();
    readings.read(text);
  }
  recipient.too_many_readings = readings.too_many();
  std::vector<Address> found = std::move(readings).take();
  auto first = found.begin();
  if (!recipient.address && first != found.end()) recipient.address = std::move(*first++);
  for (; first != found.end(); ++first) {
    if (canonical_key(*first) != canonical_key(*recipient.address))
      recipient.also.push_back(std::move(*first));
  }
  return recipient;
}

}  // namespace signpost::mail
