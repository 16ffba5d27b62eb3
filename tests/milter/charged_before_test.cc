// What was charged pays once, for those recipients only, and the memory of it is bounded.
#include "milter/charged_before.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::milter {
namespace {

TEST(ChargedBefore, GivesWhatWasChargedOnce) {
  ChargedBefore charged;
  EXPECT_FALSE(charged.take({"a"}));
  EXPECT_FALSE(charged.take({}));
  charged.add({"a", "b"});
  EXPECT_FALSE(charged.take({"a", "c"})) << "all or none";
  EXPECT_TRUE(charged.take({"a"}));
  EXPECT_FALSE(charged.take({"a"}));
  EXPECT_TRUE(charged.take({"b"}));
  charged.add({"a"});
  for (std::size_t i = 0; i < ChargedBefore::kMax; ++i) charged.add({std::to_string(i)});
  EXPECT_FALSE(charged.take({"a"})) << "the oldest is forgotten";
}

}  // namespace
}  // namespace signpost::milter
