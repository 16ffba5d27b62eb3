// The parsers that rows of several sections share.
#include "config/reader/setting_types.h"

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
  return base::invalid("'" + std::string(text.substr(0, kMaxName)) +
                       "' is no name: a letter or digit, then letters, digits, '-', '_' or '.', at most " +
                       std::to_string(kMaxName) + " in all");
}

base::Result<std::string> parse_absolute_path(std::string_view text) {
  if (text.empty() || text.front() != '/')
    return base::invalid("an absolute path is wanted, not '" + std::string(text) + "'");
  if (text.find('\0') != std::string_view::npos) return base::invalid("the path holds a NUL byte");
  if (text.size() > kMaxPath)
    return base::invalid("a path has at most " + std::to_string(kMaxPath) + " bytes");
  return std::string(text);
}

base::Result<std::string> parse_any_text(std::string_view text) {
  if (text.empty()) return base::invalid("must not be empty");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return base::invalid("holds a control byte");
  }
  return std::string(text);
}

}  // namespace signpost::config::reader
