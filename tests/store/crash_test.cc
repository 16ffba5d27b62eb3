// Nothing acknowledged is lost: children that add listings are killed, lose their page cache, or meet a
// failing disk; afterwards the store opens and has every listing that was acknowledged.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "store/store.h"
#include "tests/store/child.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

std::size_t lost(const std::string& directory, const std::set<long>& acknowledged) {
  const auto store = Store::open(directory);
  EXPECT_TRUE(store) << store.error().text;
  if (!store) return acknowledged.size();
  std::size_t missing = 0;
  for (const long number : acknowledged) {
    const auto found = (*store)->suppressions().find({"u" + std::to_string(number), "example.net"});
    missing += found && found->size() == 1 ? 0 : 1;
  }
  return missing;
}

long setting(const char* name, long otherwise) {
  const char* given = std::getenv(name);
  return given == nullptr ? otherwise : std::strtol(given, nullptr, 10);
}
/// Few in a test run; docs/reliability.md has what more gave.
long rounds() {
  return setting("SIGNPOST_KILLS", 10);
}
/// Before each kill.
long least_acknowledged() {
  return setting("SIGNPOST_ACKS", 5);
}

/// Kills children at random moments; after each kill the directory is `prepare`d and checked: for what was
/// acknowledged in that round, and now and then, and at the end, for everything.
void kill_again_and_again(const std::string& directory, const Environment& environment,
                          const std::function<void()>& prepare) {
  std::mt19937 random(11);
  std::set<long> acknowledged;
  for (long round = 0; round < rounds(); ++round) {
    Child child(directory, std::to_string(1 + round % 3), round * 100'000L, 100'000, environment);
    const auto wanted = static_cast<std::size_t>(least_acknowledged()) + random() % 60;
    const auto extra = std::chrono::microseconds(random() % 2000);
    std::set<long> fresh;
    std::string line;
    const auto take = [&] {
      EXPECT_TRUE(line.starts_with("ok ")) << line;
      if (line.starts_with("ok ")) fresh.insert(std::stol(line.substr(3)));
    };
    for (std::size_t i = 0; i < wanted && child.read(line); ++i) take();
    const auto until = std::chrono::steady_clock::now() + extra;
    while (std::chrono::steady_clock::now() < until) {
    }
    child.kill();
    while (child.read(line)) take();
    prepare();
    acknowledged.insert(fresh.begin(), fresh.end());
    const bool all = round % 50 == 49 || round + 1 == rounds();
    ASSERT_EQ(lost(directory, all ? acknowledged : fresh), 0U)
        << "of " << acknowledged.size() << " in round " << round;
    ASSERT_FALSE(testing::Test::HasFailure()) << "in round " << round;
  }
  EXPECT_GT(acknowledged.size(), 100U);
  std::printf("%ld kills, %zu listings acknowledged, none lost\n", rounds(), acknowledged.size());
}

TEST(Crash, AKilledReplacementLeavesTheOldListOrTheNew) {
  constexpr long kListings = 21'000;  // more than one transaction
  const tests::TempDir directory;
  std::mt19937 random(13);
  std::chrono::steady_clock::duration whole{};
  long newest = -1;
  for (long round = 0; round < std::min(rounds(), 6L); ++round) {
    Child child(directory.path(), "replace", newest + 1, kListings, {});
    ASSERT_EQ(read_number(child, "run"), newest + 1);
    const auto begun = std::chrono::steady_clock::now();
    if (round == 0) {
      newest = read_number(child, "ok");
      ASSERT_EQ(newest, 0);
      whole = std::chrono::steady_clock::now() - begun;
      continue;
    }
    const auto until = begun + whole * static_cast<int>(random() % 1000) / 1000;
    while (std::chrono::steady_clock::now() < until) {
    }
    child.kill();
    newest = std::max(newest, read_number(child, "ok"));
    const auto [found, listings] = read_list(directory.path());
    ASSERT_EQ(listings, kListings);
    ASSERT_GE(found, newest) << "an acknowledged replacement is gone";
    newest = found;
  }
}

TEST(Crash, AKilledProcessLosesNothingItAcknowledged) {
  const tests::TempDir directory;
  kill_again_and_again(directory.path(), {}, [] {});
}

class PowerCut : public testing::TestWithParam<const char*> {};

TEST_P(PowerCut, LosesNothingThatWasAcknowledged) {
  const tests::TempDir directory;
  const std::string list = directory.path() + "/list.mdb";
  const std::string durable = directory.path() + "/durable";
  const Environment environment = {{"LD_PRELOAD", FAULT_PRELOAD},
                                   {"FAULT_FILE", "/list.mdb"},
                                   {"FAULT_DURABLE", durable},
                                   {"FAULT_EAGER", GetParam()}};
  kill_again_and_again(directory.path(), environment, [&] {
    ASSERT_TRUE(std::filesystem::exists(durable)) << "the preload did nothing";
    std::filesystem::copy_file(durable, list, std::filesystem::copy_options::overwrite_existing);
  });
}

INSTANTIATE_TEST_SUITE_P(Kernels, PowerCut, testing::Values("0", "1"));

class BadDisk : public testing::TestWithParam<int> {};

TEST_P(BadDisk, EveryFailedCallIsToldAndTheStoreHeals) {
  int calls = 0;
  for (bool met = true; met;) {
    const int at = ++calls;
    const int times = 1 + at % 3;
    const tests::TempDir directory;
    Child child(directory.path(), "1", 0, 12,
                {{"LD_PRELOAD", FAULT_PRELOAD},
                 {"FAULT_FILE", "/list.mdb"},
                 {"FAULT_AT", std::to_string(at)},
                 {"FAULT_TIMES", std::to_string(times)},
                 {"FAULT_ERRNO", std::to_string(GetParam())}});
    std::set<long> acknowledged;
    int refused = 0;
    bool opened = true;
    std::string line;
    while (child.read(line)) {
      if (line.starts_with("ok ")) acknowledged.insert(std::stol(line.substr(3)));
      if (line.starts_with("refused ")) ++refused;
      if (line.starts_with("error ")) opened = false;
    }
    ASSERT_EQ(child.wait(), opened ? 0 : 75) << "at call " << at;
    ASSERT_LE(refused, times) << "not healed after call " << at;
    ASSERT_EQ(acknowledged.size(), opened ? static_cast<std::size_t>(12 - refused) : 0U);
    ASSERT_EQ(lost(directory.path(), acknowledged), 0U) << "after call " << at;
    met = refused > 0 || !opened;
  }
  EXPECT_GT(calls, 30) << "each add makes several calls";
}

INSTANTIATE_TEST_SUITE_P(Errors, BadDisk, testing::Values(EIO, ENOSPC, EROFS));

}  // namespace
}  // namespace signpost::store
