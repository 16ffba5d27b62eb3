// Plays every *.dlg of this folder twice: in memory, and against the built daemon behind the test MTA.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/support/daemon_player.h"
#include "tests/support/flows.h"
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

/// The flows of tests/data/origin as one dialogue; their messages are written into `folder`. Observed only, since whether
/// a tenant may use a sender is not the question. Flows with a seal are left out: nobody can write one.
std::string flows_as_dialogue(const std::string& file, const std::string& folder) {
  std::string text = R"(config
  [milter]
  mode = "observe"
  [clients]
  trusted = ["192.0.2.0/25"]
  hops = ["192.0.2.128/25"]
  web_hosts = ["webmail.hoster.example"]
  [[clients.reinjected]]
  list = "news@shop.example"
  sender = "news-*@shop.example"
  [[tenant]]
  name = "shop"
  sender_domains = ["shop.example"]
end
)";
  int number = 0;
  for (const FlowText& flow : read_flow_texts(file)) {
    if (flow.words.contains("seal")) continue;
    const std::string name = std::to_string(++number) + ".eml";
    std::ofstream(folder + "/" + name, std::ios::binary) << flow.header << "\r\ntext\r\n";
    const std::string way = flow.word("way");
    const std::string network = flow.words.contains("hop")       ? "192.0.2.200"
                                : flow.words.contains("trusted") ? "192.0.2.7"
                                                                 : "198.51.100.7";
    text += "connect " +
            (way == "pickup" ? "local" : "client=" + (way == "loopback" ? "127.0.0.1" : network)) + "\n";
    text += "mail " + (flow.word("sender").empty() ? "<>" : flow.word("sender"));
    text += (flow.word("login").empty() ? "" : " auth=" + flow.word("login")) + "\n";
    const int recipients = flow.words.contains("recipients") ? std::stoi(flow.word("recipients")) : 1;
    for (int i = 0; i < recipients; ++i) text += "rcpt r" + std::to_string(i) + "@example.org => continue\n";
    const std::size_t blank = flow.expected.find(' ');
    text += "send " + name + " => accept\nlog stage=message origin=" + flow.expected.substr(0, blank) +
            " origin_by=" + flow.expected.substr(blank + 1) + "\nquit\n";
  }
  EXPECT_GE(number, 14);
  return text;
}

template <class AnyPlayer>
void play_flows(const std::string& file) {
  TempDir directory;
  for (const auto& entry : std::filesystem::directory_iterator(keys()))
    std::filesystem::copy(entry.path(), directory.path());
  const auto dialogue = parse_dialogue(flows_as_dialogue(file, directory.path()));
  ASSERT_TRUE(dialogue) << dialogue.error().text;
  AnyPlayer player(directory.path());
  const auto complaints = play(*dialogue, player, directory.path());
  EXPECT_TRUE(complaints.empty()) << file << ":\n" << base::join(complaints, "\n");
}

TEST(OriginFlows, InMemory) {
  for (const char* file : {"postfix.flows", "sendmail.flows"}) play_flows<MemoryPlayer>(file);
}

TEST(OriginFlows, AgainstTheDaemon) {
  for (const char* file : {"postfix.flows", "sendmail.flows"}) play_flows<DaemonPlayer>(file);
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
