// Keys move through their states by what a scripted DNS says; states outlive the process; mail sees flags.
#include "daemon/upkeep/dkim_watch.h"

#include <gtest/gtest.h>

#include "dkim/record.h"
#include "store/store.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"
#include "tests/support/zone_lookup.h"

namespace signpost::daemon::upkeep {
namespace {

using namespace std::chrono_literals;
using dkim::KeyState;
using dkim::Standing;

class DkimWatchTest : public testing::Test {
 protected:
  DkimWatchTest() { open(); }

  void open() {
    dkim_watch_.reset();
    store_.reset();
    store_ = std::move(*store::Store::open(directory_.path() + "/store"));
    dkim_watch_ = std::make_unique<DkimWatch>(store_->keys(), snapshots_, clock_, log_, zone_.lookups());
    ASSERT_TRUE(dkim_watch_->load());
  }

  const dkim::Key& add_key(const char* selector) {
    auto parsed = std::make_shared<const base::PrivateKey>(
        std::move(*base::PrivateKey::generate(base::KeyType::ed25519)));
    auto key = std::make_shared<const dkim::Key>(dkim::SigningKey{"shop.example", selector, parsed});
    auto next = tests::configured("");
    next->dkim = snapshot_->dkim;
    next->dkim.keys.add({key, {}, false});
    snapshot_ = next;
    return *key;
  }
  void reload() {
    ASSERT_TRUE(dkim_watch_->admit(snapshot_->dkim.keys, settings_));
    snapshots_.set(snapshot_);
  }
  void publish(const dkim::Key& key) {
    zone_.publish(dkim::record_name(key.domain(), key.selector()), dkim::format_record(**key.parsed()));
  }
  void take_down(const dkim::Key& key) { zone_.take_down(dkim::record_name(key.domain(), key.selector())); }
  KeyState state(const char* selector) { return dkim_watch_->progress("shop.example", selector)->state; }
  std::size_t look(std::chrono::nanoseconds later) {
    clock_.tick(std::chrono::duration_cast<std::chrono::milliseconds>(later));
    return dkim_watch_->look(clock_.steady());
  }

  tests::TempDir directory_;
  tests::HandClock clock_;
  tests::Zone zone_;
  config::DnsWatchSettings settings_;
  std::shared_ptr<milter::Snapshot> snapshot_ = tests::configured("");
  milter::SnapshotHolder snapshots_{snapshot_};
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock_};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<DkimWatch> dkim_watch_;
};

TEST_F(DkimWatchTest, WithoutAGateKeysSignAndNobodyAsks) {
  const dkim::Key& key = add_key("a");
  reload();
  EXPECT_EQ(key.standing(), Standing::signs);
  EXPECT_EQ(look(2h), 0u);
  EXPECT_EQ(zone_.asked(), 0u);
}

TEST_F(DkimWatchTest, ANewKeyWaitsForItsRecordAndStaysActiveOverRestarts) {
  settings_.gate = true;
  const dkim::Key& key = add_key("a");
  reload();
  EXPECT_EQ(key.standing(), Standing::waits);
  EXPECT_EQ(look(1h), 1u);  // no answer
  take_down(key);
  look(1h);
  EXPECT_EQ(key.standing(), Standing::waits);
  publish(key);
  look(1h);
  EXPECT_EQ(key.standing(), Standing::signs);
  EXPECT_EQ(state("a"), KeyState::active);

  zone_.clear();  // the DNS is down when the daemon starts again
  open();
  reload();
  EXPECT_EQ(key.standing(), Standing::signs);
  look(1h);
  EXPECT_EQ(key.standing(), Standing::signs);
  EXPECT_TRUE(dkim_watch_->problems().empty());
  take_down(key);
  look(1h);
  EXPECT_EQ(key.standing(), Standing::signs);
  EXPECT_EQ(dkim_watch_->problems(),
            std::vector<std::string>{"dkim: the record a._domainkey.shop.example is absent"});
}

TEST_F(DkimWatchTest, TurningTheGateOnStopsNoKeyThatSigns) {
  const dkim::Key& old = add_key("a");
  reload();
  settings_.gate = true;
  const dkim::Key& added = add_key("b");
  reload();
  EXPECT_EQ(old.standing(), Standing::signs);
  EXPECT_EQ(added.standing(), Standing::waits);
}

TEST_F(DkimWatchTest, ARotationIsDurable) {
  settings_.overlap = std::chrono::hours(24);
  const dkim::Key& old = add_key("old");
  reload();
  ASSERT_TRUE(dkim_watch_->plan("shop.example", "old", "new"));
  EXPECT_FALSE(dkim_watch_->plan("shop.example", "gone", "newer"));
  const dkim::Key& next = add_key("new");
  reload();
  EXPECT_FALSE(dkim_watch_->plan("shop.example", "old", "newer"));  // under way
  EXPECT_FALSE(dkim_watch_->plan("shop.example", "new", "newer"));  // not active
  EXPECT_EQ(next.standing(), Standing::waits);
  publish(old);
  publish(next);
  open();
  reload();
  EXPECT_EQ(next.standing(), Standing::waits);
  look(31s);
  EXPECT_EQ(next.standing(), Standing::signs);
  EXPECT_EQ(old.standing(), Standing::rests);
  EXPECT_EQ(state("old"), KeyState::retiring);

  take_down(next);  // the previous one goes on
  look(31s);
  EXPECT_EQ(next.standing(), Standing::rests);
  EXPECT_EQ(old.standing(), Standing::signs);
  open();
  reload();
  EXPECT_EQ(old.standing(), Standing::signs);
  publish(next);
  look(31s);
  EXPECT_EQ(next.standing(), Standing::signs);
  look(25h);
  EXPECT_EQ(state("old"), KeyState::retired);
  EXPECT_EQ(look(2h), 0u);
}

TEST_F(DkimWatchTest, APlanWhoseKeyWasNeverMadeCanBeMadeAgain) {
  add_key("old");
  reload();
  ASSERT_TRUE(dkim_watch_->plan("shop.example", "old", "lost"));
  EXPECT_TRUE(dkim_watch_->plan("shop.example", "old", "new"));
}

}  // namespace
}  // namespace signpost::daemon::upkeep
