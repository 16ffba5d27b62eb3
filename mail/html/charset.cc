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
    {"iso-ir-", true, Charset::other},
    {"macintosh", false, Charset::other},
    {"mac-", true, Charset::other},
    {"x-mac-", true, Charset::other},
    {"cp437", false, Charset::other},
    {"ibm437", false, Charset::other},
    {"cp85", true, Charset::other},
    {"ibm85", true, Charset::other},
    {"cp86", true, Charset::other},
    {"ibm86", true, Charset::other},
    {"viscii", false, Charset::other},
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

bool is_all_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_ascii);
}

constexpr std::string_view kShifts("\x1B\x0E\x0F\0",
                                   4);  // escape, shift out, shift in; NUL of wide characters

/// Charsets in which ASCII bytes may stand for something else, by what their names hold.
struct Shifting {
  std::string_view name;
  std::string_view by;  ///< characters without which a text in ASCII bytes is ASCII
  bool in_meta;
};
constexpr Shifting kShifting[] = {
    {"utf-7", "+", true},        {"utf7", "+", true},        {"iso-2022", kShifts, true},
    {"iso2022", kShifts, true},  {"hz-gb", "~", true},       {"utf-16", kShifts, false},
    {"utf16", kShifts, false},   {"utf-32", kShifts, false}, {"utf32", kShifts, false},
    {"ucs-", kShifts, false},    {"ucs2", kShifts, false},   {"ucs4", kShifts, false},
    {"unicode", kShifts, false}, {"ebcdic", kShifts, false}, {"ibm0", kShifts, false},
    {"cp0", kShifts, false},     {"johab", kShifts, false},
};

bool contains_any(std::string_view text, std::string_view characters) {
  return text.find_first_of(characters) != std::string_view::npos;
}

/// True if a byte above 127 stands before one that could end or begin markup, or as the last that is shown, behind which a pixel is put.
bool could_hide_markup(std::string_view text) {
  constexpr std::string_view markup = "<>\"'&=/";
  const std::string_view shown = base::trim(text);
  if (!shown.empty() && !is_ascii(shown.back())) return true;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (!is_ascii(text[i - 1]) && markup.find(text[i]) != markup.npos) return true;
  }
  return false;
}

}  // namespace

Charset find_charset(std::string_view name, std::string_view text) {
  const std::string wanted = base::lower(base::trim(name));
  if (wanted.empty()) return Charset::utf8;
  for (const Row& row : kRows) {
    if (row.family ? wanted.starts_with(row.name) : wanted == row.name) return row.charset;
  }
  for (const Shifting& one : kShifting) {
    if (wanted.find(one.name) == wanted.npos) continue;
    return is_all_ascii(text) && !contains_any(text, one.by) && !contains_any(text, kShifts)
               ? Charset::utf8
               : Charset::unsafe;
  }
  if (contains_any(text, kShifts)) return Charset::unsafe;
  if (is_all_ascii(text)) return Charset::utf8;
  return base::is_utf8(text) || !could_hide_markup(text) ? Charset::other : Charset::unsafe;
}

bool ShiftingText::is_named_by(std::string_view meta_value) {
  const auto could_shift = [this](std::string_view by) {
    for (const auto& [characters, found] : known_)
      if (characters == by) return found;
    known_.emplace_back(by, contains_any(text_, by));
    return known_.back().second;
  };
  return std::any_of(std::begin(kShifting), std::end(kShifting), [&](const Shifting& one) {
    return one.in_meta && base::find_ignore_case(meta_value, one.name) != std::string_view::npos &&
           could_shift(one.by);
  });
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
