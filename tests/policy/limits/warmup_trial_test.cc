// The warm-up against other rules, before receivers that hide what they take. What receivers and senders do is invented: it
// is described here, next to the code that makes it, so that a reader can judge it. PRINT_TABLES=1 prints the table of
// docs/limits.md.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "policy/limits/warmup.h"

namespace signpost::policy::limits {
namespace {

using std::chrono::days;

const bool kPrints = std::getenv("PRINT_TABLES") != nullptr;
const int kTrials = kPrints ? 20 : 2;
constexpr int kHorizon = 150;       // days
constexpr int kSlices = 24;         // of a day
constexpr int kKept = 5;            // days in the MTA's queue
constexpr Day kFirst{days(20000)};  // a Wednesday

/// SplitMix64: the same on every machine, which the distributions of the standard library are not, and quick.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  bool chance(double share) {
    std::uint64_t bits = state_ += 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return static_cast<double>((bits ^ bits >> 31) >> 11) * 0x1p-53 < share;
  }

 private:
  std::uint64_t state_;
};

/// A receiver takes so many messages a day, times a reputation from 0.2 to 1. Beyond that it puts off; beyond twice that it
/// refuses every other message for good. A day within bounds lets the volume grow by the share of it that was used, and
/// reputation recover a little; one with a quarter too many, or with more than 6 % unknown recipients, costs reputation.
struct Receiver {
  const char* name;
  double volume;      ///< on the first day
  double growth;      ///< of the volume by a day that used all of it
  double greylisted;  ///< share of messages whose first attempt is put off
  double bounces;     ///< share of unknown recipients: what the sender's list is like
  int demand;         ///< what the sender has for it on a working day; a fifth of that at the weekend
  bool reachable;     ///< full volume can be reached
};

constexpr Receiver kReceivers[] = {
    {"generous, clean list", 2000, 1.5, 0, 0.005, 40'000, true},
    {"usual, clean list", 400, 1.3, 0, 0.01, 40'000, true},
    {"strict, clean list", 150, 1.15, 0, 0.01, 40'000, true},
    {"strict, 60 % greylisted", 150, 1.15, 0.6, 0.01, 40'000, true},
    {"usual, list with 2.5 % unknown", 400, 1.3, 0, 0.025, 40'000, true},
    {"usual, list with 9 % unknown", 400, 1.3, 0, 0.09, 40'000, false},
    {"usual, small sender (400 a day)", 150, 1.3, 0, 0.01, 400, true},
};
constexpr double kStray = 0.003;  // put off for reasons of the receiver that read like ours

class Trial {
 public:
  Trial(const Receiver& receiver, std::uint64_t seed)
      : receiver_(receiver), random_(seed), volume_(receiver.volume) {}

  void begin_day() {
    taken_ = over_ = unknown_ = 0;
    for (int age = kKept - 1; age > 0; --age) waiting_[age] = waiting_[age - 1];
    waiting_[0] = 0;
  }
  /// The messages that the MTA has from the days before.
  DayResults retry() {
    DayResults results;
    for (int age = 1; age < kKept; ++age) {
      const int due = std::exchange(waiting_[age], 0);
      for (int i = 0; i < due; ++i) attempt(results, age);
    }
    return results;
  }
  DayResults send(int count) {
    DayResults results;
    results.sent = static_cast<std::uint64_t>(count);
    for (int i = 0; i < count; ++i) {
      if (random_.chance(receiver_.greylisted)) ++results.greylisted;
      attempt(results, 0);
    }
    return results;
  }
  void end_day() {
    const double bound = volume_ * reputation_;
    const bool too_much = over_ > 0.25 * bound;
    const bool bad_list = taken_ >= 50 && unknown_ > 0.06 * taken_;
    if (too_much) reputation_ -= 0.1 * std::min(1.0, over_ / bound);
    if (bad_list) reputation_ -= 0.1;
    if (!too_much && !bad_list) {
      reputation_ += 0.03;
      volume_ *= 1 + (receiver_.growth - 1) * std::min(1.0, taken_ / bound);
    }
    reputation_ = std::clamp(reputation_, 0.2, 1.0);
  }

  /// Attempts put off or refused because too much came.
  double caused() const { return caused_; }

 private:
  void attempt(DayResults& results, int age) {
    const double bound = volume_ * reputation_;
    if (taken_ >= bound) {
      ++over_;
      ++caused_;
      if (over_ > bound && random_.chance(0.5)) {
        ++results.blocked;
      } else {
        ++results.deferred;
        ++waiting_[age];
      }
    } else if (random_.chance(kStray)) {
      ++results.deferred;
      ++waiting_[age];
    } else {
      ++taken_;
      if (random_.chance(receiver_.bounces)) {
        ++unknown_;
        ++results.bounced;
      } else {
        ++results.delivered;
      }
    }
  }

  const Receiver& receiver_;
  Random random_;
  double volume_;
  double reputation_ = 1;
  double caused_ = 0;
  double taken_ = 0, over_ = 0, unknown_ = 0;  // today
  std::array<int, kKept> waiting_{};           // by days waited
};

const std::vector<std::uint64_t> kVolumes = {50, 100, 200, 700, 1500, 3000, 7500, 15'000, 20'000, 30'000};
constexpr std::uint64_t kOpen = ~std::uint64_t{0};

/// What decides how much may be sent today. It hears of results as they come.
class Rule {
 public:
  virtual ~Rule() = default;
  virtual std::uint64_t allowance(Day today) = 0;
  virtual void note(Day today, const DayResults& results) = 0;
};

class OurRule : public Rule {
 public:
  std::uint64_t allowance(Day today) override {
    return warmup_.allowance(ladder_, rule_, today).value_or(kOpen);
  }
  void note(Day today, const DayResults& results) override { warmup_.add(ladder_, rule_, today, results); }

 private:
  WarmupLadder ladder_ = make_ladder(kVolumes).value();
  WarmupRule rule_;
  Warmup warmup_{ladder_, kFirst};
};

/// Goes up on given days, whatever comes back.
class FixedRule : public Rule {
 public:
  std::uint64_t allowance(Day today) override {
    constexpr int kDays[] = {1, 2, 3, 5, 7, 10, 14, 18, 21, 25, 30};
    const auto day = (today - kFirst).count() + 1;
    const auto step =
        static_cast<std::size_t>(std::upper_bound(std::begin(kDays), std::end(kDays), day) - kDays) - 1;
    return step < kVolumes.size() ? kVolumes[step] : kOpen;
  }
  void note(Day, const DayResults&) override {}
};

/// Compares raw shares of each day.
class RawRule : public Rule {
 public:
  std::uint64_t allowance(Day today) override {
    turn(today);
    return step_ < kVolumes.size() ? kVolumes[step_] : kOpen;
  }
  void note(Day today, const DayResults& results) override {
    turn(today);
    results_.sent += results.sent;
    results_.delivered += results.delivered;
    results_.bounced += results.bounced + results.blocked;
    results_.deferred += results.deferred;
  }

 private:
  void turn(Day today) {
    if (today == today_) return;
    const auto all = static_cast<double>(results_.delivered + results_.bounced + results_.deferred);
    if (all > 0) {
      const double bounces = static_cast<double>(results_.bounced) / all;
      const double deferrals = static_cast<double>(results_.deferred) / all;
      if (bounces > 0.03 || deferrals > 0.10) {
        step_ -= step_ > 0 ? 1 : 0;
      } else if (bounces < 0.01 && deferrals < 0.05 && step_ < kVolumes.size() &&
                 static_cast<double>(results_.sent) >= 0.8 * static_cast<double>(kVolumes[step_])) {
        ++step_;
      }
    }
    today_ = today;
    results_ = {};
  }
  std::size_t step_ = 0;
  Day today_ = kFirst;
  DayResults results_;
};

struct Outcome {
  double full = 0;       ///< days until all goes out and is taken, for five days; the horizon if never
  int reached = 0;       ///< in so many trials
  double refused = 0;    ///< attempts put off or refused because too much came
  double delivered = 0;  ///< messages within the horizon
};

void run(const Receiver& receiver, Rule& rule, std::uint64_t seed, Outcome& outcome) {
  Trial trial(receiver, seed);
  int good_days = 0;
  int full = kHorizon;
  for (int i = 0; i < kHorizon; ++i) {
    const Day today = kFirst + days(i);
    const auto weekday = std::chrono::weekday(today);
    const bool weekend = weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
    const int demand = weekend ? receiver.demand / 5 : receiver.demand;
    trial.begin_day();
    DayResults sum;
    const auto take = [&](const DayResults& results) {
      rule.note(today, results);
      sum.sent += results.sent;
      sum.delivered += results.delivered;
      sum.bounced += results.bounced;
      sum.deferred += results.deferred;
      sum.blocked += results.blocked;
    };
    take(trial.retry());
    for (int slice = 0; slice < kSlices; ++slice) {
      const std::uint64_t allowed = rule.allowance(today);
      const std::uint64_t left = allowed - std::min(allowed, sum.sent);
      const auto due = static_cast<std::uint64_t>(demand * (slice + 1) / kSlices - demand * slice / kSlices);
      take(trial.send(static_cast<int>(std::min(left, due))));
    }
    trial.end_day();
    const auto refused = static_cast<double>(sum.deferred + sum.blocked);
    outcome.delivered += static_cast<double>(sum.delivered) / kTrials;
    if (weekend) continue;
    const bool good =
        sum.sent == static_cast<std::uint64_t>(demand) && refused < 0.05 * static_cast<double>(demand);
    good_days = good ? good_days + 1 : 0;
    if (good_days == 5) full = std::min(full, i + 1);
  }
  outcome.refused += trial.caused() / kTrials;
  outcome.full += static_cast<double>(full) / kTrials;
  outcome.reached += full < kHorizon ? 1 : 0;
}

struct Named {
  const char* name;
  std::function<std::unique_ptr<Rule>()> make;
};
const std::array<Named, 3> kRules = {{{"this ladder", [] { return std::make_unique<OurRule>(); }},
                                      {"fixed days", [] { return std::make_unique<FixedRule>(); }},
                                      {"raw ratios", [] { return std::make_unique<RawRule>(); }}}};

Outcome run_all(const Receiver& receiver, const Named& named) {
  Outcome outcome;
  for (int i = 0; i < kTrials; ++i) {
    const auto rule = named.make();
    run(receiver, *rule, 1000 + static_cast<std::uint64_t>(i), outcome);
  }
  return outcome;
}

TEST(WarmupTrial, CausesNoMoreRefusalsThanFixedDaysAndReachesFullVolume) {
  if (kPrints)
    std::printf(
        "| receiver | rule | days to full volume | reached | refusals | delivered "
        "|\n|---|---|---|---|---|---|\n");
  for (const Receiver& receiver : kReceivers) {
    std::array<Outcome, kRules.size()> outcomes;
    for (std::size_t i = 0; i < kRules.size(); ++i) {
      outcomes[i] = run_all(receiver, kRules[i]);
      const Outcome& of = outcomes[i];
      if (kPrints)
        std::printf("| %s | %s | %.0f | %d of %d | %.0f | %.0f |\n", i == 0 ? receiver.name : "",
                    kRules[i].name, of.full, of.reached, kTrials, of.refused, of.delivered);
    }
    // Where a receiver takes anything, whoever is faster touches its bound now and then.
    EXPECT_LE(outcomes[0].refused, outcomes[1].refused + 0.001 * outcomes[0].delivered) << receiver.name;
    if (receiver.reachable) {
      EXPECT_EQ(outcomes[0].reached, kTrials) << receiver.name;
    }
  }
}

}  // namespace
}  // namespace signpost::policy::limits
