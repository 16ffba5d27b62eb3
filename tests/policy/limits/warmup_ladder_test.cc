// The steps of a warm-up: what is read, and what is refused with which words.
#include "policy/limits/warmup_ladder.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::policy::limits {
namespace {

template <class Result>
std::string error_of(const Result& result) {
  return result ? "none" : result.error().text;
}

TEST(WarmupLadder, ReadsSteps) {
  EXPECT_EQ(parse_warmup_step("50"), 50U);
  EXPECT_EQ(parse_warmup_step("20k"), 20'000U);
  EXPECT_EQ(parse_warmup_step("1M"), 1'000'000U);
  EXPECT_EQ(parse_warmup_step("1000M"), kMaxWarmupVolume);
  EXPECT_EQ(parse_warmup_step("20"), kMinWarmupVolume);
}

TEST(WarmupLadder, SaysWhatIsWrongWithAStep) {
  for (const char* text :
       {"", "k", "50/d", "-5", "5.5", "1G", " 50", "99999999999999999999", "18446744073709551k"})
    EXPECT_NE(error_of(parse_warmup_step(text)).find("expected messages a day, as in 50, 700 or 20k"),
              std::string::npos)
        << text;
  for (const char* text : {"0", "19", "1000000001", "1001M"})
    EXPECT_EQ(error_of(parse_warmup_step(text)), "\"" + std::string(text) +
                                                     "\": a step must allow 20 to 1000000000 messages a day; "
                                                     "expected messages a day, as in 50, 700 or 20k");
}

TEST(WarmupLadder, MustGoUp) {
  EXPECT_EQ(make_ladder({50, 100, 700})->steps, (std::vector<std::uint64_t>{50, 100, 700}));
  EXPECT_EQ(make_ladder({50})->steps.size(), 1U);
  EXPECT_EQ(error_of(make_ladder({50, 200, 100})),
            "step 3 (100) must be above step 2 (200): a warm-up goes up");
  EXPECT_EQ(error_of(make_ladder({50, 50})), "step 2 (50) must be above step 1 (50): a warm-up goes up");
  EXPECT_EQ(
      error_of(make_ladder({})),
      "the ladder has no steps: expected messages a day, as in 50, 700 or 20k: [\"50\", \"100\", \"500\"]");
  EXPECT_EQ(error_of(make_ladder({5, 50})), "step 1 (5): a step must allow 20 to 1000000000 messages a day");
  std::vector<std::uint64_t> many;
  for (std::uint64_t i = 0; i <= kMaxWarmupSteps; ++i) many.push_back(100 + i);
  EXPECT_EQ(error_of(make_ladder(many)), "the ladder has 101 steps, and must not have more than 100");
}

TEST(WarmupLadder, ReadsFactors) {
  EXPECT_EQ(parse_warmup_factor("1.5"), 150U);
  EXPECT_EQ(parse_warmup_factor("2"), 200U);
  EXPECT_EQ(parse_warmup_factor("1.25"), 125U);
  EXPECT_EQ(parse_warmup_factor("1.05"), 105U);
  EXPECT_EQ(parse_warmup_factor("10"), 1000U);
  for (const char* text :
       {"", ".", "1.", ".5", "1", "1.04", "10.01", "1.555", "-2", "1,5", "1e1", "99999999999999999999"})
    EXPECT_NE(error_of(parse_warmup_factor(text)).find("expected a factor from 1.05 to 10"),
              std::string::npos)
        << text;
}

TEST(WarmupLadder, GrowsFromFloorToCeiling) {
  EXPECT_EQ(grow_ladder({50, 150, 300})->steps, (std::vector<std::uint64_t>{50, 75, 112, 168, 252, 300}));
  EXPECT_EQ(grow_ladder({20, 105, 23})->steps, (std::vector<std::uint64_t>{20, 21, 22, 23}))
      << "always grows";
  EXPECT_EQ(grow_ladder({20, 1000, kMaxWarmupVolume})->steps.back(), kMaxWarmupVolume);
  EXPECT_EQ(error_of(grow_ladder({50, 150, 50})), "to (50) must be above from (50) and at most 1000000000");
  EXPECT_EQ(error_of(grow_ladder({0, 150, 50})),
            "from (0): a step must allow 20 to 1000000000 messages a day");
  EXPECT_EQ(error_of(grow_ladder({50, 100, 500})), "the factor must be from 1.05 to 10");
  EXPECT_EQ(error_of(grow_ladder({20, 105, 1'000'000'000})),
            "from 20 to 1000000000 takes more than 100 steps: expected a larger factor, or from and to "
            "nearer to each "
            "other");
}

}  // namespace
}  // namespace signpost::policy::limits
