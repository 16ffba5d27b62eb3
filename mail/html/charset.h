// Which charsets can be scanned for tags byte by byte, and how a link's bytes become UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::mail::html {

enum class Charset {
  unsafe,  ///< ASCII bytes need not mean ASCII characters (ISO-2022, HZ, UTF-7/16/32, EBCDIC) or unknown
  utf8,    ///< UTF-8 and US-ASCII
  latin1,  ///< ISO-8859-1 and windows-1252
  other,   ///< ASCII-compatible: no byte of a longer character can be mistaken for markup
};

/// By the name in Content-Type; absent or empty means US-ASCII (RFC 2046 §4.1.2).
Charset find_charset(std::string_view name);

/// True if a <meta> names a charset in which ASCII bytes shift meaning (UTF-7, ISO-2022, HZ). UTF-16 and
/// UTF-32 are ignored there, as browsers do: a <meta> that could be read is not written in them.
bool names_shifting_charset(std::string_view meta_value);

/// nullopt if it cannot be done without a table: then the link is left alone.
/// Limitation: queries become UTF-8 too, as in readers that transcode the mail first; a browser that is given
/// the part as it is would send them in the part's charset.
std::optional<std::string> to_utf8(std::string_view bytes, Charset charset);

}  // namespace signpost::mail::html
