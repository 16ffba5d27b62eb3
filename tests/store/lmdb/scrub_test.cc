// What was erased is gone from the file too: no byte of it is left in any page, used or free.
#include "store/lmdb/scrub.h"

#include <atomic>
#include <fstream>
#include <iterator>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "store/lmdb/page_check.h"
#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::store::lmdb {
namespace {

using policy::Listing;

class ScrubTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = std::move(*Store::open(directory_.path()));
    base::Keyring ring{{{1, base::KeyState::active, std::string(32, 'k')}}};
    ASSERT_TRUE(list().use_keys(list::HashKeys(std::make_shared<base::Keyring>(ring))));
    ASSERT_TRUE(list().folded().use(list::Foldings({{"acme", {true, false}}})));
  }
  list::SuppressionStore& list() { return store_->suppressions(); }
  void add(const std::string& name, int from, int to) {
    std::vector<Listing> listings(static_cast<std::size_t>(to - from));
    for (Listing& listing : listings) {
      listing.address = name + std::to_string(from++) + "@example.net";
      listing.tenant = "acme";
      listing.note = "wrote from Hilversum";
    }
    ASSERT_TRUE(list().add_many(listings));
  }
  std::uint64_t scrub() {
    const auto pages = store_->scrub().run();
    EXPECT_TRUE(pages) << pages.error().text;
    return pages.value_or(0);
  }
  static bool holds(const std::string& path, const std::string& text) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    EXPECT_GT(bytes.size(), 4096U);
    return bytes.find(text) != std::string::npos;
  }
  std::string data() const { return directory_.path() + "/list.mdb"; }

  tests::TempDir directory_;
  std::unique_ptr<Store> store_;
};

TEST_F(ScrubTest, NothingOfAForgottenPersonIsLeftInTheFile) {
  add("somebody", 0, 300);
  add("Zebedee+", 1, 2);
  add("somebody", 300, 600);
  ASSERT_TRUE(holds(data(), "zebedee"));
  ASSERT_EQ(*list().forget("zebedee+1@example.net"), 1U);

  const tests::TempDir elsewhere;
  const std::string copy = elsewhere.path() + "/copy.mdb";
  ASSERT_TRUE(store_->backup(copy));
  EXPECT_GT(scrub(), 0U);
  for (const char* trace : {"zebedee", "Zebedee"}) EXPECT_FALSE(holds(data(), trace)) << trace;
  ASSERT_EQ(list().find({"zebedee+1", "example.net"})->size(), 2U) << "by its own hash and the mailbox's";
  for (int i = 0; i < 600; ++i) {
    EXPECT_EQ(list().find({"somebody" + std::to_string(i), "example.net"})->size(), 1U) << i;
  }
  store_.reset();
  store_ = std::move(*Store::open(directory_.path()));
  EXPECT_EQ(list().stats()->addresses, 600U);
}

TEST_F(ScrubTest, PagesAreOverwrittenOnceAndUsedAgain) {
  add("somebody", 0, 50);
  add("somebody", 0, 50);
  EXPECT_GT(scrub(), 0U);
  EXPECT_LT(scrub(), 10U) << "what its own commits freed";
  for (int i = 0; i < 10; ++i) add("again", i, i + 70);
  scrub();
  EXPECT_EQ(list().stats()->addresses, 129U);
}

// A key that is put into a full page may become the border between two pages, which erasing it does not undo.
TEST_F(ScrubTest, AForgottenPersonIsNoBorderOfAPage) {
  auto load = store_->bulk().begin({});
  ASSERT_TRUE(load);
  for (int i = 0; i < 10'000; ++i) {
    Listing listing;
    listing.address = "somebody" + std::to_string(i) + "@d" + std::to_string(i % 97) + ".example";
    ASSERT_TRUE((*load)->add(std::move(listing), 0));
  }
  ASSERT_TRUE((*load)->run());
  load->reset();
  for (int i = 0; i < 97; ++i) {
    Listing listing;
    listing.address = "somebody5zebedee@d" + std::to_string(i) + ".example";
    ASSERT_TRUE(list().add(listing));
  }
  for (int i = 0; i < 97; ++i)
    ASSERT_EQ(*list().forget("somebody5zebedee@d" + std::to_string(i) + ".example"), 1U);
  scrub();
  EXPECT_FALSE(holds(data(), "zebedee"));
  for (int i = 0; i < 10'000; ++i) {
    const auto found =
        list().find({"somebody" + std::to_string(i), "d" + std::to_string(i % 97) + ".example"});
    ASSERT_EQ(found->size(), 1U) << i;
  }
}

// The scrub writes beside LMDB into a file that others read and change: nobody ever sees a page that is not
// right, and the file is whole afterwards.
TEST_F(ScrubTest, ALargeStoreIsReadAndChangedMeanwhile) {
  constexpr int kListings = 200'000;
  auto load = store_->bulk().begin({});
  ASSERT_TRUE(load);
  for (int i = 0; i < kListings; ++i) {
    Listing listing;
    listing.address = "somebody" + std::to_string(i) + "@d" + std::to_string(i % 97) + ".example";
    ASSERT_TRUE((*load)->add(std::move(listing), 0));
  }
  ASSERT_TRUE((*load)->run());
  load->reset();

  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::atomic<int> looked = 0;
  std::vector<std::thread> others;
  for (unsigned seed : {1U, 2U}) {
    others.emplace_back([&, seed] {
      for (std::mt19937 random(seed); !stop; ++looked) {
        const int i = static_cast<int>(random() % kListings);
        const auto found =
            list().find({"somebody" + std::to_string(i), "d" + std::to_string(i % 97) + ".example"});
        wrong += found && found->size() == 1 ? 0 : 1;
      }
    });
  }
  std::atomic<int> added = 0;
  others.emplace_back([&] {  // every second one goes again, so that pages are freed all the time
    for (; !stop; ++added) {
      Listing listing;
      listing.address = "new" + std::to_string(added) + "@d" + std::to_string(added % 97) + ".example";
      wrong += list().add(listing) ? 0 : 1;
      if (added % 2 == 1) wrong += list().remove(listing.address, {}) == 1U ? 0 : 1;
    }
  });
  std::uint64_t pages = 0;
  for (int round = 0; round < 5 || added < 50; ++round) {
    const std::string person = "Zebedee" + std::to_string(round) + "@d5.example";
    Listing listing;
    listing.address = person;
    ASSERT_TRUE(list().add(listing));
    ASSERT_EQ(*list().forget(person), 1U);
    pages += scrub();
  }
  stop = true;
  for (auto& other : others) other.join();
  scrub();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(looked, 1000);
  EXPECT_GT(pages, 0U);
  for (const char* trace : {"zebedee", "Zebedee"}) EXPECT_FALSE(holds(data(), trace)) << trace;
  for (int i = 0; i < added; ++i) {
    const auto found = list().find({"new" + std::to_string(i), "d" + std::to_string(i % 97) + ".example"});
    ASSERT_EQ(found->size(), i % 2 == 1 ? 0U : 1U) << i;
  }
  store_.reset();
  std::uint64_t records = 0;
  const auto checked = check_pages(data(), [&](std::string_view table, std::string_view, std::string_view) {
    records += table == "addresses" ? 1 : 0;
    return base::Result<void>{};
  });
  ASSERT_TRUE(checked) << checked.error().text;
  EXPECT_EQ(records, static_cast<std::uint64_t>(kListings + (added + 1) / 2));
}

}  // namespace
}  // namespace signpost::store::lmdb
