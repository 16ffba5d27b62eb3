// What `status` tells of whose mail it is: nothing as long as nothing happened, and each thing with its cure.
#include "daemon/origin_report.h"

#include <gtest/gtest.h>

namespace signpost::daemon {
namespace {

std::string hints(const milter::Counters& counters) {
  std::string all;
  for (const std::string& hint : origin_hints(counters)) all += hint + "\n";
  return all;
}

TEST(OriginReport, IsEmptyWhereNothingHappened) {
  const milter::Counters counters;
  EXPECT_TRUE(origin_problems(counters).empty());
  EXPECT_TRUE(origin_hints(counters).empty());
}

TEST(OriginReport, NamesLoginsThatNobodyNames) {
  milter::Counters counters;
  counters.unknown_logins = 3;
  EXPECT_EQ(hints(counters),
            "origin: messages of logins that no tenant names were judged as mail of the tenant default (3 "
            "since the "
            "start); name the logins, or the domain of all of them, in tenant.logins\n");
}

TEST(OriginReport, NamesAPortThatStripsReceived) {
  milter::Counters counters;
  counters.stripped_traces = 1;
  EXPECT_NE(hints(counters).find("keep Signpost attached to every port that strangers reach"),
            std::string::npos);
}

TEST(OriginReport, NamesAPortWhereNoMessageEverArrives) {
  milter::Counters counters;
  for (int i = 0; i < 19; ++i) counters.headless_aborts.add("signpost-submit");
  EXPECT_EQ(hints(counters), "");
  counters.headless_aborts.add("signpost-submit");
  EXPECT_NE(hints(counters).find("the last 20 messages at the port signpost-submit"), std::string::npos);
  counters.headless_aborts.forget("signpost-submit");
  EXPECT_EQ(hints(counters), "");
}

}  // namespace
}  // namespace signpost::daemon
