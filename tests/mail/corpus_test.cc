// Mail that others wrote: every file goes through parse and format, edits and undo, line ends
// and back, unchanged.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "mail/field/author.h"
#include "mail/file/message_file.h"
#include "mail/message.h"
#include "tests/support/source_dir.h"

namespace signpost::mail {
namespace {

std::vector<std::filesystem::path> corpus_files() {
  const char* given = std::getenv("SIGNPOST_CORPUS");
  const std::filesystem::path root =
      given ? std::filesystem::path(given) : std::filesystem::path(tests::source_dir()) / "../shared/corpus";
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(root)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".eml") files.push_back(entry.path());
  }
  return files;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Corpus, EveryMessageSurvives) {
  const auto files = corpus_files();
  if (files.empty()) GTEST_SKIP() << "no corpus";
  for (const auto& path : files) {
    const std::string raw = read_file(path);
    const auto [wire, newlines] = to_crlf(raw);
    ASSERT_EQ(from_crlf(wire, newlines), raw) << path;
    const Message message = parse_message(wire);
    ASSERT_EQ(format_message(message), wire) << path;
    std::vector<Edit> edits = {InsertField{0, "X", " y"}};
    if (!message.body.empty()) edits.emplace_back(Splice{message.body.size() / 2, "", "spliced"});
    const auto edited = apply_edits(message, edits);
    ASSERT_TRUE(edited) << path;
    const auto undone = undo_edits(*edited, edits);
    ASSERT_TRUE(undone) << path;
    ASSERT_EQ(format_message(*undone), wire) << path;
  }
}

/// A parser that gave up on real mail would leave it unsigned. What is left are bounces from `MAILER-DAEMON`
/// or `<>`, which name no domain, and one field that lacks a comma.
TEST(Corpus, NearlyEveryMessageHasAnAuthor) {
  const auto files = corpus_files();
  if (files.empty()) GTEST_SKIP() << "no corpus";
  std::size_t with_from = 0;
  std::size_t unreadable = 0;
  for (const auto& path : files) {
    const auto author = find_author(parse_message(to_crlf(read_file(path)).first).fields);
    if (!author && author.error() == NoAuthor::missing) continue;
    ++with_from;
    if (!author && author.error() == NoAuthor::unreadable) {
      ++unreadable;
      RecordProperty(path.filename().string(), "bad-from");
    }
  }
  EXPECT_LE(unreadable * 10, with_from) << unreadable << " of " << with_from;
}

}  // namespace
}  // namespace signpost::mail
