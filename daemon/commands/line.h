// One line of the control socket as words: blanks, quotes, escapes and key=value (interface.md, "Control
// socket"). daemon/commands/table knows which words make a command.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace signpost::daemon::commands {

/// The longest line that a client may send, without its line end.
inline constexpr std::size_t kMaxCommandLine = std::size_t{64} * 1024;

/// One word. `key` is empty unless the word was spelled key=value; a word that begins with a quote never has
/// a key.
struct Word {
  std::string key;
  std::string value;
  bool operator==(const Word&) const = default;
};

/// The words of a line without its line end. Errors: `limit` for a line over kMaxCommandLine; `invalid` for an open
/// quote, an unknown escape, a quote inside a bare word, text right after the closing quote, a control byte.
base::Result<std::vector<Word>> parse_command_line(std::string_view line);

/// The line that parses to these words. A key must be one that parse_command_line could have given.
std::string format_command_line(const std::vector<Word>& words);

/// How a shell argument is sent: key=value if it begins with a key, else one word. Never fails.
Word to_word(std::string_view argument);

}  // namespace signpost::daemon::commands
