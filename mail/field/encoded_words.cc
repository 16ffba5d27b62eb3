#include "mail/field/encoded_words.h"

#include "base/encoding.h"
#include "base/text.h"
#include "mail/message.h"

namespace signpost::mail {
namespace {

/// The encoding "Q" (§4.2).
std::optional<std::string> decode_q(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      bytes += text[i] == '_' ? ' ' : text[i];
      continue;
    }
    const auto byte = base::decode_hex(base::lower(text.substr(i + 1, 2)));
    if (!byte || byte->size() != 1) return std::nullopt;
    bytes += *byte;
    i += 2;
  }
  return bytes;
}

struct Word {
  std::size_t size = 0;
  std::optional<std::string> bytes;
};

/// The encoded word at the beginning of `text`; nullopt if there is none.
std::optional<Word> word_at(std::string_view text) {
  if (!text.starts_with("=?")) return std::nullopt;
  const std::size_t charset_end = text.find('?', 2);
  if (charset_end == text.npos || charset_end == 2) return std::nullopt;
  const std::size_t begin = charset_end + 3;
  if (begin > text.size() || text[begin - 1] != '?') return std::nullopt;
  const std::size_t end = text.find_first_of("? \t\r\n", begin);
  if (end == text.npos || !text.substr(end).starts_with("?=")) return std::nullopt;
  if (text.substr(2, charset_end - 2).find_first_of(" \t\r\n") != text.npos) return std::nullopt;
  const std::string_view content = text.substr(begin, end - begin);
  switch (base::lower(text.substr(charset_end + 1, 1)).front()) {
    case 'q':
      return Word{end + 2, decode_q(content)};
    case 'b': {
      auto bytes = base::decode_base64(content);
      return Word{end + 2, bytes ? std::optional(std::move(*bytes)) : std::nullopt};
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> decode_encoded_words(std::string_view text) {
  const std::string line = unfold(text);
  const std::string_view rest = line;
  std::string decoded;
  bool any = false;
  std::string blanks;  // since the last word, if it was an encoded one
  bool behind_word = false;
  for (std::size_t at = 0; at < rest.size();) {
    if (const auto word = word_at(rest.substr(at))) {
      if (!word->bytes) return std::nullopt;
      if (!behind_word) decoded += blanks;
      blanks.clear();
      decoded += *word->bytes;
      any = behind_word = true;
      at += word->size;
    } else if (base::is_space(rest[at])) {
      blanks += rest[at++];
    } else {
      decoded += blanks;
      decoded += rest[at++];
      blanks.clear();
      behind_word = false;
    }
  }
  decoded += blanks;
  return any ? std::optional(std::move(decoded)) : std::nullopt;
}

}  // namespace signpost::mail
