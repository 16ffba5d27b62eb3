// The list of periodic tasks, by a clock moved by hand; the thread once, to see that it serves requests.
#include "daemon/upkeep/housekeeping.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

#include "tests/support/twins.h"

namespace signpost::daemon::upkeep {
namespace {

using namespace std::chrono_literals;

class HousekeepingTest : public testing::Test {
 protected:
  Housekeeping::Slice noting(const char* name, bool more = false) {
    return [this, name, more] {
      ran_ += name;
      return more;
    };
  }
  std::string due() {
    ran_.clear();
    house_.run_due(clock_.steady());
    return ran_;
  }
  tests::HandClock clock_;
  Housekeeping house_{clock_};
  std::string ran_;
};

TEST_F(HousekeepingTest, TasksRunWhenTheirPeriodHasPassed) {
  house_.add("a", 1s, noting("a"));
  house_.add("b", 60s, noting("b"));
  EXPECT_EQ(due(), "");
  clock_.tick(1s);
  EXPECT_EQ(due(), "a");
  EXPECT_EQ(due(), "");
  clock_.tick(59s);
  EXPECT_EQ(due(), "ab");
}

TEST_F(HousekeepingTest, WhoHasMoreToDoIsCalledAgainSoon) {
  house_.add("a", 1h, noting("a", true));
  clock_.tick(1h);
  EXPECT_EQ(due(), "a");
  EXPECT_EQ(due(), "");
  clock_.tick(100ms);
  EXPECT_EQ(due(), "a");
}

TEST_F(HousekeepingTest, ARequestMakesATaskDueOnce) {
  house_.add("reload", Housekeeping::kOnRequest, noting("r"));
  clock_.tick(100h);
  EXPECT_EQ(due(), "");
  house_.request("reload");
  house_.request("no such task");
  EXPECT_EQ(due(), "r");
  EXPECT_EQ(due(), "");
}

TEST_F(HousekeepingTest, ItRestsUntilTheNextTaskIsDue) {
  house_.add("a", 300ms, noting("a"));
  EXPECT_EQ(house_.run_due(clock_.steady()), 300ms);
  clock_.tick(100ms);
  EXPECT_EQ(house_.run_due(clock_.steady()), 200ms);
}

TEST_F(HousekeepingTest, TheThreadServesARequestAtOnceAndStops) {
  std::promise<void> served;
  house_.add("once", Housekeeping::kOnRequest, [&] {
    served.set_value();
    return false;
  });
  house_.start();
  house_.request("once");
  served.get_future().wait();
  house_.stop();
  house_.stop();
}

}  // namespace
}  // namespace signpost::daemon::upkeep
