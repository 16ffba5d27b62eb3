// Which charsets can be scanned for tags byte by byte, and how a link's bytes become UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::mail::html {

enum class Charset {
  unsafe,  ///< in this text ASCII bytes need not mean ASCII characters
  utf8,    ///< UTF-8 and US-ASCII
  latin1,  ///< ISO-8859-1 and windows-1252
  other,   ///< ASCII-compatible: no byte of a longer character can be mistaken for markup
};

/// By the name in Content-Type, and by the text where the name alone does not tell; an absent or empty name means
/// US-ASCII (RFC 2046 §4.1.2). Unsafe is only a text that could really shift: with an escape or a shift character
/// where the name is ISO-2022's (RFC 1468) or unknown, a "~" in HZ (RFC 1843), a "+" in UTF-7 (RFC 2152), anything but
/// ASCII in UTF-16, UTF-32 or EBCDIC. Under a name that nobody knows, bytes above 127 must be UTF-8, or never stand
/// before what could be markup: it might be the second half of a character.
Charset find_charset(std::string_view name, std::string_view text);

/// Whether a text could shift by a charset that a <meta> in it names. Looks through the text once for each kind of charset,
/// however many <meta> there are. The text must outlive it.
class ShiftingText {
 public:
  explicit ShiftingText(std::string_view text) : text_(text) {}
  /// True if a <meta> names a charset in which ASCII bytes shift meaning (UTF-7, ISO-2022, HZ), and the text could.
  /// UTF-16 and UTF-32 are ignored there, as browsers do: a <meta> that could be read is not written in them.
  bool is_named_by(std::string_view meta_value);

 private:
  std::string_view text_;
  std::vector<std::pair<std::string_view, bool>> known_;  ///< by which characters, and whether there are any
};

/// nullopt if it cannot be done without a table: then the link is left alone.
/// Limitation: queries become UTF-8 too, as in readers that transcode the mail first; a browser that is given
/// the part as it is would send them in the part's charset.
std::optional<std::string> to_utf8(std::string_view bytes, Charset charset);

}  // namespace signpost::mail::html
