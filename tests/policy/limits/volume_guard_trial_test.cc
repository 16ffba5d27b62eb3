// The volume guard over weeks of invented senders: how soon it notices a hijacked account, and how often it is wrong. What
// senders and attackers do is described here, next to the code that makes it, so that a reader can judge it.
// PRINT_TABLES=1 prints the tables of docs/limits.md.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "policy/limits/volume_guard.h"

namespace signpost::policy::limits {
namespace {

using base::Wall;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

const bool kPrints = std::getenv("PRINT_TABLES") != nullptr;
const int kTrials = kPrints ? 20 : 1;
constexpr Wall kMonday{days(20458)};  // 2026-01-05
constexpr minutes kTick{5};
constexpr int kTicks = 12;  // of an hour

/// SplitMix64: the same on every machine, which the distributions of the standard library are not, and quick.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() {
    std::uint64_t bits = state_ += 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
  }
  double part() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double between(double low, double high) { return low + part() * (high - low); }
  /// Poisson; of large means its normal shape is enough.
  int count(double mean) {
    if (mean > 50) {
      double sum = -6;
      for (int i = 0; i < 12; ++i) sum += part();
      return static_cast<int>(std::max(0.0, std::round(mean + sum * std::sqrt(mean))));
    }
    int events = 0;
    for (double left = part(), least = std::exp(-mean); left > least; left *= part()) ++events;
    return events;
  }

 private:
  std::uint64_t state_;
};

/// Which hour it is.
struct Time {
  int week, day, hour;  ///< of the trial, of the week (Monday is 0), of the day
};
bool is_work(const Time& at) {
  return at.day < 5 && at.hour >= 8 && at.hour < 18;
}

/// Messages in an hour, and the recipients they are for. `luck` is drawn once a week and once a day.
struct Sender {
  const char* name;
  std::uint64_t recipients;
  std::function<double(const Time&, const std::array<double, 2>& luck)> rate;
};

/// A newsletter on Tuesdays at ten, give or take an hour, 35,000 to 65,000 recipients over two hours; every ninth is a day late.
double newsletter(const Time& at, double luck) {
  const int day = at.week % 9 == 8 ? 2 : 1;
  const int begins = 9 + static_cast<int>(luck * 3);
  const bool runs = at.day == day && (at.hour == begins || at.hour == begins + 1);
  return (runs ? (35'000 + luck * 30'000) / 2 : 0) + (is_work(at) ? 20 : 1);
}

/// A shop, whose year has its peak at Christmas: from week 46 on it grows to three times in five weeks, and falls in one.
double shop(const Time& at, double luck) {
  const double season = at.week < 46 ? 1 : at.week < 51 ? 1 + 0.4 * (at.week - 45) : 0.8;
  return season * (0.7 + 0.6 * luck) * (at.hour >= 7 && at.hour < 23 ? 300 : 40);
}

const std::array<Sender, 5> kSenders = {{
    {"office, 60 an hour", 400,
     [](const Time& at, const auto& luck) { return (0.6 + 0.8 * luck[1]) * (is_work(at) ? 60 : 2); }},
    {"machine, 200 an hour", 3000, [](const Time&, const auto& luck) { return 170 + 60 * luck[1]; }},
    {"weekly newsletter", 50'000, [](const Time& at, const auto& luck) { return newsletter(at, luck[0]); }},
    {"shop, Christmas x 3", 50'000, [](const Time& at, const auto& luck) { return shop(at, luck[1]); }},
    {"small, 3 an hour", 50, [](const Time& at, const auto&) { return is_work(at) ? 3.0 : 0.1; }},
}};

/// What an attacker adds from the beginning of a trial's last weeks on; each message goes to a stranger.
struct Attack {
  const char* name;
  std::size_t sender;
  int day, hour;  ///< of the onset
  std::function<double(double hours)> rate;
};
const std::array<Attack, 8> kAttacks = {{
    {"office, Saturday 3:00, 3,000 an hour", 0, 5, 3, [](double) { return 3000; }},
    {"office, Monday 11:00, 3,000 an hour", 0, 0, 11, [](double) { return 3000; }},
    {"office, Saturday 3:00, 60 an hour", 0, 5, 3, [](double) { return 60; }},
    {"office, from 10 an hour, + 30 % a day", 0, 0, 3,
     [](double passed) { return 10 * std::pow(1.3, passed / 24); }},
    {"office, from 10 an hour, + 5 % a day", 0, 0, 3,
     [](double passed) { return 10 * std::pow(1.05, passed / 24); }},
    {"machine, Sunday 2:00, 1,000 an hour", 1, 6, 2, [](double) { return 1000; }},
    {"newsletter, Friday 3:00, 3,000 an hour", 2, 4, 3, [](double) { return 3000; }},
    {"newsletter, Thursday 10:00, 30,000 an hour", 2, 3, 10, [](double) { return 30'000; }},
}};

class Trial {
 public:
  Trial(const Sender& sender, std::uint64_t seed) : sender_(sender), random_(seed) {}

  /// Sends through a week; `attack` gives its rate at a moment, if there is one.
  void run_week(int week, const std::function<double(Wall)>& attack = nullptr) {
    luck_[0] = random_.part();
    for (int hour = 0; hour < 168; ++hour) {
      if (hour % 24 == 0) luck_[1] = random_.part();
      const double rate = sender_.rate({week, hour / 24, hour % 24}, luck_);
      for (int tick = 0; tick < kTicks; ++tick) {
        const Wall now = kMonday + days(7 * week) + hours(hour) + tick * kTick;
        for (int i = random_.count(rate / kTicks); i > 0; --i)
          send(now, random_.bits() % sender_.recipients, false);
        if (!attack) continue;
        for (int i = random_.count(attack(now) / kTicks); i > 0; --i) send(now, random_.bits(), true);
      }
    }
  }

  std::size_t alarms() const { return alarms_.size(); }  ///< hours and days with one
  std::optional<Wall> first() const { return first_; }
  std::uint64_t sent_by_attacker() const { return attacked_; }
  GuardAlarm what() const { return what_; }
  void forget() { first_.reset(); }

 private:
  void send(Wall now, std::uint64_t recipient, bool is_attack) {
    Random hash(recipient);
    const auto alarm = guard_.add(rule_, now, hash.bits());
    if (!first_ && is_attack) ++attacked_;
    if (!alarm) return;
    if (!first_) {
      first_ = now;
      what_ = *alarm;
    }
    const auto hour = std::chrono::floor<hours>(now).time_since_epoch().count();
    alarms_.insert(alarm->span == GuardSpan::hour ? hour : hour / 24 * 24 + 1'000'000);
  }

  const Sender& sender_;
  Random random_;
  std::array<double, 2> luck_{};
  GuardRule rule_;
  VolumeGuard guard_{kMonday};
  std::set<std::int64_t> alarms_;
  std::optional<Wall> first_;
  GuardAlarm what_;
  std::uint64_t attacked_ = 0;
};

TEST(VolumeGuardTrial, SteadySendersAndNewslettersRaiseNoFalseAlarmInAYear) {
  if (kPrints) std::printf("| sender, for a year | false alarms |\n|---|---|\n");
  for (const Sender& sender : kSenders) {
    std::size_t alarms = 0;
    for (int i = 0; i < kTrials; ++i) {
      Trial trial(sender, 1000 + static_cast<std::uint64_t>(i));
      for (int week = 0; week < 52; ++week) trial.run_week(week);
      alarms += trial.alarms();
    }
    if (kPrints) std::printf("| %s | %zu in %d years |\n", sender.name, alarms, kTrials);
    EXPECT_EQ(alarms, 0U) << sender.name;
  }
}

TEST(VolumeGuardTrial, NoticesHijackedAccounts) {
  constexpr int kLearned = 10;  // weeks before it
  constexpr int kWeeks = 12;    // at most
  if (kPrints)
    std::printf(
        "| attack | noticed | after (median, worst) | messages by then (median) | by "
        "|\n|---|---|---|---|---|\n");
  for (const Attack& attack : kAttacks) {
    std::vector<double> delays;
    std::vector<std::uint64_t> sent;
    GuardAlarm what;
    const Wall onset = kMonday + days(7 * kLearned + attack.day) + hours(attack.hour);
    for (int i = 0; i < kTrials; ++i) {
      Trial trial(kSenders[attack.sender], 2000 + static_cast<std::uint64_t>(i));
      for (int week = 0; week < kLearned; ++week) trial.run_week(week);
      trial.forget();
      for (int week = kLearned; week < kLearned + kWeeks && !trial.first(); ++week) {
        trial.run_week(week, [&](Wall now) {
          return now < onset
                     ? 0
                     : attack.rate(std::chrono::duration<double, std::ratio<3600>>(now - onset).count());
        });
      }
      if (!trial.first()) continue;
      delays.push_back(
          std::chrono::duration<double, std::ratio<3600>>(*trial.first() + kTick - onset).count());
      sent.push_back(trial.sent_by_attacker());
      what = trial.what();
    }
    std::sort(delays.begin(), delays.end());
    std::sort(sent.begin(), sent.end());
    const std::size_t middle = delays.size() / 2;
    if (kPrints && !delays.empty())
      std::printf("| %s | %zu of %d | %.1f h, %.1f h | %lu | %s %s |\n", attack.name, delays.size(), kTrials,
                  delays[middle], delays.back(), static_cast<unsigned long>(sent[middle]),
                  guard_span_word(what.span), guard_measure_word(what.measure));
    if (kPrints && delays.empty()) std::printf("| %s | 0 of %d | - | - | - |\n", attack.name, kTrials);
    if (attack.rate(0) < 1000) continue;
    EXPECT_EQ(delays.size(), static_cast<std::size_t>(kTrials)) << attack.name;
    if (attack.rate(0) != 3000) continue;
    EXPECT_LE(delays.back(), 1) << attack.name;
  }
}

}  // namespace
}  // namespace signpost::policy::limits
