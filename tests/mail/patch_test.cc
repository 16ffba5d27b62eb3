// A body with replacements in it reads the same in pieces, in one piece and after two passes, and undoes to what it was.
#include "mail/patch.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

std::vector<Replacement> random_replacements(std::mt19937& random, std::string_view text) {
  std::vector<Replacement> replacements;
  for (std::size_t at = random() % 4; at <= text.size();) {
    const std::size_t size = std::min<std::size_t>(random() % 4, text.size() - at);
    replacements.push_back(
        {at, at + size, std::string(random() % 4, static_cast<char>('A' + random() % 26))});
    at += size + 1 + random() % 6;
  }
  return replacements;
}

std::string joined(const Patch& patch) {
  std::string text;
  patch.for_each_piece([&](std::string_view piece) { text += piece; });
  return text;
}

TEST(Patch, SeveralPassesAreOne) {
  std::mt19937 random(20261124);
  for (int round = 0; round < 5000; ++round) {
    std::string text(random() % 30, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 26);
    Patch patch(text);
    std::string expected = text;
    for (int pass = 0; pass < 3; ++pass) {
      const auto replacements = random_replacements(random, expected);
      expected = *apply_splices(expected, splices_of(expected, replacements));
      ASSERT_TRUE(patch.replace(replacements));
      if (random() % 2 == 0) {
        ASSERT_EQ(patch.text(), expected);
      }
      ASSERT_EQ(joined(patch), expected);
      ASSERT_EQ(patch.copy(), expected);
      ASSERT_EQ(patch.size(), expected.size());
      const auto at_once = apply_splices(text, patch.splices());
      ASSERT_TRUE(at_once.has_value()) << at_once.error().text;
      ASSERT_EQ(*at_once, expected);
      ASSERT_EQ(undo_splices(expected, patch.splices()).value_or("undo failed"), text);
    }
  }
}

TEST(Patch, WhatDoesNotTouchStaysApart) {
  Patch patch("abcdefg");
  ASSERT_TRUE(patch.replace({{0, 1, "AA"}, {5, 6, ""}}));
  ASSERT_TRUE(patch.replace({{3, 4, "C"}}));
  EXPECT_EQ(patch.splices(), (std::vector<Splice>{{0, "a", "AA"}, {2, "c", "C"}, {5, "f", ""}}));
  EXPECT_EQ(patch.text(), "AAbCdeg");
}

TEST(Patch, TakesNothingThatIsOutOfOrder) {
  Patch patch("abc");
  EXPECT_FALSE(patch.replace({{1, 2, "x"}, {1, 2, "y"}}));
  EXPECT_FALSE(patch.replace({{2, 1, "x"}}));
  EXPECT_FALSE(patch.replace({{2, 4, "x"}}));
  EXPECT_FALSE(patch.changed());
  EXPECT_TRUE(patch.replace({}));
  EXPECT_FALSE(patch.changed());
  EXPECT_EQ(patch.text(), "abc");
}

}  // namespace
}  // namespace signpost::mail
