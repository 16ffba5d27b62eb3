// What passed is known once, for those recipients only and for a time, and the memory of it is bounded.
#include "milter/passed_before.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::milter {
namespace {

using namespace std::chrono_literals;

constexpr base::Steady kNow{1h};

PassedBefore::Whose whose(const std::string& tenant) {
  mail::Identity identity;
  identity.tenant = tenant;
  return std::make_shared<const mail::Identity>(identity);
}

class PassedBeforeMemory : public testing::Test {
 protected:
  PassedBefore::Found take(const std::vector<std::string>& marks, base::Steady now = kNow) {
    return passed_.take(marks, now, 1h);
  }
  PassedBefore passed_;
};

TEST_F(PassedBeforeMemory, TellsWhoseItWasOnce) {
  EXPECT_FALSE(take({"a"}).whose);
  EXPECT_FALSE(take({}).whose);
  passed_.add({"a", "b"}, whose("shop"), kNow);
  const auto found = take({"a", "c"});
  ASSERT_TRUE(found.whose);
  EXPECT_EQ(found.whose->tenant, "shop");
  EXPECT_EQ(found.used, std::vector<std::string>{"a"}) << "the other was added on the way";
  EXPECT_FALSE(take({"a"}).whose);
  EXPECT_TRUE(take({"b"}).whose);
}

TEST_F(PassedBeforeMemory, DoesNotMixSenders) {
  passed_.add({"a"}, whose("shop"), kNow);
  passed_.add({"b"}, whose("acme"), kNow);
  EXPECT_FALSE(take({"a", "b"}).whose);
  EXPECT_EQ(take({"b"}).whose->tenant, "acme");
}

TEST_F(PassedBeforeMemory, ForgetsWithTime) {
  passed_.add({"a"}, whose("shop"), kNow);
  EXPECT_FALSE(take({"a"}, kNow + 61min).whose);
  EXPECT_TRUE(take({"a"}, kNow + 1h).whose);
}

TEST_F(PassedBeforeMemory, ForgetsTheOldest) {
  passed_.add({"a", "b"}, whose("shop"), kNow);
  EXPECT_TRUE(take({"b"}).whose);
  for (std::size_t i = 0; i + 2 < PassedBefore::kMax; ++i)
    passed_.add({std::to_string(i)}, whose("shop"), kNow);
  passed_.add({"b"}, whose("shop"), kNow);
  EXPECT_FALSE(take({"a"}).whose);
  passed_.add({"last"}, whose("shop"), kNow);
  EXPECT_TRUE(take({"b"}).whose) << "added again, it is not the oldest any more";
}

TEST_F(PassedBeforeMemory, KnowsStrangersWithoutUsingThemUp) {
  passed_.add({"s"}, nullptr, kNow);
  EXPECT_TRUE(passed_.knows("s", kNow, 1h));
  EXPECT_TRUE(passed_.knows("s", kNow, 1h));
  EXPECT_FALSE(passed_.knows("s", kNow + 2h, 1h));
  EXPECT_FALSE(take({"s"}).whose) << "it is nobody's";
}

}  // namespace
}  // namespace signpost::milter
