// tests/data/dkim/NN-name.eml signed with the test keys is NN-name.signed, byte for byte; names that end in -simple
// are signed simple/simple. UPDATE_GOLDEN=1 writes the .signed files anew. The files have LF line ends.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/dkim/support.h"

namespace signpost::dkim {
namespace {

using testing::crlf;
using testing::read_file;

std::vector<std::filesystem::path> golden_messages() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(testing::data_path("dkim"))) {
    const bool numbered = base::is_digit(entry.path().filename().string().front());
    if (numbered && entry.path().extension() == ".eml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string without_cr(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  return text;
}

TEST(Golden, SignaturesAreWhatTheyWere) {
  const auto paths = golden_messages();
  ASSERT_FALSE(paths.empty());
  for (const std::filesystem::path& path : paths) {
    const std::string stem = path.stem().string();
    const Canon canon = stem.ends_with("-simple") ? Canon::simple : Canon::relaxed;
    const std::string signed_text = without_cr(testing::sign_message(
        mail::parse_message(crlf(read_file(path))), testing::test_settings(canon, canon)));
    const std::string golden = std::filesystem::path(path).replace_extension(".signed");
    if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(golden, std::ios::binary) << signed_text;
    EXPECT_EQ(signed_text, read_file(golden)) << path;
  }
}

}  // namespace
}  // namespace signpost::dkim
