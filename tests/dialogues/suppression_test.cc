// What only the whole daemon can show of the list: the key ring at start, and the log's hashes.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <gtest/gtest.h>

#include "base/keyring.h"
#include "tests/support/daemon_player.h"
#include "tests/support/workplace.h"

namespace signpost::tests {
namespace {

class SuppressionDaemon : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(write_keys(directory_.path())); }
  base::Result<void> start(const std::string& extra) {
    return player_.start(default_config() + "[suppression]\nkey_file = \"@DIR@/suppression.keys\"\n" + extra);
  }
  std::string say(const std::string& command) { return player_.control(command)->front(); }
  void write_ring(const base::Keyring& ring) {
    std::ofstream(directory_.path() + "/suppression.keys") << base::format_keyring(ring);
  }

  TempDir directory_;
  DaemonPlayer player_{directory_.path()};
};

TEST_F(SuppressionDaemon, ALogHashIsTheHashThatTheCommandShows) {
  ASSERT_TRUE(start("[log]\naddresses = \"hashed\"\n"));
  ASSERT_EQ(say("suppress add bob@example.org hashed=yes"), "ok added");
  const std::string hash = say("hash bob@example.org").substr(std::string("ok hash=").size());
  ASSERT_TRUE(player_.connect({}));
  ASSERT_TRUE(player_.mail("news@shop.example", {}, "shop"));
  EXPECT_EQ(player_.rcpt("Bob@EXAMPLE.org").value(), "550 5.7.1 Recipient suppressed (policy)");
  ASSERT_TRUE(player_.quit());
  ASSERT_TRUE(player_.daemon().stop());
  bool logged = false;
  for (const std::string& line : player_.log_lines()) {
    logged = logged || parse_log_line(line)["to"] == hash;
    EXPECT_EQ(line.find("xample.org"), std::string::npos) << line;
  }
  EXPECT_TRUE(logged);
}

TEST_F(SuppressionDaemon, AnErasedPersonIsSoonGoneFromTheFile) {
  ASSERT_TRUE(start(""));
  const auto file_holds = [&](const char* text) {
    std::ifstream file(directory_.path() + "/store/list.mdb", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return bytes.find(text) != std::string::npos;
  };
  ASSERT_EQ(say("suppress add Zebedee@example.org note=\"wrote from Hilversum\""), "ok added");
  ASSERT_TRUE(file_holds("zebedee") && file_holds("Hilversum"));
  ASSERT_EQ(say("subject erase zebedee@example.org"), "ok");
  for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
       (file_holds("zebedee") || file_holds("Zebedee") || file_holds("Hilversum"));) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(say("suppress check zebedee@example.org").starts_with("ok listed"));
}

TEST_F(SuppressionDaemon, StartIsRefusedWithoutAKeyThatTheListNeeds) {
  ASSERT_TRUE(start(""));
  ASSERT_EQ(say("suppress add bob@example.org hashed=yes"), "ok added");
  const auto stopped = player_.daemon().stop();
  ASSERT_TRUE(stopped) << stopped.error().text;
  write_ring({{{2, base::KeyState::active, std::string(32, 'x')}}});
  const auto refused = start("");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("hashed listings need key 1 of suppression.key_file"),
            std::string::npos)
      << refused.error().text;
  write_ring({{{1, base::KeyState::active, std::string(32, 'x')}}});
  EXPECT_FALSE(start("")) << "another key under the same id finds nobody either";
}

}  // namespace
}  // namespace signpost::tests
