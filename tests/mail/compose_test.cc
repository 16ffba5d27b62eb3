// Two passes of splices as one do the same and undo to the same.
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "mail/edit.h"

namespace signpost::mail {
namespace {

std::vector<Splice> random_splices(std::mt19937& random, std::string_view text) {
  std::vector<Splice> splices;
  for (std::size_t at = random() % 4; at <= text.size();) {
    const std::size_t size = std::min<std::size_t>(random() % 4, text.size() - at);
    splices.push_back({at, std::string(text.substr(at, size)),
                       std::string(random() % 4, static_cast<char>('A' + random() % 26))});
    at += size + 1 + random() % 6;
  }
  return splices;
}

TEST(ComposeSplices, IsOnePassAfterTheOther) {
  std::mt19937 random(20261124);
  for (int round = 0; round < 5000; ++round) {
    std::string text(random() % 30, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 26);
    const auto first = random_splices(random, text);
    const std::string middle = *apply_splices(text, first);
    const auto second = random_splices(random, middle);
    const std::string end = *apply_splices(middle, second);
    const auto composed = compose_splices(first, middle, second);
    const auto at_once = apply_splices(text, composed);
    ASSERT_TRUE(at_once.has_value()) << at_once.error().text;
    EXPECT_EQ(*at_once, end);
    const auto undone = undo_splices(end, composed);
    ASSERT_TRUE(undone.has_value()) << undone.error().text;
    EXPECT_EQ(*undone, text);
  }
}

TEST(ComposeSplices, KeepsWhatDoesNotTouchApart) {
  const std::vector<Splice> first = {{0, "a", "AA"}, {5, "f", ""}};
  const std::vector<Splice> second = {{3, "c", "C"}};  // "AAbcdeg" begins
  EXPECT_EQ(compose_splices(first, "AAbcdeg", second),
            (std::vector<Splice>{{0, "a", "AA"}, {2, "c", "C"}, {5, "f", ""}}));
  EXPECT_EQ(compose_splices(first, "AAbcdeg", {}), first);
  EXPECT_EQ(compose_splices({}, "AAbcdeg", second), second);
}

}  // namespace
}  // namespace signpost::mail
