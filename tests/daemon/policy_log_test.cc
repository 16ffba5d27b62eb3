// The logs: lines reach the file, a rotation is followed, a full disk loses lines and counts
// them, nobody waits.
#include "daemon/policy_log.h"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "system/daemon_log.h"
#include "system/log_writer.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"

namespace signpost::daemon {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

policy::Event event(std::string note) {
  policy::Event event;
  event.at = tests::HandClock().wall();
  event.add("stage", "rcpt");
  event.add("to", "bob@example.net", policy::EventField::Kind::address);
  event.add("note", std::move(note), policy::EventField::Kind::text);
  event.add("ms", 12);
  return event;
}

class PolicyLogTest : public testing::Test {
 protected:
  PolicyLog open(PolicyLogSettings::Format format = PolicyLogSettings::Format::text) {
    return std::move(*PolicyLog::open({path_, format, {}}));
  }
  tests::TempDir directory_;
  std::string path_ = directory_.path() + "/policy.log";
};

TEST_F(PolicyLogTest, WritesLinesToAFileOfItsOwnMode) {
  const mode_t before = ::umask(0);
  open().write(event("x"));
  ::umask(before);
  EXPECT_EQ(content(path_), "2026-11-23T12:00:00.000Z stage=rcpt to=<bob@example.net> note=x ms=12\n");
  struct stat facts {};
  ASSERT_EQ(::stat(path_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0640u);
}

TEST_F(PolicyLogTest, AppendsToWhatIsThere) {
  std::ofstream(path_) << "older\n";
  open().write(event("x"));
  EXPECT_TRUE(content(path_).starts_with("older\n2026-"));
}

TEST_F(PolicyLogTest, NoValueMakesASecondLine) {
  const std::string hostile = "a\nb\r\x1b[31m\xe2\x80\xa8\xff\"quoted\" \\";
  open().write(event(hostile));
  const std::string line = content(path_);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_NE(line.find(R"(note="a\x0ab\x0d\x1b[31m\xe2\x80\xa8\xff\"quoted\" \\")"), std::string::npos)
      << line;
}

TEST_F(PolicyLogTest, JsonLinesAreJson) {
  {
    PolicyLog log = open(PolicyLogSettings::Format::json);
    log.write(event("a\n\"b\" \\ \xff \xe2\x80\xa8"));
    log.write(event("plain"));
  }
  std::istringstream lines(content(path_));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto object = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(object.is_discarded()) << line;
    EXPECT_EQ(object["stage"], "rcpt");
    EXPECT_EQ(object["ms"], 12);
  }
  EXPECT_EQ(count, 2u);
}

TEST_F(PolicyLogTest, ShowsAddressesAsTheViewSays) {
  PolicyLogSettings settings;
  settings.file = path_;
  settings.addresses = [](std::string_view) { return std::string("h:1234"); };
  std::move(*PolicyLog::open(settings)).write(event("x"));
  EXPECT_NE(content(path_).find("to=<h:1234>"), std::string::npos) << content(path_);
}

TEST_F(PolicyLogTest, FollowsARotation) {
  {
    PolicyLog log = open();
    log.write(event("first"));
    // The line may still be queued when the file is renamed: it is lost neither way.
    ASSERT_EQ(std::rename(path_.c_str(), (path_ + ".1").c_str()), 0);
    ASSERT_TRUE(log.reopen());
    log.write(event("second"));
  }
  const std::string both = content(path_ + ".1") + content(path_);
  EXPECT_NE(both.find("note=first"), std::string::npos);
  EXPECT_NE(content(path_).find("note=second"), std::string::npos);
}

TEST_F(PolicyLogTest, KeepsTheOldFileIfTheNewOneCannotBeOpened) {
  {
    PolicyLog log = open();
    ASSERT_EQ(std::rename(path_.c_str(), (path_ + ".1").c_str()), 0);
    ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
    EXPECT_FALSE(log.reopen());
    log.write(event("x"));
  }
  EXPECT_NE(content(path_ + ".1").find("note=x"), std::string::npos);
}

TEST_F(PolicyLogTest, SaysWhenItCannotStart) {
  for (const std::string& path : {directory_.path() + "/none/policy.log", directory_.path()}) {
    const auto log = PolicyLog::open({path, PolicyLogSettings::Format::text, {}});
    ASSERT_FALSE(log);
    EXPECT_NE(log.error().text.find(path), std::string::npos);
  }
  const std::string fifo = directory_.path() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_FALSE(PolicyLog::open({fifo, PolicyLogSettings::Format::text, {}}))
      << "nobody reads it: opening must not wait";
}

TEST_F(PolicyLogTest, AFullDiskLosesLinesAndCountsThem) {
  auto log = PolicyLog::open({"/dev/full", PolicyLogSettings::Format::text, {}});
  ASSERT_TRUE(log);
  for (int i = 0; i < 100; ++i) log->write(event("x"));
  while (log->lost() < 100) std::this_thread::yield();
  EXPECT_EQ(log->lost(), 100u);
}

TEST_F(PolicyLogTest, AStuckReaderLosesLinesAndNobodyWaits) {
  const std::string fifo = directory_.path() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  {
    auto writer = system::LogWriter::open(system::LogTarget::file, fifo, 16);
    ASSERT_TRUE(writer);
    const std::string line(4000, 'x');
    for (int i = 0; i < 1000; ++i) writer->write(line);
    while (writer->lost() == 0) std::this_thread::yield();
  }
  ::close(reader);
}

TEST_F(PolicyLogTest, ALineAfterATornOneStandsAlone) {
  const std::string fifo = directory_.path() + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  std::string heard;
  const auto drain = [&] {
    char bytes[65536];
    for (ssize_t count = ::read(reader, bytes, sizeof bytes); count > 0;
         count = ::read(reader, bytes, sizeof bytes)) {
      heard.append(bytes, static_cast<std::size_t>(count));
    }
  };
  {
    auto writer = system::LogWriter::open(system::LogTarget::file, fifo);
    ASSERT_TRUE(writer);
    // A pipe takes a part of a line that is longer than its atomic size.
    writer->write(std::string(100'000, 'x'));
    while (writer->lost() == 0) std::this_thread::yield();
    drain();
    writer->write("whole");
  }
  drain();
  EXPECT_TRUE(heard.ends_with("x\nwhole\n"));
  ::close(reader);
}

TEST(DaemonLog, LeavesOutWhatIsBelowItsLevel) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/daemon.log";
  const tests::HandClock clock;
  {
    system::DaemonLog log(std::move(*system::LogWriter::open(system::LogTarget::file, path)), clock);
    log.debug("left out");
    log.set_level(*system::parse_level("debug"));
    log.debug("shown\nonce");
    log.set_level(system::LogLevel::error);
    log.warning("left out");
    log.error("bad");
  }
  EXPECT_EQ(content(path),
            "2026-11-23T12:00:00.000Z debug: shown\\x0aonce\n2026-11-23T12:00:00.000Z error: bad\n");
  EXPECT_FALSE(system::parse_level("loud"));
}

}  // namespace
}  // namespace signpost::daemon
