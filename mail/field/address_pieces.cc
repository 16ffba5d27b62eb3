#include "mail/field/address_pieces.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/text.h"

namespace signpost::mail {
namespace {

constexpr std::string_view kSpecials = "<>:;@,";

/// The length of the encoded word (RFC 2047 §2) at the beginning of `text`, 0 if there is none. Its text may hold
/// what stands in no atom: that is how some programs write it.
std::size_t encoded_word_size(std::string_view text) {
  if (!text.starts_with("=?")) return 0;
  const std::size_t charset_end = text.find('?', 2);
  if (charset_end == text.npos || charset_end == 2 || charset_end + 2 >= text.size()) return 0;
  const std::size_t begin = charset_end + 3;
  if (text[charset_end + 2] != '?' || std::string_view("qQbB").find(text[charset_end + 1]) == text.npos)
    return 0;
  const std::size_t end = text.find_first_of("? \t\r\n", begin);
  if (end == text.npos || !text.substr(end).starts_with("?=")) return 0;
  if (text.substr(0, begin).find_first_of(" \t\r\n()<>@,;:\\\"[]") != text.npos) return 0;
  return end + 2;
}

class Scanner {
 public:
  explicit Scanner(std::string_view value) : value_(value) {}

  /// nullopt: something is not closed, or stands where it cannot.
  std::optional<std::vector<AddressPiece>> run() {
    std::vector<AddressPiece> pieces;
    bool blank = false;
    while (at_ < value_.size()) {
      if (base::is_space(value_[at_])) {
        blank = true;
        ++at_;
        continue;
      }
      auto piece = next(value_[at_]);
      if (!piece) return {};
      piece->after_blank = std::exchange(blank, false);
      pieces.push_back(*piece);
    }
    return pieces;
  }

 private:
  std::optional<AddressPiece> next(char c) {
    const std::size_t begin = at_;
    if (c == '(')
      return skip_comment() ? std::optional(made(AddressPiece::Kind::comment, begin)) : std::nullopt;
    if (c == '"') return skip_to('"') ? std::optional(made(AddressPiece::Kind::quoted, begin)) : std::nullopt;
    if (c == '[')
      return skip_to(']') ? std::optional(made(AddressPiece::Kind::literal, begin)) : std::nullopt;
    if (c == ')' || c == ']' || c == '\\') return {};
    if (kSpecials.find(c) != kSpecials.npos) {
      ++at_;
      return made(AddressPiece::Kind::special, begin);
    }
    if (const std::size_t size = encoded_word_size(value_.substr(at_)); size > 0) {
      at_ += size;
      return made(AddressPiece::Kind::encoded, begin);
    }
    at_ = std::min(value_.find_first_of(" \t\r\n()<>[]:;@,\\\"", at_), value_.size());
    return made(AddressPiece::Kind::atom, begin);
  }

  AddressPiece made(AddressPiece::Kind kind, std::size_t begin) const {
    return {kind, value_.substr(begin, at_ - begin), false};
  }

  bool skip_to(char close) {
    for (++at_; at_ < value_.size(); ++at_) {
      if (value_[at_] == '\\') {
        ++at_;
      } else if (value_[at_] == close) {
        ++at_;
        return true;
      }
    }
    return false;
  }

  bool skip_comment() {
    std::size_t depth = 0;
    for (; at_ < value_.size(); ++at_) {
      if (value_[at_] == '\\') {
        ++at_;
      } else if (value_[at_] == '(') {
        ++depth;
      } else if (value_[at_] == ')' && --depth == 0) {
        ++at_;
        return true;
      }
    }
    return false;
  }

  std::string_view value_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<AddressPiece>> split_address_field(std::string_view value) {
  return Scanner(value).run();
}

}  // namespace signpost::mail
