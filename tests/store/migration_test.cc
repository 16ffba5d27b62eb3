// A store of the former version is re-keyed when it is opened: killed anywhere, all listings are there
// after the next start.
#include "store/migration.h"

#include <gtest/gtest.h>

#include "store/list/listing_table.h"
#include "store/store.h"
#include "store/tables.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

using policy::Listing;
using policy::Reason;

const std::string kDecomposed = "jose\u0301";  // as version 1 kept it
const std::string kComposed = "jos\u00E9";

base::Wall at(std::int64_t seconds) {
  return base::Wall{std::chrono::seconds{seconds}};
}

list::Entry entry(const std::string& local, Reason reason, std::int64_t since,
                  std::optional<base::Wall> until = {}) {
  list::Entry made;
  made.listing.address = made.listing.as_given = local + "@example.net";
  made.listing.reason = reason;
  made.listing.since = at(since);
  made.listing.until = until;
  return made;
}

class MigrationTest : public testing::Test {
 protected:
  /// Writes what a program of version 1 would have written.
  void SetUp() override {
    auto opened = lmdb::Env::open(path(), kTableNames, {});
    ASSERT_TRUE(opened);
    env_ = std::move(*opened);
    const auto written = env_->write([](lmdb::WriteTransaction& transaction) -> base::Result<void> {
      EXPECT_TRUE(transaction.put(tables::meta, "format", list::format_number(1)));
      EXPECT_TRUE(transaction.put(tables::meta, "normalisation", list::format_number(1)));
      EXPECT_TRUE(transaction.put(tables::sets, list::set_key(Reason::manual, ""), list::format_set({0, 3})));
      return transaction.put(tables::sets, list::set_key(Reason::trap, ""), list::format_set({0, 1}));
    });
    ASSERT_TRUE(written);
    put(kDecomposed, list::format_record(key(kDecomposed), {entry(kDecomposed, Reason::manual, 100),
                                                            entry(kDecomposed, Reason::trap, 5)}));
    put(kComposed, list::format_record(key(kComposed), {entry(kComposed, Reason::manual, 200, at(300))}));
    put("bob", list::format_record(key("bob"), {entry("bob", Reason::manual, 1)}));
  }
  std::string path() const { return directory_.path() + "/list.mdb"; }
  static std::string key(const std::string& local) { return std::string("net.example\0", 12) + local; }
  void put(const std::string& local, const std::string& record) {
    ASSERT_TRUE(env_->write([&](lmdb::WriteTransaction& transaction) {
      return transaction.put(tables::addresses, key(local), record);
    }));
  }
  std::unique_ptr<Store> open() {
    env_.reset();
    auto store = Store::open(directory_.path());
    EXPECT_TRUE(store) << store.error().text;
    return store ? std::move(*store) : nullptr;
  }

  tests::TempDir directory_;
  std::unique_ptr<lmdb::Env> env_;
};

TEST_F(MigrationTest, EveryAddressIsListedUnderTheKeyItHasNow) {
  const auto store = open();
  for (const std::string& local : {kDecomposed, kComposed}) {
    const auto found = store->suppressions().find({local, "example.net"});
    ASSERT_EQ(found->size(), 2U);
    for (const Listing& listing : *found) {
      EXPECT_EQ(listing.address, kComposed + "@example.net");
      EXPECT_FALSE(listing.until) << "the longer block stays";
      EXPECT_EQ(listing.since, listing.reason == Reason::trap ? at(5) : at(100));
    }
  }
  EXPECT_EQ(store->suppressions().find({"bob", "example.net"})->size(), 1U);
  const auto stats = *store->suppressions().stats();
  EXPECT_EQ(stats.addresses, 2U);
  EXPECT_EQ(stats.by_reason.at(Reason::manual), 2U);
  EXPECT_EQ(stats.by_reason.at(Reason::trap), 1U);
}

TEST_F(MigrationTest, BeginsAgainAfterACrash) {
  ASSERT_TRUE(rekey_addresses(*env_));  // killed before the version was stamped
  put(kDecomposed, list::format_record(key(kDecomposed), {entry(kDecomposed, Reason::hard_bounce, 7)}));
  EXPECT_EQ(open()->suppressions().find({kComposed, "example.net"})->size(), 3U);
}

TEST_F(MigrationTest, ADamagedRecordKeepsDeferring) {
  put(kDecomposed, "no record");
  const auto found = open()->suppressions().find({kComposed, "example.net"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, base::ErrorKind::corrupt);
}

TEST_F(MigrationTest, ManyMoreThanOneTransactionTakes) {
  const auto written = env_->write([](lmdb::WriteTransaction& transaction) -> base::Result<void> {
    for (int i = 0; i < 2500; ++i) {
      const std::string local = "e\u0301" + std::to_string(i);
      auto put = transaction.put(tables::addresses, key(local),
                                 list::format_record(key(local), {entry(local, Reason::manual, 1)}));
      if (!put) return put;
    }
    return {};
  });
  ASSERT_TRUE(written);
  const auto store = open();
  for (const int i : {0, 999, 1000, 2499}) {
    EXPECT_EQ(store->suppressions().find({"\u00E9" + std::to_string(i), "example.net"})->size(), 1U) << i;
  }
}

}  // namespace
}  // namespace signpost::store
