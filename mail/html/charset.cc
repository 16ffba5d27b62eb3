// Charset names as mail writes them, by exact name or by family.
#include "mail/html/charset.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::mail::html {
namespace {

struct Row {
  std::string_view name;
  bool family;  ///< the name only begins so
  Charset charset;
};

// Looked through in order.
constexpr Row kRows[] = {
    {"utf-8", false, Charset::utf8},
    {"utf8", false, Charset::utf8},
    {"us-ascii", false, Charset::utf8},
    {"ascii", false, Charset::utf8},
    {"ansi_x3.4-1968", false, Charset::utf8},
    {"iso-8859-1", false, Charset::latin1},
    {"iso8859-1", false, Charset::latin1},
    {"iso_8859-1", false, Charset::latin1},
    {"latin1", false, Charset::latin1},
    {"windows-1252", false, Charset::latin1},
    {"cp1252", false, Charset::latin1},
    {"iso-8859-", true, Charset::other},
    {"iso8859-", true, Charset::other},
    {"iso_8859-", true, Charset::other},
    {"latin", true, Charset::other},
    {"windows-125", true, Charset::other},
    {"cp125", true, Charset::other},
    {"windows-874", false, Charset::other},
    {"tis-620", false, Charset::other},
    {"koi8-", true, Charset::other},
    // In these the second byte of a character may be a letter or one of @[\]^_`{|}~, never markup.
    {"shift_jis", false, Charset::other},
    {"shift-jis", false, Charset::other},
    {"sjis", false, Charset::other},
    {"x-sjis", false, Charset::other},
    {"windows-31j", false, Charset::other},
    {"cp932", false, Charset::other},
    {"euc-", true, Charset::other},
    {"ks_c_5601-1987", false, Charset::other},
    {"cp949", false, Charset::other},
    {"gb2312", false, Charset::other},
    {"gbk", false, Charset::other},
    {"gb18030", false, Charset::other},
    {"big5", true, Charset::other},
};

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 128;
}

}  // namespace

Charset find_charset(std::string_view name) {
  const std::string wanted = base::lower(base::trim(name));
  if (wanted.empty()) return Charset::utf8;
  for (const Row& row : kRows) {
    if (row.family ? wanted.starts_with(row.name) : wanted == row.name) return row.charset;
  }
  return Charset::unsafe;
}

bool names_shifting_charset(std::string_view meta_value) {
  for (const std::string_view name : {"utf-7", "iso-2022", "hz-gb"}) {
    if (base::find_ignore_case(meta_value, name) != std::string_view::npos) return true;
  }
  return false;
}

std::optional<std::string> to_utf8(std::string_view bytes, Charset charset) {
  if (charset == Charset::utf8 || std::all_of(bytes.begin(), bytes.end(), is_ascii))
    return std::string(bytes);
  if (charset != Charset::latin1) return std::nullopt;
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 && byte < 0xA0)
      return std::nullopt;  // controls in one reading, quotes and dashes in the other
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xC0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

}  // namespace signpost::mail::html
