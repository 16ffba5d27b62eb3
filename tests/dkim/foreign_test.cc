// Someone else's verifier (Debian's python3-dkim) judges what we sign: every golden and nasty message in all
// four canonicalizations, and changed ones, which it must reject.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "dkim/record.h"
#include "tests/dkim/support.h"
#include "tests/support/source_dir.h"

namespace signpost::dkim {
namespace {

namespace fs = std::filesystem;

const char* const kPython = "/usr/bin/python3";

bool run(const std::string& command) {
  return std::system(command.c_str()) == 0;  // NOLINT(cert-env33-c): a test, with paths of its own making
}

class Foreign : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!run(std::string(kPython) + " -c 'import dkim' 2>/dev/null")) GTEST_SKIP() << "no python3-dkim";
    std::string name = (fs::temp_directory_path() / "signpost-dkim-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    std::ofstream records(folder_ / "records");
    for (const SigningKey& key : testing::keys_of(testing::test_settings(Canon::relaxed, Canon::relaxed))) {
      records << key.selector << "._domainkey." << key.domain << " " << format_record(*key.key) << "\n";
    }
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& wire) {
    std::ofstream(folder_ / name, std::ios::binary) << wire;
  }
  /// True if each .eml verifies and each .bad does not.
  bool judge() {
    return run(std::string(kPython) + " " + tests::source_dir() + "/tests/support/verify_dkim.py " +
               folder_.string() + " " + (folder_ / "records").string());
  }

  fs::path folder_;
};

std::vector<mail::Message> messages() {
  std::vector<mail::Message> all;
  for (const auto& entry : fs::directory_iterator(testing::data_path("dkim"))) {
    if (entry.path().extension() != ".eml") continue;
    all.push_back(mail::parse_message(testing::crlf(testing::read_file(entry.path()))));
  }
  const std::vector<mail::Field> fields = {{"From", " Ann <ann@example.com>"},
                                           {"Subject", ""},
                                           {"To", "\n\tbob@example.net\n \n\t "},
                                           {"X-Odd", "\t \xFF \t"},
                                           {"Subject", "  two  of "},
                                           {"Comments", " a"},
                                           {"Comments", " b"},
                                           {"content-TYPE", "text/plain;\n\tcharset=utf-8"}};
  for (const char* body : {"", "\r\n", "\r\n\r\n", " \t\r\n\r\n", "a\r\n\r\n\r\n", "a \t b \r\n",
                           "\r\n\r\n a", "\xFF\x80 \r\n"}) {
    all.push_back({fields, body});
  }
  all.push_back({fields, std::string("nul \0 here\r\n", 12)});
  all.push_back({fields, std::string(100000, 'x') + "  \r\n"});
  return all;
}

TEST_F(Foreign, AcceptsWhatWeSign) {
  int number = 0;
  for (const mail::Message& message : messages()) {
    for (const Canon header : {Canon::simple, Canon::relaxed}) {
      for (const Canon body : {Canon::simple, Canon::relaxed}) {
        Settings settings = testing::test_settings(header, body);
        if (number % 2 == 1) settings.expire_after = std::chrono::hours(24 * 365 * 100);
        write(std::to_string(number++) + ".eml", testing::sign_message(message, settings));
      }
    }
  }
  EXPECT_TRUE(judge());
}

TEST_F(Foreign, RejectsWhatWasChanged) {
  const Settings settings = testing::test_settings(Canon::relaxed, Canon::relaxed);
  const mail::Message message = messages().back();
  const std::string wire = testing::sign_message(message, settings);
  write("0.eml", wire);
  write("1.bad", wire + "more\r\n");
  write("2.bad", "From: <evil@example.org>\r\n" + wire);
  write("3.bad", "Reply-To: <evil@example.org>\r\n" + wire);
  std::string changed = wire;
  changed.replace(changed.find("ann@"), 3, "eve");
  write("4.bad", changed);
  EXPECT_TRUE(judge());
}

}  // namespace
}  // namespace signpost::dkim
