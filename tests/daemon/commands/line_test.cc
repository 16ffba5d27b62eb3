// Command lines: what a line means, what is refused and why, and the way back.
#include "daemon/commands/line.h"

#include <gtest/gtest.h>

namespace signpost::daemon::commands {
namespace {

std::vector<Word> words(std::initializer_list<Word> list) {
  return list;
}

TEST(ControlLine, SplitsWordsAndOptions) {
  struct Case {
    const char* line;
    std::vector<Word> expected;
  };
  const Case cases[] = {
      {"", {}},
      {"  \t ", {}},
      {"status", words({{"", "status"}})},
      {" a\tb  c ", words({{"", "a"}, {"", "b"}, {"", "c"}})},
      {"add reason=manual", words({{"", "add"}, {"reason", "manual"}})},
      {"note=\"two words\"", words({{"note", "two words"}})},
      {"\"two words\"", words({{"", "two words"}})},
      {"\"\"", words({{"", ""}})},
      {"note=", words({{"note", ""}})},
      {"note=\"\"", words({{"note", ""}})},
      {"note=a=b", words({{"note", "a=b"}})},
      {"\"a=b\"", words({{"", "a=b"}})},
      {"=b", words({{"", "=b"}})},
      {"1a=b", words({{"", "1a=b"}})},
      {"A=b", words({{"", "A=b"}})},
      {"a+b=c@example.net", words({{"", "a+b=c@example.net"}})},
      {R"("\"\\\x41\x0a")", words({{"", "\"\\A\n"}})},
      {"back\\slash", words({{"", "back\\slash"}})},
      {"caf\xc3\xa9", words({{"", "caf\xc3\xa9"}})},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_command_line(c.line);
    ASSERT_TRUE(parsed) << c.line << ": " << parsed.error().text;
    EXPECT_EQ(*parsed, c.expected) << c.line;
    EXPECT_EQ(*parse_command_line(format_command_line(*parsed)), *parsed) << c.line;
  }
}

TEST(ControlLine, RefusesWhatIsAmbiguous) {
  const std::pair<std::string, const char*> cases[] = {
      {"\"open", "not closed"},
      {"note=\"open", "not closed"},
      {"\"john smith\"@example.net", "right after the closing quote"},
      {"a\"b\"", "quote inside a word"},
      {"\"\\n\"", "unknown escape"},
      {"\"\\x4\"", "unknown escape"},
      {"\"\\xzz\"", "unknown escape"},
      {"\"\\", "unknown escape"},
      {std::string("a\0b", 3), "control byte"},
      {"\"a\x01\"", "control byte"},
      {"a\rb", "control byte"},
  };
  for (const auto& [line, expected] : cases) {
    const auto parsed = parse_command_line(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_NE(parsed.error().text.find(expected), std::string::npos) << line << ": " << parsed.error().text;
    EXPECT_EQ(parsed.error().kind, base::ErrorKind::invalid);
  }
}

TEST(ControlLine, BoundsTheLength) {
  EXPECT_TRUE(parse_command_line(std::string(kMaxCommandLine, 'a')));
  const auto parsed = parse_command_line(std::string(kMaxCommandLine + 1, 'a'));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind, base::ErrorKind::limit);
}

TEST(ControlLine, SendsShellArgumentsAsTheyAre) {
  const std::pair<const char*, const char*> cases[] = {
      {"status", "status"}, {"note=two words", "note=\"two words\""},
      {"=x", "=x"},         {"a \"b\"", R"("a \"b\"")"},
      {"", "\"\""},         {"tab\there", "\"tab\\x09here\""},
  };
  for (const auto& [argument, expected] : cases)
    EXPECT_EQ(format_command_line({to_word(argument)}), expected);
}

}  // namespace
}  // namespace signpost::daemon::commands
