// One reader from left to right; RFC 2231 pieces are joined when all are known.
#include "mail/field/content_value.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "base/text.h"

namespace signpost::mail {
namespace {

constexpr std::size_t kMaxParameters = 100;

/// Reads a structured value left to right; every step is bounded by the rest of the text.
class ValueReader {
 public:
  explicit ValueReader(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ >= text_.size(); }
  bool skip(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks_and_comments() {
    while (!at_end()) {
      if (base::is_space(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '(') {
        skip_comment();
      } else {
        return;
      }
    }
  }
  /// Up to the next blank or one of `stops`.
  std::string_view word(std::string_view stops) {
    const std::size_t begin = at_;
    while (!at_end() && !base::is_space(text_[at_]) && stops.find(text_[at_]) == std::string_view::npos)
      ++at_;
    return text_.substr(begin, at_ - begin);
  }
  /// What stands between quotes, after the first was skipped. Line ends are folds, not content.
  std::string quoted() {
    std::string content;
    for (; !at_end(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return content;
      }
      if (c == '\\' && at_ + 1 < text_.size()) {
        content += text_[++at_];
      } else if (c != '\r' && c != '\n') {
        content += c;
      }
    }
    return content;
  }
  /// Past the next ";" that is not in quotes or a comment. False at the end.
  bool next_parameter() {
    while (!at_end()) {
      const char c = text_[at_];
      if (c == '(') {
        skip_comment();
        continue;
      }
      ++at_;
      if (c == ';') return true;
      if (c == '"') quoted();
    }
    return false;
  }

 private:
  void skip_comment() {
    std::size_t depth = 0;
    for (; !at_end(); ++at_) {
      if (text_[at_] == '\\') {
        if (++at_ == text_.size()) return;
      } else if (text_[at_] == '(') {
        ++depth;
      } else if (text_[at_] == ')' && --depth == 0) {
        ++at_;
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

int hex_value(char c) {
  if (base::is_digit(c)) return c - '0';
  c = base::to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decode_percent(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The pieces "name*0", "name*1*", … of one parameter, by number; "name*" is number 0 (RFC 2231 §3, §4).
struct Pieces {
  struct Piece {
    std::string text;
    bool encoded;
  };
  std::map<std::uint64_t, Piece> by_number;

  /// Up to the first missing number. The charset and language before the quotes are dropped.
  std::string joined() const {
    std::string result;
    std::uint64_t expected = 0;
    for (const auto& [number, piece] : by_number) {
      if (number != expected++) break;
      std::string_view text = piece.text;
      if (number == 0 && piece.encoded) {
        const std::size_t charset = text.find('\'');
        const std::size_t language = charset == text.npos ? text.npos : text.find('\'', charset + 1);
        if (language != text.npos) text.remove_prefix(language + 1);
      }
      result += piece.encoded ? decode_percent(text) : std::string(text);
    }
    return result;
  }
};

/// Replaces the RFC 2231 pieces by whole parameters, which come last.
Parameters join_pieces(Parameters&& given) {
  Parameters plain;
  std::map<std::string, Pieces> split;
  for (auto& [name, value] : given) {
    const std::size_t star = name.find('*');
    if (star == std::string::npos) {
      plain.emplace_back(std::move(name), std::move(value));
      continue;
    }
    std::string_view number = std::string_view(name).substr(star + 1);
    const bool encoded = number.empty() || number.ends_with('*');
    if (number.ends_with('*')) number.remove_suffix(1);
    const auto parsed = number.empty() ? std::optional<std::uint64_t>(0) : base::parse_number(number);
    if (parsed)
      split[name.substr(0, star)].by_number.try_emplace(*parsed, Pieces::Piece{std::move(value), encoded});
  }
  for (const auto& [name, pieces] : split) plain.emplace_back(name, pieces.joined());
  return plain;
}

}  // namespace

const std::string* ContentValue::parameter(std::string_view name) const {
  for (const auto& [known, text] : parameters) {
    if (known == name) return &text;
  }
  return nullptr;
}

ContentValue parse_content_value(std::string_view value) {
  ContentValue result;
  ValueReader reader(value);
  reader.skip_blanks_and_comments();
  result.value = base::lower(reader.word(";("));
  Parameters given;
  while (given.size() < kMaxParameters && reader.next_parameter()) {
    reader.skip_blanks_and_comments();
    std::string name = base::lower(reader.word("=;("));
    reader.skip_blanks_and_comments();
    if (name.empty() || !reader.skip('=')) continue;
    reader.skip_blanks_and_comments();
    std::string text = reader.skip('"') ? reader.quoted() : std::string(reader.word(";"));
    given.emplace_back(std::move(name), std::move(text));
  }
  result.parameters = join_pieces(std::move(given));
  return result;
}

}  // namespace signpost::mail
