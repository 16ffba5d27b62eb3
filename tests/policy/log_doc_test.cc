// docs/log.md explains every fixed word that the log may show.
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "dkim/unsigned.h"
#include "policy/policy.h"
#include "tests/support/source_dir.h"
#include "track/rewrite.h"
#include "track/unsubscribe.h"

namespace signpost::policy {
namespace {

std::string document() {
  std::ifstream file(tests::source_dir() + "/docs/log.md");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(LogDocument, ExplainsEveryWord) {
  const std::string text = document();
  const auto expect_word = [&](const std::string& word) {
    EXPECT_NE(text.find("`" + word + "`"), std::string::npos) << word;
  };
  for (const Check& check : checks()) expect_word(check.name);
  for (const Reason reason : kReasons) {
    if (!default_blocks().at(reason).empty()) expect_word(reason_word(reason));
  }
  for (const WhyWord& entry : why_words()) expect_word(entry.word);
  for (const dkim::UnsignedWord& entry : dkim::unsigned_words()) expect_word(entry.word);
  for (const auto& entry : track::unrewritten_words()) expect_word(std::string(entry.word));
  for (const auto& entry : track::no_pixel_words()) expect_word(std::string(entry.word));
  for (const auto& entry : track::unsubscribe_words()) expect_word(std::string(entry.word));
  for (const Action action : {Action::accept, Action::refuse, Action::defer, Action::hold, Action::drop,
                              Action::discard, Action::pass, Action::observe}) {
    expect_word(action_word(action));
  }
}

}  // namespace
}  // namespace signpost::policy
