// Where an operator may have something written, and where not, with and without `replace`.
#include "store/output_file.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/keyring.h"
#include "system/descriptor.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    return path(name);
  }
  /// What the refusal says, or "free".
  static std::string judge(const std::string& path, bool replace = false) {
    const auto checked =
        check_output(path, {.what = "a picture",
                            .is_former = [](int file) { return begins_with(file, "PICTURE "); },
                            .replace_word = "--replace",
                            .replace = replace});
    if (checked) return "free";
    EXPECT_EQ(checked.error().kind, base::ErrorKind::invalid) << checked.error().text;
    return checked.error().text;
  }
  static void expect_never(const std::string& path, const std::string& why) {
    for (const bool replace : {false, true})
      EXPECT_NE(judge(path, replace).find(why), std::string::npos) << judge(path, replace);
  }

  const tests::TempDir directory_;
};

TEST_F(OutputFileTest, ANewPathAndAFormerOneAreFree) {
  EXPECT_EQ(judge(path("new")), "free");
  EXPECT_EQ(judge(put("picture", "PICTURE of a cat")), "free");
}

TEST_F(OutputFileTest, AnotherRegularFileNeedsTheWord) {
  const std::string text = put("text", "PICTUR");
  EXPECT_EQ(judge(text), text + " is there and is not a picture; name another file, or say --replace");
  EXPECT_EQ(judge(text, true), "free");
}

TEST_F(OutputFileTest, AStoreIsNeverWrittenInto) {
  fs::create_directories(path("store/below"));
  put("store/signpost.lock", "");
  fs::create_symlink(path("store"), path("alias"));
  for (const char* name : {"store/new", "store/list.mdb", "store/below/new", "alias/new", "store/../store/x"})
    expect_never(path(name), "inside the store's directory");
}

TEST_F(OutputFileTest, KeysAndConfigurationsAreNeverReplaced) {
  expect_never(put("key.pem", "# of example.com\n-----BEGIN PRIVATE KEY-----\n"), "holds keys");
  const base::Keyring ring{{{1, base::KeyState::active, std::string(32, 'k')}}};
  expect_never(put("ring", base::format_keyring(ring)), "holds keys");
  expect_never(put("signpost.toml", "[milter]\n"), "is a configuration");
}

TEST_F(OutputFileTest, WhatIsNotARegularFileIsNeverReplaced) {
  put("text", "PICTURE");
  fs::create_symlink(path("text"), path("link"));
  fs::create_symlink(path("nowhere"), path("dangling"));
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const system::Descriptor listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  for (const std::string& one : {path("link"), path("dangling"), path("pipe"), path("socket"),
                                 directory_.path(), std::string("/dev/null")})
    expect_never(one, "not a regular file");
}

}  // namespace
}  // namespace signpost::store
