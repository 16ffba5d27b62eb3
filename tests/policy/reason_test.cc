// Reasons and the streams they block.
#include "policy/reason.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::policy {
namespace {

TEST(Reason, WordsRoundTrip) {
  for (const Reason reason : kReasons) EXPECT_EQ(parse_reason(reason_word(reason)).value(), reason);
}

TEST(Reason, UnknownWordsAreHelped) {
  EXPECT_NE(parse_reason("hard-bonce").error().text.find("did you mean 'hard-bounce'"), std::string::npos);
  EXPECT_NE(parse_reason("").error().text.find("soft-bounce, complaint"), std::string::npos);
  EXPECT_FALSE(parse_reason("Hard-Bounce"));
}

TEST(Covers, LaterWordsWin) {
  const struct {
    StreamSet set;
    const char* stream;
    const char* listing_stream;
    bool covered;
  } kCases[] = {
      {{}, "bulk", "", false},
      {{"*"}, "bulk", "", true},
      {{"*", "!transactional"}, "bulk", "", true},
      {{"*", "!transactional"}, "transactional", "", false},
      {{"!transactional", "*"}, "transactional", "", true},
      {{"bulk"}, "bulk", "", true},
      {{"bulk"}, "news", "", false},
      {{"bulk", "news"}, "news", "", true},
      {{"own"}, "bulk", "bulk", true},
      {{"own"}, "bulk", "news", false},
      {{"own"}, "bulk", "", true},
      {{"own"}, "transactional", "", false},
      {{"own"}, "transactional", "transactional", true},
      {{"own"}, "news", "!bulk", true},
      {{"own"}, "bulk", "!bulk", false},
      {{"*", "!bulk", "bulk"}, "bulk", "", true},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(covers(test.set, test.stream, test.listing_stream), test.covered)
        << testing::PrintToString(test.set) << " " << test.stream;
  }
}

TEST(DefaultBlocks, HaveARowForEachReason) {
  const BlockTable table = default_blocks();
  for (const Reason reason : kReasons) ASSERT_EQ(table.count(reason), 1u) << reason_word(reason);
  const auto blocks = [&](Reason reason, const char* stream) {
    return covers(table.at(reason), stream, "bulk");
  };
  for (const Reason reason :
       {Reason::hard_bounce, Reason::dead_domain, Reason::trap, Reason::manual, Reason::soft_bounce}) {
    EXPECT_TRUE(blocks(reason, "transactional")) << reason_word(reason);
  }
  EXPECT_FALSE(blocks(Reason::complaint, "transactional"));
  EXPECT_TRUE(blocks(Reason::complaint, "bulk"));
  EXPECT_TRUE(blocks(Reason::unsubscribe, "bulk"));
  EXPECT_FALSE(blocks(Reason::unsubscribe, "news"));
  EXPECT_FALSE(blocks(Reason::allow, "bulk"));
  EXPECT_FALSE(blocks(Reason::no_tracking, "bulk"));
}

}  // namespace
}  // namespace signpost::policy
