// A replacement of the whole list that meets a fault at its Nth write or sync: the disk fails, the process
// is killed, or the power is cut. Whatever N is, the old list or the new one is there afterwards, whole; and
// what the other one left is swept.
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "store/store.h"
#include "tests/store/child.h"
#include "tests/support/workplace.h"

namespace signpost::store::list {
namespace {

namespace fs = std::filesystem;

constexpr long kListings = 26'000;  // two transactions, the second of which ends well after the first
constexpr long kOld = 1;            // notes
constexpr long kNew = 2;

/// Every fault in a long run, see docs/reliability.md; here some.
int step() {
  const char* given = std::getenv("SIGNPOST_FAULT_STEP");
  return given == nullptr ? 7 : static_cast<int>(std::strtol(given, nullptr, 10));
}

/// Sweeps once through; how many entries went.
std::uint64_t sweep_all(Store& store) {
  std::uint64_t removed = 0;
  for (bool at_end = false; !at_end;) {
    const auto done = store.sweep().slice({});
    EXPECT_TRUE(done) << done.error().text;
    if (!done) return removed;
    removed += done->removed;
    at_end = done->at_end;
  }
  return removed;
}

struct Fault {
  const char* name;
  std::map<std::string, std::string> environment;
  bool loses_writes = false;  ///< that no sync followed
};

class ReplacementFaults : public testing::TestWithParam<Fault> {
 protected:
  void SetUp() override {
    fs::create_directory(old_);
    fs::permissions(old_, fs::perms::owner_all);
    Child child(old_, "replace-once", kOld, kListings, {});
    ASSERT_EQ(read_number(child, "run"), kOld);
    ASSERT_EQ(read_number(child, "ok"), kOld);
    ASSERT_EQ(child.wait(), 0);
  }
  /// Runs the replacement with the fault at that call; true if it was acknowledged.
  bool replace(int at) {
    fs::remove_all(now_);
    fs::copy(old_, now_);
    const std::string durable = now_ + "/durable";
    Environment environment = GetParam().environment;
    environment.insert(
        {{"LD_PRELOAD", FAULT_PRELOAD}, {"FAULT_FILE", "/list.mdb"}, {"FAULT_AT", std::to_string(at)}});
    if (GetParam().loses_writes) {
      fs::copy_file(old_ + "/list.mdb", durable);
      environment["FAULT_DURABLE"] = durable;
    }
    Child child(now_, "replace-once", kNew, kListings, environment);
    bool acknowledged = false;
    for (std::string line; child.read(line);) acknowledged |= line.starts_with("ok ");
    child.wait();
    if (GetParam().loses_writes)
      fs::copy_file(durable, now_ + "/list.mdb", fs::copy_options::overwrite_existing);
    return acknowledged;
  }
  /// Sweeps the store and expects it to hold as many entries as the list it shows. True if there was more.
  bool had_more() {
    const auto store = Store::open(now_);
    EXPECT_TRUE(store) << store.error().text;
    if (!store) return false;
    const std::uint64_t swept = sweep_all(**store);
    EXPECT_EQ((*store)->suppressions().stats()->by_reason.at(policy::Reason::hard_bounce),
              static_cast<std::uint64_t>(kListings));
    EXPECT_EQ(sweep_all(**store), 0U);
    return swept > 0;
  }

  const tests::TempDir directory_;
  const std::string old_ = directory_.path() + "/old";
  const std::string now_ = directory_.path() + "/now";
};

TEST_P(ReplacementFaults, LeaveTheOldListOrTheNewWhole) {
  int calls = 1;
  bool half_written = false;
  for (bool met = true; met; calls += step()) {
    const bool acknowledged = replace(calls);
    const auto [note, listings] = read_list(now_);
    ASSERT_EQ(listings, kListings) << "at call " << calls;
    ASSERT_TRUE(note == kNew || !acknowledged) << "acknowledged and gone, at call " << calls;
    const bool more = had_more();
    half_written |= more && note == kOld;
    met = !acknowledged;
  }
  EXPECT_GT(calls, 20) << "a replacement makes many calls";
  EXPECT_TRUE(half_written) << "no fault came between the first commit and the swap";
}

INSTANTIATE_TEST_SUITE_P(
    Disks, ReplacementFaults,
    testing::Values(
        Fault{"FailsOnce", {{"FAULT_ERRNO", std::to_string(EIO)}}, false},
        Fault{"IsFullForGood", {{"FAULT_ERRNO", std::to_string(ENOSPC)}, {"FAULT_TIMES", "1000000"}}, false},
        Fault{"OutlivesAKill", {{"FAULT_KILL", "1"}}, false},
        Fault{"LosesUnsyncedWrites", {{"FAULT_KILL", "1"}}, true},
        Fault{"KeepsSomeUnsyncedWrites", {{"FAULT_KILL", "1"}, {"FAULT_EAGER", "1"}}, true}),
    [](const auto& fault) { return fault.param.name; });

}  // namespace
}  // namespace signpost::store::list
