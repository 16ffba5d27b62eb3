// Damage at random places of the store's file, of the kinds that disks and memory make, after a process that
// did not close it: opening refuses, or what is listed is found or defers. Nothing listed passes silently,
// ends the process or lets it hang. And the same to the file of a store that is open, once a round of looking has passed.
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "store/lmdb/page_check.h"
#include "store/lmdb/page_watch.h"
#include "store/store.h"
#include "system/descriptor.h"
#include "system/file.h"
#include "tests/store/child.h"
#include "tests/support/workplace.h"

namespace signpost::store::lmdb {
namespace {

constexpr long kListings = 4000;
constexpr std::size_t kPage = 4096;
constexpr std::size_t kSector = 512;

/// Damages of each kind in a long run, see docs/reliability.md; here few.
int rounds() {
  const char* given = std::getenv("SIGNPOST_DAMAGES");
  return given == nullptr ? 25 : static_cast<int>(std::strtol(given, nullptr, 10));
}

using Harm = void (*)(std::string& file, std::mt19937& random);

void flip_a_bit(std::string& file, std::mt19937& random) {
  file[random() % file.size()] ^= static_cast<char>(1U << random() % 8);
}
void change_a_byte(std::string& file, std::mt19937& random) {
  file[random() % file.size()] += static_cast<char>(1 + random() % 255);
}
void zero_a_sector(std::string& file, std::mt19937& random) {
  std::memset(&file[random() % (file.size() / kSector) * kSector], 0, kSector);
}
void zero_a_page(std::string& file, std::mt19937& random) {
  std::memset(&file[random() % (file.size() / kPage) * kPage], 0, kPage);
}
void fill_a_page(std::string& file, std::mt19937& random) {
  const std::size_t at = random() % (file.size() / kPage) * kPage;
  for (std::size_t i = 0; i < kPage; ++i) file[at + i] = static_cast<char>(random());
}
/// A write that went to the wrong place.
void copy_a_page(std::string& file, std::mt19937& random) {
  const std::size_t pages = file.size() / kPage;
  std::memcpy(&file[random() % pages * kPage], &file[random() % pages * kPage], kPage);
}

class DamagedStore : public testing::Test {
 protected:
  void SetUp() override {
    const auto store = Store::open(directory_.path());
    std::vector<policy::Listing> listings;
    std::mt19937 random(3);
    for (long number = 0; number < kListings; ++number) {
      listings.emplace_back().address = "u" + std::to_string(number) + "@example.net";
      listings.back().note = std::string(number % 500 == 0 ? 1500 : 10, 'n');
    }
    std::shuffle(listings.begin(), listings.end(), random);
    ASSERT_TRUE((*store)->suppressions().add_many(std::move(listings)));  // at once: few free pages
    std::ifstream in(path(), std::ios::binary);
    whole_.assign(std::istreambuf_iterator<char>(in), {});
  }
  std::string path() const { return directory_.path() + "/list.mdb"; }
  std::string lock() const { return directory_.path() + "/signpost.lock"; }
  /// The file as a process left it that did not close the store.
  void put(const std::string& bytes) const {
    std::ofstream(path(), std::ios::binary) << bytes;
    std::ofstream(lock()) << "4711\n";
  }

  const tests::TempDir directory_;
  std::string whole_;
};

TEST_F(DamagedStore, IsRefusedUntilItIsMendedOrTheLockIsEmptied) {
  EXPECT_EQ(std::filesystem::file_size(lock()), 0U) << "it was closed";
  std::string damaged = whole_;
  damaged[damaged.size() - 1] = '\x7f';
  put(damaged);
  for (int i = 0; i < 2; ++i) {
    const auto refused = Store::open(directory_.path());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::corrupt);
    EXPECT_NE(refused.error().text.find(path()), std::string::npos) << refused.error().text;
    EXPECT_NE(refused.error().text.find(lock()), std::string::npos) << refused.error().text;
  }
  put(whole_);
  EXPECT_TRUE(Store::open(directory_.path()));
  put(damaged);
  std::filesystem::resize_file(lock(), 0);
  EXPECT_TRUE(Store::open(directory_.path())) << "as it is";
}

struct Kind {
  const char* name;
  Harm damage;
};

class RandomDamage : public DamagedStore, public testing::WithParamInterface<Kind> {};

TEST_P(RandomDamage, IsRefusedOrHarmless) {
  std::mt19937 random(29);
  int refused = 0;
  int harmless = 0;
  int deferred = 0;
  int passed = 0;
  for (int round = 0; round < rounds(); ++round) {
    std::string damaged = whole_;
    GetParam().damage(damaged, random);
    put(damaged);
    Child child(directory_.path(), "look", 0, kListings, {});
    std::map<std::string, long> told;
    std::string line;
    while (child.read(line)) {
      const std::size_t blank = line.find(' ');
      const std::string word = line.substr(0, blank);
      told[word] = word == "error" ? 1 : std::stol(line.substr(blank + 1));
      EXPECT_TRUE(word != "error" || line.find("/list.mdb") != std::string::npos) << line;
    }
    const int status = child.wait();
    ASSERT_EQ(status, told.count("error") == 0 ? 0 : 75) << "in round " << round;
    if (told.count("error") != 0) {
      ++refused;
    } else if (told["passed"] > 0) {
      ++passed;
    } else {
      ++(told["deferred"] > 0 ? deferred : harmless);
    }
  }
  std::printf("%d refused, %d harmless, %d deferred, %d passed silently\n", refused, harmless, deferred,
              passed);
  EXPECT_EQ(passed, 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds, RandomDamage,
                         testing::Values(Kind{"FlippedBit", flip_a_bit}, Kind{"ChangedByte", change_a_byte},
                                         Kind{"ZeroedSector", zero_a_sector}, Kind{"ZeroedPage", zero_a_page},
                                         Kind{"FilledPage", fill_a_page}, Kind{"CopiedPage", copy_a_page}),
                         [](const auto& kind) { return kind.param.name; });

/// The same to a file that is open.
class LiveDamage : public DamagedStore, public testing::WithParamInterface<Kind> {
 protected:
  void SetUp() override {
    DamagedStore::SetUp();
    store_ = std::move(*Store::open(directory_.path()));
    file_ = system::Descriptor(::open(path().c_str(), O_RDWR | O_CLOEXEC));
    whole_ = *system::read_file(path());
  }
  void write(const std::string& bytes) const {
    for (std::size_t at = 0; at < bytes.size(); at += kPage) {
      const std::string_view page = std::string_view(bytes).substr(at, kPage);
      const bool is_changed = &bytes == &whole_ || page != std::string_view(whole_).substr(at, kPage);
      ASSERT_TRUE(!is_changed || system::write_at(file_.get(), at, page));
    }
  }
  /// One round; what was found, in one text.
  std::string look() const {
    std::string found;
    for (bool at_end = false; !at_end;) {
      const auto done = store_->page_watch().slice(0);
      if (!done) return "error: " + done.error().text;
      for (const Damage& one : done->found) found += one.what + "\n";
      at_end = done->at_end;
    }
    return found;
  }
  base::Result<bool> is_listed(long number) const {
    return store_->suppressions()
        .find({"u" + std::to_string(number), "example.net"})
        .map([](const auto& all) { return !all.empty(); });
  }

  std::unique_ptr<Store> store_;
  system::Descriptor file_;
};

TEST_P(LiveDamage, IsFoundAndNothingListedPasses) {
  std::mt19937 random(37);
  int found = 0;
  long deferred = 0;
  for (int round = 0; round < rounds(); ++round) {
    std::string damaged = whole_;
    GetParam().damage(damaged, random);
    write(damaged);
    if (!look().empty()) ++found;
    for (long number = 0; number < kListings; ++number) {
      const auto listed = is_listed(number);
      if (!listed) ++deferred;
      ASSERT_TRUE(!listed || *listed) << "u" << number << " passes in round " << round;
    }
    write(whole_);
    EXPECT_EQ(look(), "");
    EXPECT_EQ(look(), "") << "a whole round without damage ends it";
    ASSERT_TRUE(is_listed(1));
  }
  EXPECT_GT(found, 0);
  std::printf("%d of %d found, %ld of %ld lookups deferred\n", found, rounds(), deferred,
              rounds() * kListings);
}

INSTANTIATE_TEST_SUITE_P(Kinds, LiveDamage,
                         testing::Values(Kind{"FlippedBit", flip_a_bit}, Kind{"ChangedByte", change_a_byte},
                                         Kind{"ZeroedSector", zero_a_sector}, Kind{"ZeroedPage", zero_a_page},
                                         Kind{"FilledPage", fill_a_page}, Kind{"CopiedPage", copy_a_page}),
                         [](const auto& kind) { return kind.param.name; });

class LiveDamageTo : public LiveDamage {};

TEST_P(LiveDamageTo, APageRefusesWritesAndACopy) {
  std::string damaged = whole_;
  const std::size_t at = damaged.rfind("u777") / kPage * kPage;
  std::memset(&damaged[at], 0, kPage);
  write(damaged);
  EXPECT_NE(look().find("is not a page of a table (table addresses)"), std::string::npos);
  EXPECT_EQ(is_listed(777).error().kind, base::ErrorKind::corrupt);
  policy::Listing late;
  late.address = "late@example.net";
  EXPECT_EQ(store_->suppressions().add(late).error().kind, base::ErrorKind::unavailable);
  EXPECT_FALSE(store_->backup(directory_.path() + ".copy"));
  EXPECT_FALSE(std::filesystem::exists(directory_.path() + ".copy"));
  long others = 0;
  for (long number = 0; number < kListings; ++number) others += is_listed(number).value_or(false);
  EXPECT_GT(others, kListings - 200) << "only what is there defers";
  store_.reset();
  EXPECT_GT(std::filesystem::file_size(lock()), 0u) << "not closed";
  EXPECT_FALSE(Store::open(directory_.path())) << "the next start finds it";
}

TEST_P(LiveDamageTo, ARecordDefersItsNeighboursUntilItIsRemoved) {
  std::string damaged = whole_;
  ++damaged[damaged.rfind("u777") + 8];  // in its value
  write(damaged);
  EXPECT_NE(look(), "");
  EXPECT_FALSE(is_listed(777));
  EXPECT_FALSE(is_listed(778)) << "a damaged key may have been its";
  EXPECT_EQ(store_->suppressions().remove("u777@example.net", {}).value_or(0), 1u);
  EXPECT_EQ(look(), "");
  EXPECT_EQ(look(), "");
  EXPECT_FALSE(is_listed(777).value_or(true)) << "as the operator decided";
  EXPECT_TRUE(is_listed(778).value_or(false));
}

TEST_P(LiveDamageTo, ManyRecordsDefersAllButRemovesWhatIsAsked) {
  std::string damaged = whole_;
  for (long number = 1000; number < 1200; ++number) {
    const std::size_t at = damaged.rfind("u" + std::to_string(number));
    ASSERT_NE(at, std::string::npos);
    ++damaged[at + 9];  // in its value
  }
  write(damaged);
  EXPECT_NE(look(), "");
  long deferred = 0;
  for (long number = 0; number < kListings; ++number) deferred += !is_listed(number);
  EXPECT_EQ(deferred, kListings);
  EXPECT_NE(store_->damage().find("and in more than 100 places"), std::string::npos) << store_->damage();
  EXPECT_EQ(store_->suppressions().remove("u1000@example.net", {}).value_or(0), 1u);
}

INSTANTIATE_TEST_SUITE_P(One, LiveDamageTo, testing::Values(Kind{"Place", nullptr}),
                         [](const auto& kind) { return kind.param.name; });

TEST_F(DamagedStore, AFileThatOthersChangeIsNotTakenForDamaged) {
  const auto store = Store::open(directory_.path());
  ASSERT_TRUE(store);
  std::atomic<bool> ends{false};
  std::thread writer([&] {
    std::mt19937 random(41);
    while (!ends) {
      std::vector<policy::Listing> listings(1 + random() % 50);
      for (policy::Listing& listing : listings) {
        listing.address = "w" + std::to_string(random() % 3000) + "@example.net";
        listing.note = std::string(random() % 20 == 0 ? 2500 : 10, 'n');
      }
      EXPECT_TRUE((*store)->suppressions().add_many(listings));
      EXPECT_TRUE((*store)->suppressions().remove(listings.front().address, {}));
      EXPECT_TRUE(random() % 10 != 0 || (*store)->scrub().run());
    }
  });
  for (int round = 0; round < 30;) {
    const auto done = (*store)->page_watch().slice(0);
    ASSERT_TRUE(done) << done.error().text;
    for (const Damage& one : done->found) ADD_FAILURE() << one.what;
    if (done->at_end) ++round;
  }
  ends = true;
  writer.join();
}

TEST(PageCheckTest, AFileThatIsWholeIsToldSo) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/list.mdb";
  const CheckPair any = [](std::string_view, std::string_view, std::string_view) {
    return base::Result<void>{};
  };
  EXPECT_EQ(check_pages(path, any)->pages, 0U);
  std::mt19937 random(31);
  std::uint64_t listed = 0;
  for (int round = 0; round < 5; ++round) {
    const auto store = Store::open(directory.path());
    ASSERT_TRUE(store);
    for (int i = 0; i < 10; ++i) {
      std::vector<policy::Listing> listings(random() % 300);
      for (auto& listing : listings) {
        listing.address =
            "u" + std::to_string(random() % 3000) + "@d" + std::to_string(random() % 9) + ".example";
        listing.note = std::string(random() % 7 == 0 ? random() % 2000 : 5, 'n');
      }
      ASSERT_TRUE((*store)->suppressions().add_many(listings));
      for (const auto& listing : listings) {
        ASSERT_TRUE(random() % 100 != 0 || (*store)->suppressions().remove(listing.address, {}));
      }
    }
    listed = (*store)->suppressions().stats()->addresses;
    const auto checked = check_pages(path, any);  // while it is open: nobody writes
    ASSERT_TRUE(checked) << checked.error().text;
    EXPECT_GE(checked->entries, listed);
  }
  EXPECT_GT(listed, 500U);
}

}  // namespace
}  // namespace signpost::store::lmdb
