// Tokens first (words, quoted strings, specials; comments are skipped but not forgotten), then the
// address-list grammar over them. Anything that two readers could read in two ways is an error.
// Linear in the value.
#include "mail/field/author.h"

#include <optional>
#include <string>
#include <utility>

#include "base/text.h"

namespace signpost::mail {

namespace {

constexpr const char* kCommentedAddress = "a comment inside an address holds an address";
constexpr std::size_t kMaxValue = 65536;  // a milter is given no longer field; bounds the memory for tokens

/// A word, or one special. `text` is a view of the value; quoted strings without their
/// quotes, escapes still in.
struct Token {
  enum class Kind { atom, quoted, literal, special };
  Kind kind = Kind::special;
  std::string_view text;
  bool address_in_comment = false;  ///< a comment right before it holds "@" or "<"
};

base::Error unreadable(std::string text) {
  return {base::ErrorKind::invalid, std::move(text)};
}

bool is_special(char c) {
  return std::string_view("()<>[]:;@\\,\"").find(c) != std::string_view::npos;
}

/// Only folds may break a line, and no other control byte may stand anywhere (RFC 5322 §3.2.2, §3.2.3).
bool has_control(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (c == '\n' && i + 1 < value.size() && (value[i + 1] == ' ' || value[i + 1] == '\t')) continue;
    if ((c < 0x20 && c != '\t') || c == 0x7F) return true;
  }
  return false;
}

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view value) : value_(value) {}

  base::Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    while (at_ < value_.size()) {
      const char c = value_[at_];
      if (base::is_space(c)) {
        ++at_;
      } else if (c == '(') {
        if (!skip_comment()) return tl::unexpected(unreadable("a comment is not closed"));
      } else {
        auto token = next(c);
        if (!token) return tl::unexpected(unreadable("a quote or bracket is not closed, or stands alone"));
        token->address_in_comment = std::exchange(address_in_comment_, false);
        tokens.push_back(*token);
      }
    }
    return tokens;
  }

 private:
  std::optional<Token> next(char c) {
    if (c == '"') return enclosed('"', Token::Kind::quoted);
    if (c == '[') return enclosed(']', Token::Kind::literal);
    if (c == ')' || c == ']' || c == '\\') return {};
    const std::size_t begin = at_++;
    if (is_special(c)) return Token{Token::Kind::special, value_.substr(begin, 1)};
    while (at_ < value_.size() && !base::is_space(value_[at_]) && !is_special(value_[at_])) ++at_;
    return Token{Token::Kind::atom, value_.substr(begin, at_ - begin)};
  }

  /// A quoted string (without its quotes) or a domain literal (with its brackets).
  std::optional<Token> enclosed(char close, Token::Kind kind) {
    const std::size_t begin = at_;
    for (++at_; at_ < value_.size(); ++at_) {
      if (value_[at_] == close) {
        ++at_;
        if (kind == Token::Kind::literal) return Token{kind, value_.substr(begin, at_ - begin)};
        return Token{kind, value_.substr(begin + 1, at_ - begin - 2)};
      }
      if (value_[at_] == '\\') ++at_;
    }
    return {};
  }

  /// Comments nest (RFC 5322 §3.2.2).
  bool skip_comment() {
    std::size_t depth = 0;
    for (; at_ < value_.size(); ++at_) {
      const char c = value_[at_];
      if (c == '\\') {
        ++at_;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        ++at_;
        return true;
      } else if (c == '@' || c == '<') {
        address_in_comment_ = true;
      }
    }
    return false;
  }

  std::string_view value_;
  std::size_t at_ = 0;
  bool address_in_comment_ = false;
};

std::string unescape(std::string_view quoted) {
  std::string out;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] == '\\' && i + 1 < quoted.size()) ++i;
    if (quoted[i] != '\n') out += quoted[i];
  }
  return out;
}

/// Some readers decode it, so that "=?utf-8?q?a=40evil.example=3E?=@b.example" shows another address.
bool looks_like_encoded_word(std::string_view local) {
  return local.find("=?") != std::string_view::npos && local.find("?=") != std::string_view::npos;
}

class ListParser {
 public:
  explicit ListParser(const std::vector<Token>& tokens) : tokens_(tokens) {}

  base::Result<std::vector<Address>> run() {
    bool in_group = false;
    bool any_group = false;
    while (at_ < tokens_.size()) {
      if (is(',')) {  // also an empty element (RFC 5322 §4.4)
        ++at_;
      } else if (in_group && is(';')) {
        ++at_;
        in_group = false;
        if (at_ < tokens_.size() && !is(',')) return fail("text after the end of a group");
      } else {
        const std::size_t begin = at_;
        skip_words();
        if (is(':')) {
          if (in_group || !is_group_name(begin)) return fail("\":\" outside of a group");
          ++at_;
          in_group = any_group = true;
        } else if (!read_mailbox(begin)) {
          return tl::unexpected(unreadable(std::move(problem_)));
        } else if (at_ < tokens_.size() && !is(',') && !(in_group && is(';'))) {
          return fail("text after an address");
        }
      }
    }
    if (in_group) return fail("a group is not closed");
    if (addresses_.empty() && !any_group) return fail("there is no address");
    return std::move(addresses_);
  }

 private:
  bool is(char special) const {
    return at_ < tokens_.size() && tokens_[at_].kind == Token::Kind::special &&
           tokens_[at_].text[0] == special;
  }
  static tl::unexpected<base::Error> fail(const char* text) { return tl::unexpected(unreadable(text)); }

  /// What may stand before "<", ":" or as a bare address: words and "@".
  void skip_words() {
    while (at_ < tokens_.size() && (tokens_[at_].kind != Token::Kind::special || is('@'))) ++at_;
  }

  bool is_group_name(std::size_t begin) const {
    for (std::size_t i = begin; i < at_; ++i) {
      if (tokens_[i].kind != Token::Kind::atom && tokens_[i].kind != Token::Kind::quoted) return false;
    }
    return at_ > begin;
  }

  /// Words from `begin` on are the display name of what stands in brackets, or a bare address.
  bool read_mailbox(std::size_t begin) {
    if (!is('<')) return read_address(begin, at_);
    ++at_;
    if (is('@') && !skip_route()) return false;
    begin = at_;
    skip_words();
    if (!is('>')) return problem("a bracket is not closed");
    if (tokens_[at_].address_in_comment) return problem(kCommentedAddress);
    ++at_;
    return read_address(begin, at_ - 1);
  }

  /// "@a,@b:" before the address; it says nothing about the author (RFC 5322 §4.4).
  bool skip_route() {
    while (is('@')) {
      ++at_;
      if (at_ >= tokens_.size() || !canonical_domain(tokens_[at_].text)) return problem("a route is broken");
      ++at_;
      while (is(',')) ++at_;
    }
    if (!is(':')) return problem("a route is broken");
    ++at_;
    return true;
  }

  bool read_address(std::size_t begin, std::size_t end) {
    if (end - begin != 3 || tokens_[begin + 1].text != "@") return problem("not an address");
    const Token& local = tokens_[begin];
    const Token& domain = tokens_[begin + 2];
    // Allowed (RFC 5322 §3.4.1), but a reader that gets comments wrong would show another address.
    if (tokens_[begin + 1].address_in_comment || domain.address_in_comment) {
      return problem(kCommentedAddress);
    }
    const bool quoted = local.kind == Token::Kind::quoted;
    if ((!quoted && local.kind != Token::Kind::atom) || domain.kind == Token::Kind::quoted) {
      return problem("not an address");
    }
    if (looks_like_encoded_word(local.text)) return problem("an encoded word is not an address");
    const std::string name = quoted ? unescape(local.text) : std::string(local.text);
    auto address = parse_address(format_address({name, std::string(domain.text)}));
    if (!address) return problem(address.error().text);
    addresses_.push_back(std::move(*address));
    return true;
  }

  bool problem(std::string text) {
    problem_ = std::move(text);
    return false;
  }

  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  std::vector<Address> addresses_;
  std::string problem_;
};

}  // namespace

base::Result<std::vector<Address>> parse_address_list(std::string_view value) {
  if (value.size() > kMaxValue) return tl::unexpected(unreadable("the field is longer than 64 KiB"));
  if (has_control(value)) return tl::unexpected(unreadable("the field has a control character"));
  const auto tokens = Tokenizer(value).run();
  if (!tokens) return tl::unexpected(tokens.error());
  return ListParser(*tokens).run();
}

tl::expected<Address, NoAuthor> find_author(const std::vector<Field>& fields) {
  const std::size_t count = count_fields(fields, "From");
  if (count == 0) return tl::unexpected(NoAuthor::missing);
  if (count > 1) return tl::unexpected(NoAuthor::several_fields);
  auto addresses = parse_address_list(find_field(fields, "From")->value);
  if (!addresses) return tl::unexpected(NoAuthor::unreadable);
  if (addresses->empty()) return tl::unexpected(NoAuthor::empty_group);
  if (addresses->size() > 1) return tl::unexpected(NoAuthor::several_mailboxes);
  return std::move(addresses->front());
}

}  // namespace signpost::mail
