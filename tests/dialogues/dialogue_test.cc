// Plays every *.dlg of this folder twice: in memory, and against the built daemon behind the test MTA.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/support/daemon_player.h"
#include "tests/support/memory_player.h"
#include "tests/support/source_dir.h"
#include "tests/support/workplace.h"

namespace signpost::tests {
namespace {

const std::string kFolder = tests::source_dir() + "/tests/dialogues";

std::string text_of(const std::string& name) {
  std::ifstream file(kFolder + "/" + name + ".dlg");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> dialogue_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".dlg") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

/// Without those that use a step that only the player in memory has.
std::vector<std::string> names_for_the_daemon() {
  std::vector<std::string> names = dialogue_names();
  std::erase_if(names, [](const std::string& name) {
    const auto dialogue = parse_dialogue(text_of(name));
    return dialogue && dialogue->memory_only;
  });
  return names;
}

/// RSA keys take long to make: all dialogues share one set.
const std::string& keys() {
  static const TempDir directory;
  static const base::Result<void> written = write_keys(directory.path());
  EXPECT_TRUE(written) << written.error().text;
  return directory.path();
}

/// The complaints of one dialogue, played in a directory of its own that has the shared keys.
class Stage {
 public:
  explicit Stage(const std::string& name) : name_(name) {
    auto dialogue = parse_dialogue(text_of(name));
    EXPECT_TRUE(dialogue) << name << ".dlg: " << dialogue.error().text;
    if (dialogue) dialogue_ = std::move(*dialogue);
    for (const auto& entry : std::filesystem::directory_iterator(keys()))
      std::filesystem::copy(entry.path(), directory_.path());
  }

  const std::string& directory() const { return directory_.path(); }
  void expect_as_written(Player& player) {
    const auto complaints = play(dialogue_, player, kFolder);
    EXPECT_TRUE(complaints.empty()) << name_ << ".dlg:\n" << base::join(complaints, "\n");
  }

 private:
  std::string name_;
  TempDir directory_;
  Dialogue dialogue_;
};

class InMemory : public testing::TestWithParam<std::string> {};
class AgainstTheDaemon : public testing::TestWithParam<std::string> {};

TEST_P(InMemory, GoesAsWritten) {
  Stage stage(GetParam());
  MemoryPlayer player(stage.directory());
  stage.expect_as_written(player);
}

TEST_P(AgainstTheDaemon, GoesAsWritten) {
  Stage stage(GetParam());
  DaemonPlayer player(stage.directory());
  stage.expect_as_written(player);
  EXPECT_TRUE(player.daemon().is_running()) << player.daemon().errors();
  // Killed, not stopped: libmilter takes up to five seconds to notice that it shall stop.
}

TEST(DaemonAfterADialogue, StopsInOrder) {
  Stage stage("01-signed");
  DaemonPlayer player(stage.directory());
  stage.expect_as_written(player);
  const auto stopped = player.daemon().stop();
  EXPECT_TRUE(stopped) << stopped.error().text;
}

std::string name_of(const testing::TestParamInfo<std::string>& dialogue) {
  std::string name = dialogue.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, InMemory, testing::ValuesIn(dialogue_names()), name_of);
INSTANTIATE_TEST_SUITE_P(All, AgainstTheDaemon, testing::ValuesIn(names_for_the_daemon()), name_of);

TEST(DialogueGrammar, NamesTheLineOfAMistake) {
  struct Case {
    const char* text;
    const char* complaint;
  };
  for (const Case& c : {Case{"mail a@b\nrcpt c@d\n", "line 2: rcpt needs => and an answer"},
                        Case{"# words\n\nmale a@b\n", "line 3: no such step: male"},
                        Case{"config\n[milter]\n", "line 1: config without end"},
                        Case{"mail\n", "line 1: mail needs an argument"}}) {
    const auto dialogue = parse_dialogue(c.text);
    ASSERT_FALSE(dialogue) << c.text;
    EXPECT_EQ(dialogue.error().text, c.complaint);
  }
}

TEST(DialogueGrammar, AnAnswerFitsUpToAWordsEnd) {
  EXPECT_TRUE(fits("550 5.7.1", "550 5.7.1 Recipient suppressed"));
  EXPECT_TRUE(fits("accept", "accept"));
  EXPECT_FALSE(fits("550 5.7.1", "550 5.7.10 Other"));
  EXPECT_FALSE(fits("continue", "550 5.7.1"));
}

TEST(DialogueGrammar, ReadsLogLines) {
  auto keys =
      parse_log_line(R"(2026-11-23T12:00:00.123Z stage=rcpt from=<a@b> reply="550 5.7.1 No \"x\"" qid=-)");
  EXPECT_EQ(keys["stage"], "rcpt");
  EXPECT_EQ(keys["from"], "a@b");
  EXPECT_EQ(keys["reply"], "550 5.7.1 No \"x\"");
  EXPECT_EQ(keys["qid"], "-");
}

}  // namespace
}  // namespace signpost::tests
