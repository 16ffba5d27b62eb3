// The guard of one key: each sentence of its contract. What it does over a year is in volume_guard_trial_test.cc.
#include "policy/limits/volume_guard.h"

#include <string>

#include <gtest/gtest.h>

#include "base/siphash.h"

namespace signpost::policy::limits {
namespace {

using base::Wall;
using std::chrono::days;
using std::chrono::hours;

constexpr Wall kStart{days(20458)};
const GuardRule kRule;

std::uint64_t hash_of(std::uint64_t number) {
  base::SipHash hash({3, 4});
  hash.add(std::to_string(number));
  return hash.finish();
}

/// A key with `volume` messages in each hour, to the same ten recipients.
struct Key {
  VolumeGuard guard{kStart};
  Wall now = kStart;
  std::size_t alarms = 0;

  std::optional<GuardAlarm> send(std::uint64_t volume, std::uint64_t recipients = 10) {
    std::optional<GuardAlarm> last;
    for (std::uint64_t i = 0; i < recipients; ++i)
      last = guard.add(kRule, now, hash_of(i), volume / recipients + (i < volume % recipients ? 1 : 0));
    alarms += last ? 1 : 0;
    return last;
  }
  void live(int hours_long, std::uint64_t volume, std::uint64_t recipients = 10) {
    for (int i = 0; i < hours_long; ++i, now += hours(1)) send(volume, recipients);
  }
  std::optional<GuardAlarm> alarm() const { return guard.alarm(kRule, now); }
};

constexpr int kWeek = 168;

Key steady(std::uint64_t volume = 100) {
  Key key;
  key.live(4 * kWeek, volume);
  EXPECT_EQ(key.alarms, 0U);
  return key;
}

std::string bytes_of(const VolumeGuard& guard) {
  base::ByteWriter out;
  guard.write(out);
  return out.take();
}

TEST(VolumeGuard, SaysWhatWasExpectedAndWhatWasSeen) {
  Key key = steady();
  EXPECT_FALSE(key.send(398));
  const auto alarm = key.send(12);
  ASSERT_TRUE(alarm);
  EXPECT_STREQ(guard_measure_word(alarm->measure), "volume");
  EXPECT_STREQ(guard_span_word(alarm->span), "hour");
  EXPECT_NEAR(alarm->expected, 100, 1);
  EXPECT_EQ(alarm->seen, 410U);
  EXPECT_NEAR(alarm->factor, 4.1, 0.1);
}

TEST(VolumeGuard, RaisesNoAlarmBelowTheFloor) {
  Key key = steady(1);
  EXPECT_FALSE(key.send(199));
  EXPECT_TRUE(key.send(10));
}

TEST(VolumeGuard, NoticesStrangers) {
  Key key = steady(300);
  EXPECT_FALSE(key.send(70, 70));
  const auto alarm = key.send(250, 250);
  ASSERT_TRUE(alarm);
  EXPECT_STREQ(guard_measure_word(alarm->measure), "fan-out");
  EXPECT_NEAR(static_cast<double>(alarm->seen), 250, 90);
}

TEST(VolumeGuard, NoticesADayOfManySmallHours) {
  Key key = steady();
  std::optional<GuardAlarm> alarm;
  int passed = 0;
  for (; passed < 24 && !alarm; ++passed, key.now += hours(1)) alarm = key.send(390);
  ASSERT_TRUE(alarm);
  EXPECT_STREQ(guard_span_word(alarm->span), "day");
  EXPECT_EQ(passed, 19) << "7,200 were passed";
  EXPECT_TRUE(key.alarm()) << "it lasts for the day";
  key.now = std::chrono::ceil<days>(key.now);
  EXPECT_FALSE(key.alarm());
}

TEST(VolumeGuard, LearnsForTwoWeeksFirst) {
  Key key;
  key.live(14 * 24 - 1, 10);
  EXPECT_TRUE(key.guard.is_learning(kRule, key.now));
  EXPECT_FALSE(key.send(100'000));
  Key later;
  later.live(14 * 24, 10);
  EXPECT_FALSE(later.guard.is_learning(kRule, later.now));
  EXPECT_TRUE(later.send(100'000));
}

TEST(VolumeGuard, AlarmLastsForTheHour) {
  Key key = steady();
  EXPECT_TRUE(key.send(500));
  EXPECT_TRUE(key.alarm());
  key.now += std::chrono::minutes(59);
  EXPECT_TRUE(key.alarm());
  key.now += std::chrono::minutes(1);
  EXPECT_FALSE(key.alarm());
  EXPECT_FALSE(key.send(100));
}

TEST(VolumeGuard, CannotBeTaughtByGoingOn) {
  Key key = steady();
  for (int week = 0; week < 20; ++week) {
    for (int hour = 0; hour < kWeek; ++hour, key.now += hours(1))
      ASSERT_TRUE(key.send(2000)) << week << " " << hour;
  }
  EXPECT_NEAR(key.alarm().value_or(key.send(2000).value()).expected, 100, 2);
}

TEST(VolumeGuard, LearnsGrowthThatAPersonAcknowledged) {
  Key key = steady();
  EXPECT_TRUE(key.send(2000));
  key.guard.acknowledge(kRule, key.now);
  EXPECT_FALSE(key.alarm());
  key.now += hours(1);
  EXPECT_FALSE(key.send(2000));
  // The hour is acknowledged; the day is another question.
  std::size_t alarms = 0;
  for (int hour = 0; hour < 48; ++hour, key.now += hours(1)) {
    if (!key.send(2000)) continue;
    ++alarms;
    key.guard.acknowledge(kRule, key.now);
  }
  EXPECT_LE(alarms, 6U);
  key.alarms = 0;
  key.live(30 * kWeek, 2000);
  EXPECT_EQ(key.alarms, 0U);
  key.send(12'000);
  ASSERT_TRUE(key.alarm());
  EXPECT_NEAR(key.alarm()->expected, 2000, 200) << "what was granted has faded, the baseline is there";
}

TEST(VolumeGuard, WhatIsGrantedFades) {
  Key key = steady();
  EXPECT_TRUE(key.send(2000));
  key.guard.acknowledge(kRule, key.now);
  key.now += hours(1);
  key.live(24 * kWeek, 100);
  EXPECT_TRUE(key.send(900));
}

TEST(VolumeGuard, AcknowledgingNothingGrantsNothing) {
  Key key = steady();
  key.guard.acknowledge(kRule, key.now);
  EXPECT_TRUE(key.send(410));
}

TEST(VolumeGuard, LearnsWhatStaysBelowTheBounds) {
  Key key = steady();
  key.live(10 * kWeek, 250);
  EXPECT_EQ(key.alarms, 0U);
  EXPECT_FALSE(key.send(900));
}

TEST(VolumeGuard, RemembersAnAccountThatWasSilent) {
  Key key = steady();
  key.now += days(7 * 9);
  EXPECT_TRUE(key.send(600)) << "less is usual now";
  Key asleep = steady(1000);
  asleep.now += days(1000);
  EXPECT_FALSE(asleep.send(200));
  EXPECT_TRUE(asleep.send(1));
}

TEST(VolumeGuard, ADayBackCountsAsNowAndMoreIsAWrongClock) {
  Key key = steady();
  key.send(300);
  key.now -= hours(5);
  EXPECT_TRUE(key.send(200)) << "500 in this hour";
  Key other = steady();
  const Wall right = other.now;
  other.now += days(30);
  other.send(300);
  other.now = right;
  EXPECT_FALSE(other.send(300)) << "begins an hour anew";
  EXPECT_TRUE(other.send(200));
}

TEST(VolumeGuard, ComesBackFromItsBytes) {
  Key key = steady(777);
  key.send(3500, 300);
  key.guard.acknowledge(kRule, key.now);
  key.send(500, 40);
  const std::string bytes = bytes_of(key.guard);
  EXPECT_LE(bytes.size(), VolumeGuard::kMaxBytes);
  base::ByteReader in(bytes);
  auto back = VolumeGuard::read(in);
  ASSERT_TRUE(back);
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(bytes_of(*back), bytes);
  for (int hour = 0; hour < 200; ++hour) {
    key.now += hours(1);
    const auto one = key.guard.add(kRule, key.now, hash_of(1), static_cast<std::uint64_t>(hour) * 40);
    const auto two = back->add(kRule, key.now, hash_of(1), static_cast<std::uint64_t>(hour) * 40);
    ASSERT_EQ(one.has_value(), two.has_value());
    if (one) {
      ASSERT_EQ(one->expected, two->expected);
    }
  }
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    base::ByteReader part(std::string_view(bytes).substr(0, cut));
    ASSERT_FALSE(VolumeGuard::read(part)) << cut;
  }
}

TEST(VolumeGuard, IsSmallWhateverIsSent) {
  Key key;
  for (int i = 0; i < 3000; ++i, key.now += hours(1)) {
    for (std::uint64_t j = 0; j < 20; ++j)
      key.guard.add(kRule, key.now, hash_of(static_cast<std::uint64_t>(i) * 20 + j), ~std::uint64_t{0});
    if (i % 100 == 0) key.guard.acknowledge(kRule, key.now);
  }
  EXPECT_LE(bytes_of(key.guard).size(), VolumeGuard::kMaxBytes);
  EXPECT_LE(sizeof(VolumeGuard), 1800U);
  const std::string bytes = bytes_of(key.guard);
  base::ByteReader in(bytes);
  EXPECT_TRUE(VolumeGuard::read(in));
}

}  // namespace
}  // namespace signpost::policy::limits
