// The command table: which row words choose, what fills its holes, what is said when nothing fits;
// help and the document.
#include "daemon/commands/table.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/daemon/commands/support.h"
#include "tests/support/source_dir.h"

namespace signpost::daemon::commands {
namespace {

tl::expected<Request, Refusal> request(const std::string& line) {
  const auto words = parse_command_line(line);
  const Command* command = find_command(*words);
  if (command == nullptr) return tl::unexpected(unknown_command(*words));
  return fill(*command, *words);
}

TEST(ControlTable, FillsHolesAndOptions) {
  const auto filled = request("suppress add Bob@Example.NET reason=complaint note=\"said so\" tenant=acme");
  ASSERT_TRUE(filled) << filled.error().text;
  EXPECT_EQ(filled->command->words, "suppress add");
  EXPECT_EQ(filled->listed("ADDRESS|@DOMAIN").given, "Bob@Example.NET");
  EXPECT_EQ(filled->listed("ADDRESS|@DOMAIN").place.address, "bob@example.net");
  ASSERT_NE(filled->find<policy::Reason>("reason"), nullptr);
  EXPECT_EQ(*filled->find<policy::Reason>("reason"), policy::Reason::complaint);
  EXPECT_EQ(filled->text("note"), "said so");
  EXPECT_FALSE(filled->has("stream"));
}

TEST(ControlTable, AnAddressMayLookLikeAnOption) {
  const auto filled = request("suppress check bounce=1@example.net");
  ASSERT_TRUE(filled) << filled.error().text;
  EXPECT_EQ(filled->address("ADDRESS").given, "bounce=1@example.net");
}

TEST(ControlTable, SaysWhatIsWrong) {
  struct Case {
    const char* line;
    std::string_view kind;
    const char* text;
  };
  const Case cases[] = {
      {"supress add x@y.example", "usage", "did you mean 'suppress'?"},
      {"suppress", "usage", "needs one of: add, del, check, list, import, export, forget, stats"},
      {"suppress frobnicate", "usage", "needs one of"},
      {"suppress add", "usage", "ADDRESS|@DOMAIN is missing"},
      {"suppress add a@b.example c@d.example", "usage", "unexpected word 'c@d.example'"},
      {"suppress add a@b.example raeson=manual", "usage", "did you mean 'reason'?"},
      {"suppress add a@b.example reason=manual reason=manual", "usage", "given twice"},
      {"suppress add nobody", "invalid", "is not an address"},
      {"suppress add a@b.example reason=hardbounce", "invalid", "did you mean 'hard-bounce'?"},
      {"suppress add a@b.example ttl=30", "invalid", "is not a duration"},
      {"suppress add a@b.example ttl=0s", "invalid", "longer than zero"},
      {"suppress add a@b.example note=\"a\\x0ab\"", "invalid", "control bytes"},
      {"suppress list limit=many", "invalid", "whole number"},
      {"suppress import mode=merge", "invalid", "add or replace"},
      {"limit set login-hour", "usage", "rate is missing"},
      {"limit set login-hour rate=fast", "invalid", "rate"},
      {"explain recipient a@b.example client=nowhere", "invalid", "IP address"},
      {"backup relative/file", "invalid", "absolute"},
      {"log level loud", "invalid", "error, warning, info"},
      {"tenant pause acme for=soon", "invalid", "duration"},
  };
  for (const Case& c : cases) {
    const auto filled = request(c.line);
    ASSERT_FALSE(filled) << c.line;
    EXPECT_EQ(filled.error().kind, c.kind) << c.line;
    EXPECT_NE(filled.error().text.find(c.text), std::string::npos) << c.line << ": " << filled.error().text;
  }
}

TEST(ControlTable, RowsAreWellFormed) {
  std::set<std::string_view> seen;
  for (const Command& command : commands()) {
    EXPECT_TRUE(seen.insert(command.words).second) << command.words;
    EXPECT_TRUE(command.summary.ends_with('.')) << command.words;
    EXPECT_NE(command.run, nullptr) << command.words;
    for (const Argument& option : command.options)
      EXPECT_FALSE(option.shown.empty()) << command.words << " " << option.name;
  }
}

TEST(ControlTable, HelpListsEveryRowAndExplainsEach) {
  tests::ControlHouse house;
  const std::string all = house.say("help");
  for (const Command& command : commands()) {
    EXPECT_NE(all.find("\n" + usage_line(command) + "\n"), std::string::npos) << command.words;
    const std::string one = house.say("help " + std::string(command.words));
    EXPECT_NE(one.find(command.summary), std::string::npos) << one;
  }
  EXPECT_NE(house.say("help suppress").find("suppress export"), std::string::npos);
  EXPECT_TRUE(house.say("help nonsense").starts_with("error usage "));
}

TEST(ControlDocs, AreFresh) {
  const std::string path = tests::source_dir() + "/docs/control.md";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path) << format_control_docs();
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), format_control_docs())
      << "docs/control.md is stale; its first lines say how to make it again";
}

}  // namespace
}  // namespace signpost::daemon::commands
