// Every target comes back as it was, and what newsletters often have takes little room.
#include "track/short_target.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace signpost::track {
namespace {

TEST(ShortTarget, ComesBackAsItWas) {
  const std::string_view pieces[] = {"www.", "utm_", "source=", "https%3A", "%2F", "a",
                                     "Z",    "~",    "!",       "&",        "?",   ".com/"};
  std::mt19937 random(4);
  for (int run = 0; run < 20000; ++run) {
    std::string target;
    for (std::size_t i = random() % 12; i > 0; --i) {
      if (random() % 2 == 0) target += pieces[random() % std::size(pieces)];
      target += static_cast<char>(0x21 + random() % (0x7F - 0x21));
    }
    const std::string shortened = shorten_target(target);
    ASSERT_EQ(expand_target(shortened), target);
    ASSERT_LE(shortened.size(), target.size());
    ASSERT_LE(target.size(), shortened.size() * kLongestPart);
  }
}

TEST(ShortTarget, AnyByteStandsForSomethingThatShortensToIt) {
  for (int value = 0; value < 256; ++value) {
    const std::string byte(1, static_cast<char>(value));
    const std::string part = expand_target(byte);
    ASSERT_FALSE(part.empty());
    EXPECT_EQ(shorten_target(part), byte) << part;
  }
}

TEST(ShortTarget, FindsTheShortestForm) {
  EXPECT_EQ(
      shorten_target("www.shop.example/?utm_source=newsletter&utm_medium=email&utm_campaign=sale").size(),
      12u);
  EXPECT_EQ(shorten_target("").size(), 0u);
  EXPECT_EQ(shorten_target("QQQ"), "QQQ");
  EXPECT_EQ(shorten_target("unsubscribe").size(), 1u) << "not un, subscribe";
}

TEST(ShortTarget, TakesALongOne) {
  const std::string target(4096, 'e');
  EXPECT_EQ(expand_target(shorten_target(target)), target);
}

}  // namespace
}  // namespace signpost::track
