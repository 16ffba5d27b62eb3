// The grammar of dialogues.
#include "tests/support/dialogue.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "policy/event.h"

namespace signpost::tests {

namespace {

struct Verb {
  const char* name;
  std::size_t least_words;
  bool needs_expectation;
};
constexpr Verb kVerbs[] = {
    {"config", 0, false},  {"store", 1, false}, {"style", 1, false},  {"connect", 0, false},
    {"mail", 1, false},    {"rcpt", 1, true},   {"send", 1, true},    {"edit", 1, false},
    {"no-edit", 1, false}, {"log", 0, false},   {"no-log", 0, false}, {"abort", 0, false},
    {"quit", 0, false},    {"cut", 0, false},   {"tick", 1, false},   {"reload", 0, true},
    {"control", 1, true},  {"again", 0, true},
};

/// Splits at blanks; a double-quoted piece keeps its blanks and loses its quotes ("a b", key="a b").
std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool open = false;
  bool quoted = false;
  for (char c : text) {
    if (c == '"') {
      quoted = !quoted;
      open = true;
    } else if (base::is_space(c) && !quoted) {
      if (open) words.push_back(std::exchange(word, {}));
      open = false;
    } else {
      word += c;
      open = true;
    }
  }
  if (open) words.push_back(word);
  return words;
}

/// Cuts `text` at " MARK " and returns what follows.
std::optional<std::string> cut_at(std::string_view& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  std::string after(base::trim(text.substr(at + mark.size())));
  text = text.substr(0, at);
  return after;
}

/// KEY=VALUE with a plain key: an address with "=" in it cannot be written in a dialogue.
bool is_option(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  return std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals), [](char c) {
    return (c >= 'a' && c <= 'z') || base::is_digit(c) || c == '-' || c == '_';
  });
}

base::Result<Step> parse_step(std::string_view line, int number) {
  const auto complain = [&](const std::string& what) {
    return base::invalid("line " + std::to_string(number) + ": " + what);
  };
  Step step;
  step.line = number;
  if (auto expected = cut_at(line, "=>")) step.expected = *expected;
  step.text = base::trim(line.substr(std::min(line.find(' '), line.size())));
  step.near = cut_at(line, " ~ ");
  std::vector<std::string> words = split_words(line);
  step.verb = words.front();
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (is_option(words[i])) {
      const std::size_t equals = words[i].find('=');
      step.options[words[i].substr(0, equals)] = words[i].substr(equals + 1);
    } else {
      step.words.push_back(words[i]);
    }
  }
  const auto* verb =
      std::find_if(std::begin(kVerbs), std::end(kVerbs), [&](const Verb& v) { return step.verb == v.name; });
  if (verb == std::end(kVerbs)) return complain("no such step: " + step.verb);
  if (step.words.size() < verb->least_words) return complain(step.verb + " needs an argument");
  if (verb->needs_expectation != !step.expected.empty())
    return complain(step.verb + (verb->needs_expectation ? " needs => and an answer" : " takes no =>"));
  return step;
}

}  // namespace

base::Result<Dialogue> parse_dialogue(std::string_view text) {
  Dialogue dialogue;
  Step* block = nullptr;
  int number = 0;
  for (std::string_view line : base::split(text, '\n')) {
    ++number;
    const std::string_view trimmed = base::trim(line);
    if (block != nullptr) {
      if (trimmed == "end")
        block = nullptr;
      else
        block->block += std::string(line) + "\n";
      continue;
    }
    if (trimmed.empty() || trimmed.starts_with('#')) continue;
    auto step = parse_step(trimmed, number);
    if (!step) return tl::unexpected(step.error());
    if (step->verb == "tick" || (step->verb == "store" && step->words[0] == "broken"))
      dialogue.memory_only = true;
    dialogue.steps.push_back(std::move(*step));
    if (dialogue.steps.back().verb == "config") block = &dialogue.steps.back();
  }
  if (block != nullptr) return base::invalid("line " + std::to_string(block->line) + ": config without end");
  return dialogue;
}

bool fits(std::string_view expected, std::string_view answer) {
  if (!answer.starts_with(expected)) return false;
  return answer.size() == expected.size() || !base::is_alnum(answer[expected.size()]);
}

std::map<std::string, std::string> parse_log_line(std::string_view line) {
  std::map<std::string, std::string> keys;
  const std::size_t blank = line.find(' ');
  keys["at"] = std::string(line.substr(0, blank));
  std::string_view rest = blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1);
  while (!rest.empty()) {
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) break;
    const std::string key(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    std::size_t end = 0;
    if (rest.starts_with('"'))
      for (end = 1; end < rest.size() && rest[end] != '"'; ++end) end += rest[end] == '\\' ? 1 : 0;
    end = std::min(rest.find(' ', end), rest.size());
    auto value = policy::parse_value(rest.substr(0, end)).value_or(std::string(rest.substr(0, end)));
    if (value.starts_with('<') && value.ends_with('>')) value = value.substr(1, value.size() - 2);
    keys[key] = std::move(value);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return keys;
}

}  // namespace signpost::tests
