// What was erased is gone from the file too: no byte of it is left in any page, used or free.
#include "store/scrub.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

using policy::Listing;

class ScrubTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = std::move(*Store::open(directory_.path()));
    base::Keyring ring{{{1, base::KeyState::active, std::string(32, 'k')}}};
    ASSERT_TRUE(list().use_keys(HashKeys(std::make_shared<base::Keyring>(ring))));
    ASSERT_TRUE(list().folded().use(Foldings({{"acme", {true, false}}})));
  }
  SuppressionStore& list() { return store_->suppressions(); }
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

  const std::string copy = directory_.path() + "/copy.mdb";
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

}  // namespace
}  // namespace signpost::store
