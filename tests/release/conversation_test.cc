// One connection without its socket: answers come in the order of the requests, and a peer cannot make us keep more than a bound.
#include "release/conversation.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::release {
namespace {

std::string lines(const std::string& line, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += line + "\n";
  return all;
}

TEST(Conversation, AnswersInTheOrderOfTheRequests) {
  Conversation talk;
  talk.receive("held E9825A74470\nrelease E9825A74470\nwhat\n");
  const auto asked = talk.take_requests(10);
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_TRUE(asked[0].request && asked[1].request);
  EXPECT_FALSE(asked[2].request);
  talk.answer(asked[2].slot, "c\n");
  talk.answer(asked[1].slot, "b\n");
  EXPECT_EQ(talk.out(), "");
  EXPECT_TRUE(talk.is_waiting());
  talk.answer(asked[0].slot, "a\n");
  EXPECT_EQ(talk.out(), "a\nb\nc\n");
  EXPECT_FALSE(talk.is_waiting());
  talk.sent(2);
  EXPECT_EQ(talk.out(), "b\nc\n");
}

TEST(Conversation, PiecesAreOneLine) {
  Conversation talk;
  for (const char c : std::string("list")) {
    talk.receive({&c, 1});
    EXPECT_TRUE(talk.take_requests(10).empty());
    EXPECT_FALSE(talk.has_more());
  }
  talk.receive("\nli");
  EXPECT_TRUE(talk.has_more());
  EXPECT_EQ(talk.take_requests(10).size(), 1u);
  EXPECT_FALSE(talk.has_more());
}

TEST(Conversation, ALineThatIsTooLongIsTheLast) {
  Conversation talk;
  talk.receive("list\n" + std::string(kMaxLine, 'x'));
  const auto asked = talk.take_requests(10);
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_FALSE(asked[1].request);
  EXPECT_TRUE(talk.is_broken());
  EXPECT_FALSE(talk.takes_bytes());
  EXPECT_TRUE(talk.take_requests(10).empty());
}

TEST(Conversation, TakesNoMoreThanItsBound) {
  Conversation talk;
  std::size_t taken = 0;
  for (int i = 0; i < 1000 && talk.takes_bytes(); ++i) {
    talk.receive(lines("release E9825A74470", 100));
    taken += talk.take_requests(10000).size();
  }
  EXPECT_EQ(taken, Conversation::kMaxWaiting);
  EXPECT_FALSE(talk.takes_bytes());
  EXPECT_FALSE(talk.has_more());
  talk.answer(1, "a\n");
  EXPECT_TRUE(talk.has_more());
  EXPECT_EQ(talk.take_requests(10000).size(), 1u);
}

TEST(Conversation, AListIsWrittenInPartsWhenItsTurnComes) {
  Conversation talk;
  talk.receive("release E9825A74470\nlist\nrelease E9825A74470\n");
  const auto asked = talk.take_requests(10);
  talk.begin_list(asked[1].slot);
  EXPECT_EQ(talk.open_list(), 0u);
  talk.answer(asked[2].slot, "c\n");
  talk.answer(asked[0].slot, "a\n");
  ASSERT_EQ(talk.open_list(), asked[1].slot);
  talk.continue_list("told 1\n");
  ASSERT_EQ(talk.open_list(), asked[1].slot);
  talk.continue_list("told 2\n");
  talk.answer(asked[1].slot, "ok 2\n");
  EXPECT_EQ(talk.out(), "a\ntold 1\ntold 2\nok 2\nc\n");
  EXPECT_EQ(talk.open_list(), 0u);
}

TEST(Conversation, AListWaitsForAPeerThatDoesNotRead) {
  Conversation talk;
  talk.receive("list\n");
  talk.begin_list(talk.take_requests(1)[0].slot);
  talk.continue_list(std::string(Conversation::kFullOut, 'x'));
  EXPECT_EQ(talk.open_list(), 0u);
  talk.sent(1);
  EXPECT_NE(talk.open_list(), 0u);
}

}  // namespace
}  // namespace signpost::release
