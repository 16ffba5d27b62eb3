// Text as a JSON string (RFC 8259 §7).
#pragma once

#include <string>
#include <string_view>

namespace signpost::feedback {

/// Quoted. For text without control bytes, such as what feedback/listing has made printable.
inline std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace signpost::feedback
