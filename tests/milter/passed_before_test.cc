// What passed is known once, for those recipients only, and the memory of it is bounded.
#include "milter/passed_before.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::milter {
namespace {

PassedBefore::Whose whose(const std::string& tenant) {
  mail::Identity identity;
  identity.tenant = tenant;
  return std::make_shared<const mail::Identity>(identity);
}

TEST(PassedBefore, TellsWhoseItWasOnce) {
  PassedBefore passed;
  EXPECT_FALSE(passed.take({"a"}));
  EXPECT_FALSE(passed.take({}));
  passed.add({"a", "b"}, whose("shop"));
  EXPECT_FALSE(passed.take({"a", "c"})) << "all or none";
  const auto found = passed.take({"a"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->tenant, "shop");
  EXPECT_FALSE(passed.take({"a"}));
  EXPECT_TRUE(passed.take({"b"}));
}

TEST(PassedBefore, DoesNotMixSenders) {
  PassedBefore passed;
  passed.add({"a"}, whose("shop"));
  passed.add({"b"}, whose("acme"));
  EXPECT_FALSE(passed.take({"a", "b"}));
  EXPECT_EQ(passed.take({"b"})->tenant, "acme");
}

TEST(PassedBefore, ForgetsTheOldest) {
  PassedBefore passed;
  passed.add({"a"}, whose("shop"));
  for (std::size_t i = 0; i < PassedBefore::kMax; ++i) passed.add({std::to_string(i)}, whose("shop"));
  EXPECT_FALSE(passed.take({"a"}));
}

}  // namespace
}  // namespace signpost::milter
