// The parsers that rows of several sections share.
#include "config/reader/setting_types.h"

#include <algorithm>

namespace signpost::config::reader {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxPath = 4095;

}  // namespace

base::Result<std::string> parse_name(std::string_view text) {
  const bool is_name = !text.empty() && text.size() <= kMaxName && base::is_alnum(text.front()) &&
                       std::all_of(text.begin(), text.end(), [](char c) {
                         return base::is_alnum(c) || c == '-' || c == '_' || c == '.';
                       });
  if (is_name) return std::string(text);
  return base::invalid(
      "'" + std::string(text.substr(0, kMaxName)) +
      "' is not a name: use letters, digits, '-', '_' and '.', beginning with a letter or digit, at most " +
      std::to_string(kMaxName) + " characters");
}

base::Result<std::string> parse_absolute_path(std::string_view text) {
  if (text.empty() || text.front() != '/')
    return base::invalid("must be an absolute path, not '" + std::string(text) + "'");
  if (text.find('\0') != std::string_view::npos) return base::invalid("the path contains a NUL byte");
  if (text.size() > kMaxPath)
    return base::invalid("the path is longer than " + std::to_string(kMaxPath) + " bytes");
  return std::string(text);
}

base::Result<std::string> parse_any_text(std::string_view text) {
  if (text.empty()) return base::invalid("must not be empty");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return base::invalid("contains a control character");
  }
  return std::string(text);
}

}  // namespace signpost::config::reader
