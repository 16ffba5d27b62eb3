// The store knows whether it is the store: a list that vanished, was emptied or is another's is refused, whatever way the
// last process ended; a first start and an older list are told apart from it; and a start that is killed is completed.
#include "store/identity.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/store.h"
#include "store/tables.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

namespace fs = std::filesystem;

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}
void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}
policy::Listing listing(const std::string& address) {
  policy::Listing made;
  made.address = address;
  return made;
}

/// A store with one listing, and where its identity is.
class StoreIdentity : public testing::Test {
 protected:
  StoreIdentity() { begin(store_, id_); }
  static void begin(const std::string& directory, const std::string& id) {
    const auto store = Store::open(directory, {}, id);
    ASSERT_TRUE(store) << store.error().text;
    ASSERT_TRUE((*store)->suppressions().add(listing("bob@example.net")));
  }
  base::Result<std::unique_ptr<Store>> open() const { return Store::open(store_, {}, id_); }
  /// What the refusal says, or "opened".
  std::string refusal() const {
    const auto store = open();
    return store ? "opened" : store.error().text;
  }

  const tests::TempDir directory_;
  const std::string store_ = directory_.path() + "/store";
  const std::string list_ = store_ + "/list.mdb";
  const std::string id_ = directory_.path() + "/id";
};

TEST_F(StoreIdentity, AListThatVanishedIsNotTakenForAnEmptyOne) {
  for (const bool was_killed : {false, true}) {
    for (const char* way : {"removed", "emptied", "another store's", "not mounted"}) {
      SCOPED_TRACE(std::string(way) + (was_killed ? ", after a kill" : ""));
      fs::remove_all(store_);
      fs::remove(id_);
      begin(store_, id_);
      if (was_killed) write(store_ + "/signpost.lock", "1\n");
      const std::string kept = content(list_);
      if (std::string_view(way) == "removed") fs::remove(list_);
      if (std::string_view(way) == "emptied") fs::resize_file(list_, 0);
      if (std::string_view(way) == "another store's") {
        const std::string other = directory_.path() + "/other";
        fs::remove_all(other);
        begin(other, {});
        fs::copy_file(other + "/list.mdb", list_, fs::copy_options::overwrite_existing);
      }
      if (std::string_view(way) == "not mounted") {
        fs::remove_all(store_);
        ASSERT_EQ(::mkdir(store_.c_str(), 0700), 0);
      }
      const auto refused = open();
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().kind, base::ErrorKind::corrupt);
      EXPECT_NE(refused.error().text.find(id_), std::string::npos) << refused.error().text;
      EXPECT_EQ(refusal(), refused.error().text) << "and again";
      write(list_, kept);
      EXPECT_EQ(refusal(), "opened") << "with the backup in place";
    }
  }
}

TEST_F(StoreIdentity, TheFileInTheStoreNoticesAllButAnUnmount) {
  const std::string own = directory_.path() + "/own";
  begin(own, {});
  EXPECT_TRUE(fs::exists(own + "/signpost.id"));
  fs::remove(own + "/list.mdb");
  EXPECT_FALSE(Store::open(own));
  fs::remove(own + "/signpost.id");
  const auto anew = Store::open(own);
  ASSERT_TRUE(anew) << "as the refusal says";
  EXPECT_EQ((*anew)->identity().start, Identity::Start::first);
}

TEST_F(StoreIdentity, AMissingFileIsRefusedWithTheCommandThatMakesIt) {
  const std::string line = content(id_);
  fs::remove(id_);
  const std::string text = refusal();
  EXPECT_NE(text.find("echo '" + line.substr(0, line.size() - 1) + "' > " + id_), std::string::npos) << text;
  write(id_, line);
  EXPECT_EQ(refusal(), "opened");
  write(id_, "something else\n");
  EXPECT_NE(refusal().find("16 hex digits"), std::string::npos);
}

TEST_F(StoreIdentity, SaysHowTheStartWas) {
  EXPECT_EQ((*open())->identity().start, Identity::Start::known);
  EXPECT_GT((*open())->identity().begun, base::Wall{}) << "it was begun here";
  {
    const auto env = lmdb::Env::open(list_, kTableNames, {});
    ASSERT_TRUE((*env)->write([](lmdb::WriteTransaction& transaction) {
      (void)transaction.erase(tables::meta, "begun");
      return transaction.erase(tables::meta, "identity").map([](bool) {});
    }));
  }
  fs::remove(id_);
  {
    const auto store = open();
    ASSERT_TRUE(store) << "a list of the version before";
    EXPECT_EQ((*store)->identity().start, Identity::Start::adopted);
    EXPECT_EQ((*store)->suppressions().find({"bob", "example.net"})->size(), 1U);
  }
  EXPECT_EQ((*open())->identity().start, Identity::Start::known);
  EXPECT_EQ((*open())->identity().begun, base::Wall{});
}

TEST_F(StoreIdentity, AStartThatWasKilledIsCompleted) {
  const std::string line = content(id_);
  const std::string beginning = line.substr(0, line.size() - 1) + " beginning\n";
  write(id_, beginning);  // after the list got its identity
  EXPECT_EQ((*open())->identity().start, Identity::Start::known);
  EXPECT_EQ(content(id_), line);
  fs::remove(list_);  // before
  write(id_, beginning);
  EXPECT_EQ((*open())->identity().start, Identity::Start::first);
  EXPECT_EQ(content(id_), line);
}

TEST_F(StoreIdentity, AListThatIsReplacedWhileItIsOpenTakesNoMore) {
  for (const bool is_replaced : {false, true}) {
    const auto store = open();
    ASSERT_TRUE(store);
    EXPECT_EQ((*store)->problem(), "");
    const std::string kept = directory_.path() + "/kept";
    fs::rename(list_, kept);
    if (is_replaced) write(list_, "x");
    const auto added = (*store)->suppressions().add(listing("late@example.net"));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().kind, base::ErrorKind::unavailable);
    EXPECT_NE((*store)->problem().find("removed or replaced"), std::string::npos);
    EXPECT_EQ((*store)->suppressions().find({"bob", "example.net"})->size(), 1U) << "lookups go on";
    fs::rename(kept, list_);
    (*store)->maintain();
    EXPECT_EQ((*store)->problem(), "") << "once a minute it is tried again";
    EXPECT_TRUE((*store)->suppressions().add(listing("late@example.net")));
    EXPECT_TRUE((*store)->suppressions().remove("late@example.net", {}));
  }
}

class StoreBackup : public StoreIdentity {
 protected:
  void expect_refused(const std::string& path, const std::string& why, bool even_with_replace) {
    const std::string before = content(path);
    const auto refused = store()->backup(path);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().kind, base::ErrorKind::invalid);
    EXPECT_NE(refused.error().text.find(why), std::string::npos) << refused.error().text;
    if (even_with_replace) {
      EXPECT_FALSE(store()->backup(path, true));
    }
    EXPECT_EQ(content(path), before);
  }
  Store* store() {
    if (!opened_) opened_ = std::move(*open());
    return opened_.get();
  }
  std::unique_ptr<Store> opened_;
};

TEST_F(StoreBackup, NeverGoesIntoTheStore) {
  for (const char* name : {"list.mdb", "signpost.lock", "limits.1", "signpost.id", "new", "list.mdb-lock"})
    expect_refused(store_ + "/" + name, "inside the store's directory", true);
  expect_refused(store_ + "/../store/list.mdb", "inside the store's directory", true);
  const std::string alias = directory_.path() + "/alias";
  ASSERT_EQ(::symlink(store_.c_str(), alias.c_str()), 0);
  expect_refused(alias + "/list.mdb", "inside the store's directory", true);
  ASSERT_TRUE(store()->suppressions().add(listing("late@example.net"))) << "the list is the one that it was";
}

TEST_F(StoreBackup, ReplacesABackupOfThisStoreOnly) {
  const std::string copy = directory_.path() + "/copy";
  ASSERT_TRUE(store()->backup(copy));
  ASSERT_TRUE(store()->backup(copy)) << "the one of the night before";
  const std::string other = directory_.path() + "/other";
  begin(other, {});
  fs::copy_file(other + "/list.mdb", directory_.path() + "/others");
  expect_refused(directory_.path() + "/others", "not a backup of this store", false);
  write(directory_.path() + "/text", "a file");
  expect_refused(directory_.path() + "/text", "replace=yes", false);
  fs::resize_file(copy, 5000);
  expect_refused(copy, "not a backup of this store", false);
  EXPECT_TRUE(store()->backup(copy, true));
  EXPECT_TRUE(store()->backup(directory_.path() + "/text", true));
  write(directory_.path() + "/signpost.toml", "[store]\n");
  expect_refused(directory_.path() + "/signpost.toml", "is a configuration", true);
}

TEST_F(StoreBackup, ReplacesNoneButRegularFiles) {
  const std::string pipe = directory_.path() + "/pipe";
  const std::string link = directory_.path() + "/link";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  ASSERT_EQ(::symlink(list_.c_str(), link.c_str()), 0);
  for (const std::string& path : {pipe, link, directory_.path()}) {
    for (const bool replace : {false, true}) {
      const auto refused = store()->backup(path, replace);
      ASSERT_FALSE(refused) << path;
      EXPECT_NE(refused.error().text.find("not a regular file"), std::string::npos) << refused.error().text;
    }
  }
  EXPECT_FALSE(store()->backup("/dev/null", true));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(IdentityText, RoundTrips) {
  for (const IdentityText& identity : {IdentityText{0, false}, IdentityText{0x123456789abcdef0, true}})
    EXPECT_EQ(parse_identity(format_identity(identity)), identity);
  for (const char* wrong :
       {"", "\n", "signpost-store \n", "signpost-store 123456789abcdef0", "signpost-store 123456789ABCDEF0\n",
        "signpost-store 123456789abcdef01\n", "signpost-store 123456789abcdef0 begun\n"})
    EXPECT_FALSE(parse_identity(wrong)) << wrong;
}

}  // namespace
}  // namespace signpost::store
