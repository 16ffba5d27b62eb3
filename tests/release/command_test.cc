// Running a program: what it inherits, what is kept of it, and how it ends when it does not end.
#include "release/command.h"

#include <csignal>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "system/descriptor.h"

namespace signpost::release {
namespace {

using namespace std::chrono_literals;

base::Result<CommandResult> shell(const std::string& script, std::string_view input = "",
                                  std::chrono::milliseconds limit = 60s) {
  return run_command({"/bin/sh", "-c", script}, input, limit);
}

TEST(Command, GivesItsOutputAndItsStatus) {
  const auto result = shell("cat; echo error >&2; exit 3", "a\nb\n");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 3);
  EXPECT_EQ(result->output, "a\nb\nerror\n");
  EXPECT_EQ(shell("kill -9 $$")->status, 128 + SIGKILL);
}

TEST(Command, HasAnEnvironmentOfItsOwn) {
  ASSERT_EQ(::setenv("LD_LIBRARY_PATH", "/nonexistent", 1), 0);
  const auto result = run_command({"/usr/bin/env"}, "", 60s);
  ASSERT_EQ(::unsetenv("LD_LIBRARY_PATH"), 0);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
  EXPECT_EQ(shell("pwd")->output, "/\n");
}

TEST(Command, InheritsNoDescriptorAndNoSignal) {
  const system::Descriptor left(::fcntl(0, F_DUPFD, 200));  // without FD_CLOEXEC
  const auto former = std::signal(SIGPIPE, SIG_IGN);
  const auto result = shell(
      "ls /proc/self/fd | sort -n | tr '\\n' ' '; grep -E 'Sig(Blk|Ign)' /proc/self/status | tr -d '\\t'");
  (void)std::signal(SIGPIPE, former);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output.find("200"), std::string::npos) << result->output;
  EXPECT_NE(result->output.find("SigBlk:0000000000000000"), std::string::npos) << result->output;
  // Two above 31 are the C library's own.
  const std::string ignored = result->output.substr(result->output.find("SigIgn:") + 7, 16);
  EXPECT_EQ(std::stoull(ignored, nullptr, 16) & 0x7fffffffU, 0u) << ignored;
}

TEST(Command, TakesMuchInputAndMuchOutput) {
  const std::string much(std::size_t{1} << 20, 'x');
  const auto result = shell("cat; cat /dev/zero | head -c 1000000", much);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, much.substr(0, kMaxOutput));
}

TEST(Command, IsKilledWithItsChildrenWhenItTakesTooLong) {
  const auto result = shell("sleep 1000 & sleep 1000", "", 50ms);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().text.find("did not end within 50ms"), std::string::npos) << result.error().text;
}

TEST(Command, DoesNotWaitForWhatItLeavesBehind) {
  const auto result = shell("sleep 5 & echo done");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "done\n");
}

TEST(Command, MustBeAnAbsolutePathOfAProgram) {
  EXPECT_FALSE(run_command({"sh", "-c", "true"}, "", 60s));
  EXPECT_FALSE(run_command({""}, "", 60s));
  const auto missing = run_command({"/nonexistent/program"}, "", 60s);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::not_found);
}

TEST(FirstLine, IsShortAndPlain) {
  EXPECT_EQ(first_line("\n\n  postsuper: fatal\t\x1b[1m\nmore"), "postsuper: fatal  [1m");
  EXPECT_EQ(first_line(""), "");
  EXPECT_EQ(first_line(std::string(1000, 'x')).size(), 200u);
}

}  // namespace
}  // namespace signpost::release
