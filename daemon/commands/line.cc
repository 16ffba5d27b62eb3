// The scanner of command lines and its way back.
#include "daemon/commands/line.h"

#include "base/encoding.h"
#include "base/text.h"
#include "policy/event.h"

namespace signpost::daemon::commands {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// Length of the key that `text` begins with, counted without its "="; 0 if it begins with none.
std::size_t key_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() &&
         ((text[length] >= 'a' && text[length] <= 'z') || base::is_digit(text[length]) ||
          text[length] == '_' || text[length] == '-')) {
    ++length;
  }
  const bool is_key = length > 0 && length < text.size() && text[length] == '=' && base::is_alpha(text[0]);
  return is_key ? length : 0;
}

/// Reads one escape; `at` is at the backslash and is moved behind the escape.
base::Result<char> read_escape(std::string_view line, std::size_t& at) {
  const char next = at + 1 < line.size() ? line[at + 1] : '\0';
  if (next == '"' || next == '\\') {
    at += 2;
    return next;
  }
  if (next == 'x' && at + 3 < line.size()) {
    if (const auto byte = base::decode_hex(line.substr(at + 2, 2))) {
      at += 4;
      return byte->front();
    }
  }
  return base::invalid("unknown escape at byte " + std::to_string(at + 1) + "; use \\\" \\\\ or \\xNN");
}

/// Reads a quoted value; `at` is at the opening quote and is moved behind the closing one.
base::Result<std::string> read_quoted(std::string_view line, std::size_t& at) {
  const std::size_t opened = at++;
  std::string value;
  while (at < line.size() && line[at] != '"') {
    if (line[at] == '\\') {
      const auto byte = read_escape(line, at);
      if (!byte) return tl::unexpected(byte.error());
      value += *byte;
    } else if (is_control(line[at]) && line[at] != '\t') {
      return base::invalid("control byte at byte " + std::to_string(at + 1) + "; write it as \\xNN");
    } else {
      value += line[at++];
    }
  }
  if (at == line.size())
    return base::invalid("the quote at byte " + std::to_string(opened + 1) + " is not closed");
  ++at;
  if (at < line.size() && !is_blank(line[at])) {
    return base::invalid("text right after the closing quote at byte " + std::to_string(at) +
                         "; put the whole value in quotes and write quotes inside as \\\"");
  }
  return value;
}

base::Result<std::string> read_bare(std::string_view line, std::size_t& at) {
  const std::size_t begin = at;
  for (; at < line.size() && !is_blank(line[at]); ++at) {
    if (line[at] == '"') {
      return base::invalid("quote inside a word at byte " + std::to_string(at + 1) +
                           "; put the whole value in quotes and write quotes inside as \\\"");
    }
    if (is_control(line[at])) {
      return base::invalid("control byte at byte " + std::to_string(at + 1) +
                           "; quote the value and write it as \\xNN");
    }
  }
  return std::string(line.substr(begin, at - begin));
}

}  // namespace

base::Result<std::vector<Word>> parse_command_line(std::string_view line) {
  if (line.size() > kMaxCommandLine) {
    return base::fail(base::ErrorKind::limit,
                      "a line must not be longer than " + std::to_string(kMaxCommandLine) + " bytes");
  }
  std::vector<Word> words;
  std::size_t at = 0;
  while (true) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) return words;
    Word word;
    if (const std::size_t length = key_length(line.substr(at))) {
      word.key = line.substr(at, length);
      at += length + 1;
    }
    auto value = at < line.size() && line[at] == '"' ? read_quoted(line, at) : read_bare(line, at);
    if (!value) return tl::unexpected(value.error());
    word.value = std::move(*value);
    words.push_back(std::move(word));
  }
}

std::string format_command_line(const std::vector<Word>& words) {
  std::string line;
  for (const Word& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.key.empty()) {
      line += word.key + '=' + policy::format_value(word.value);
    } else if (key_length(word.value) > 0) {
      // Only quotes keep "a=b" from being read as key and value.
      const std::string quoted = policy::format_value(word.value);
      line += quoted.front() == '"' ? quoted : '"' + quoted + '"';
    } else {
      line += policy::format_value(word.value);
    }
  }
  return line;
}

Word to_word(std::string_view argument) {
  const std::size_t length = key_length(argument);
  if (length == 0) return {"", std::string(argument)};
  return {std::string(argument.substr(0, length)), std::string(argument.substr(length + 1))};
}

}  // namespace signpost::daemon::commands
