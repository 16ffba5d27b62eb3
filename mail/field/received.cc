#include "mail/field/received.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace signpost::mail {
namespace {

constexpr std::string_view kAuthenticated = "Authenticated sender: ";
constexpr std::string_view kIpv6 = "IPv6:";

/// Words and comments of a value, one after the other.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_comment() { return next() == '('; }
  /// Neither a word nor a comment follows.
  bool at_end() { return next() == '\0' || next() == ';'; }

  /// Empty if none follows.
  std::string_view word() {
    (void)next();
    const auto end = std::find_if(rest_.begin(), rest_.end(), [](char c) {
      return base::is_space(c) || c == '(' || c == ')' || c == ';';
    });
    return take(static_cast<std::size_t>(end - rest_.begin()));
  }

  /// What stands between the parentheses, comments in it included; nullopt if they do not close.
  std::optional<std::string_view> comment() {
    std::size_t depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '\\') return std::nullopt;
      if (rest_[i] == '(') ++depth;
      if (rest_[i] == ')' && --depth == 0) {
        const std::string_view inner = take(i + 1);
        return inner.substr(1, inner.size() - 2);
      }
    }
    return std::nullopt;
  }

 private:
  /// The first octet that is not a blank, or NUL at the end.
  char next() {
    const auto first = std::find_if_not(rest_.begin(), rest_.end(), base::is_space);
    rest_.remove_prefix(static_cast<std::size_t>(first - rest_.begin()));
    return rest_.empty() ? '\0' : rest_.front();
  }
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};

bool has_control_byte(std::string_view value) {
  return std::any_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && !base::is_space(c)) || c == 127;
  });
}

bool is_word(std::string_view word, std::string_view wanted) {
  return base::equals_ignore_case(word, wanted);
}

std::string clean(std::string_view text) {
  return std::string(base::trim(text));
}

/// Takes the comments that follow, and tells the first and the login among the others; false if one does not end.
bool read_comments(Reader& reader, std::string& first, std::string& authenticated) {
  for (bool is_first = true; reader.at_comment(); is_first = false) {
    const auto comment = reader.comment();
    if (!comment) return false;
    if (is_first) {
      first = clean(*comment);
    } else if (authenticated.empty() && comment->starts_with(kAuthenticated)) {
      authenticated = clean(comment->substr(kAuthenticated.size()));
    }
  }
  return true;
}

/// What webmail writes between its client and `by`: `[ADDRESS]`, `via NAME [ADDRESS]`. The word that follows.
std::string_view skip_way(Reader& reader) {
  std::string_view word = reader.word();
  if (word.starts_with('[')) word = reader.word();
  if (!is_word(word, "via") || reader.word().empty()) return word;
  word = reader.word();
  return word.starts_with('[') ? reader.word() : word;
}

/// The clauses behind the host; the recipient ends them, because it may hold anything.
void read_clauses(Reader& reader, Received& received) {
  while (!reader.at_end()) {
    if (reader.at_comment()) {
      if (!reader.comment()) return;
      continue;
    }
    const std::string_view word = reader.word();
    if (word.empty() || is_word(word, "for")) return;
    if (is_word(word, "with")) {
      received.protocol = reader.word();
      return;
    }
    // `via` and `id` have a value, which could be called `with`.
    if (is_word(word, "via") || is_word(word, "id")) (void)reader.word();
  }
}

}  // namespace

base::Result<Received> parse_received(std::string_view value) {
  if (has_control_byte(value)) return base::invalid("Received: a control byte");
  Received received;
  Reader reader(value);
  std::string_view word;
  if (!reader.at_comment()) {
    word = reader.word();
    if (is_word(word, "from")) {
      received.from = reader.word();
      if (received.from.empty()) return base::invalid("Received: nothing behind \"from\"");
      word = {};
    } else if (!is_word(word, "by")) {
      return base::invalid("Received: expected \"from\" or \"by\"");
    }
  }
  if (word.empty()) {
    if (!read_comments(reader, received.client, received.authenticated)) {
      return base::invalid("Received: a comment that does not end");
    }
    if (!is_word(skip_way(reader), "by")) return base::invalid("Received: expected \"by\"");
  }
  received.by = reader.word();
  if (received.by.empty() || received.by.find('\\') != std::string::npos ||
      received.from.find('\\') != std::string::npos) {
    return base::invalid("Received: no readable host behind \"by\"");
  }
  std::string ignored;
  if (!read_comments(reader, received.software, ignored)) {
    return base::invalid("Received: a comment that does not end");
  }
  read_clauses(reader, received);
  return received;
}

std::optional<base::Ip> client_address(const Received& received) {
  std::string_view text = received.client;
  if (!text.ends_with(']')) return std::nullopt;
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos || text.find(']') != text.size() - 1) return std::nullopt;
  const std::string_view name = text.substr(0, open);
  // NAME and one blank, or nothing.
  if (!name.empty() &&
      (name.size() < 2 || name.back() != ' ' || name.find_first_of(" \t\r\n") != name.size() - 1)) {
    return std::nullopt;
  }
  std::string_view address = text.substr(open + 1, text.size() - open - 2);
  if (base::starts_with_ignore_case(address, kIpv6)) address.remove_prefix(kIpv6.size());
  const auto ip = base::parse_ip(address);
  return ip ? std::optional(*ip) : std::nullopt;
}

}  // namespace signpost::mail
