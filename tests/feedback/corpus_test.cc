// Bounces and complaints that others collected, with the classes that they expect.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "base/text.h"
#include "feedback/classify.h"
#include "tests/support/source_dir.h"

namespace signpost::feedback {
namespace {

std::filesystem::path corpus() {
  const char* given = std::getenv("SIGNPOST_CORPUS");
  return given ? std::filesystem::path(given)
               : std::filesystem::path(tests::source_dir()) / "../shared/corpus";
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The gravest class of all recipients.
std::string gravest(std::string_view raw) {
  constexpr std::array<Class, 6> kOrder = {Class::hard, Class::complaint, Class::block,
                                           Class::soft, Class::automatic, Class::none};
  const Report report = parse_report(raw);
  if (report.rows.empty()) return std::string(class_word(classify_kind(report).result));
  const auto* found = kOrder.end();
  for (const Row& row : report.rows)
    found = std::min(found, std::find(kOrder.begin(), kOrder.end(), classify(report, row).result));
  return std::string(class_word(*found));
}

TEST(FeedbackCorpus, IsJudgedAsExpected) {
  std::ifstream table(corpus() / "bounces/expected.tsv");
  if (!table) GTEST_SKIP() << "no corpus";
  std::size_t judged = 0;
  std::size_t wrong = 0;
  for (std::string line; std::getline(table, line);) {
    const auto columns = base::split(line, '\t');
    if (columns.size() < 2 || line.starts_with('#')) continue;
    const std::string answer = gravest(read_file(corpus() / "bounces" / columns[0]));
    const auto accepted = base::split(columns[1], '|');
    const auto accepts = [&](std::string_view word) {
      return std::find(accepted.begin(), accepted.end(), word) != accepted.end();
    };
    ++judged;
    if (!accepts(answer)) ++wrong;
    const bool is_false =
        (answer == "hard" || answer == "complaint") && !accepts("hard") && !accepts("complaint");
    EXPECT_FALSE(is_false) << columns[0] << ": a live address would be listed as " << answer;
  }
  EXPECT_GT(judged, 0U);
  EXPECT_LE(wrong * 50, judged) << wrong << " of " << judged;
}

}  // namespace
}  // namespace signpost::feedback
