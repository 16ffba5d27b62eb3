// Group commit: all that is acknowledged is written, a refusal stays the one's own.
#include "store/lmdb/writer.h"

#include <atomic>
#include <new>
#include <thread>

#include <gtest/gtest.h>

#include "base/memory_scope.h"
#include "tests/support/workplace.h"

namespace signpost::store::lmdb {
namespace {

constexpr std::string_view kTables[] = {"addresses", "domains"};
constexpr Table kAddresses{0};

TEST(Writer, ManyAtOnceAreAllWrittenAndRefusalsStayTheirOwn) {
  const tests::TempDir directory;
  const auto env = Env::open(directory.path() + "/list.mdb", kTables, {});
  ASSERT_TRUE(env);
  Writer writer(**env);
  std::atomic<int> written{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto result = writer.run([&](WriteTransaction& transaction) -> base::Result<void> {
          if (i % 10 == 3) return base::invalid("mine alone");
          return transaction.put(kAddresses, std::to_string(t) + "/" + std::to_string(i), "1");
        });
        if (result) {
          ++written;
        } else {
          refused += result.error().text == "mine alone" ? 1 : 1000;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(written, 8 * 45);
  EXPECT_EQ(refused, 8 * 5);
  EXPECT_EQ(*(*env)->read()->count(kAddresses), 8U * 45);
}

TEST(Writer, ThoseWhoWaitShareOneTransaction) {
  const tests::TempDir directory;
  const auto env = Env::open(directory.path() + "/list.mdb", kTables, {});
  ASSERT_TRUE(env);
  Writer writer(**env);
  std::atomic<int> arrived{0};
  std::vector<std::thread> threads;
  constexpr int kOthers = 5;
  std::atomic<int> shared{0};
  // Inside the first one's transaction the others come and wait. Those of one batch see what is written but
  // not yet committed.
  const auto first = writer.run([&](WriteTransaction&) -> base::Result<void> {
    for (int i = 0; i < kOthers; ++i) {
      threads.emplace_back([&, i] {
        ++arrived;
        const auto result = writer.run([&](WriteTransaction& transaction) {
          if (*transaction.count(kAddresses) > *(*env)->read()->count(kAddresses)) ++shared;
          return transaction.put(kAddresses, std::to_string(i), "1");
        });
        EXPECT_TRUE(result);
      });
    }
    while (arrived < kOthers) std::this_thread::yield();
    return {};
  });
  EXPECT_TRUE(first);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(*(*env)->read()->count(kAddresses), static_cast<std::uint64_t>(kOthers));
  EXPECT_GT(shared, 0);
}

TEST(Writer, AFailedWriteFailsTheWholeBatch) {
  const tests::TempDir directory;
  const auto env = Env::open(directory.path() + "/list.mdb", kTables, {});
  ASSERT_TRUE(env);
  Writer writer(**env);
  const auto result = writer.run([&](WriteTransaction& transaction) -> base::Result<void> {
    (void)transaction.put(kAddresses, "a", "1");
    return base::fail(base::ErrorKind::unavailable, "the disk is gone");
  });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(*(*env)->read()->count(kAddresses), 0U);
}

TEST(Writer, WithoutMemoryItFailsAndTheNextOneIsWritten) {
  const tests::TempDir directory;
  const auto env = Env::open(directory.path() + "/list.mdb", kTables, {});
  ASSERT_TRUE(env);
  Writer writer(**env);
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto result = writer.run([](WriteTransaction& transaction) -> base::Result<void> {
          (void)transaction.put(kAddresses, "lost", "1");
          throw std::bad_alloc();
        });
        if (!result && result.error().text == "out of memory") ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 4 * 20) << "whoever waits is answered";
  EXPECT_EQ(writer.failure(), "out of memory");
  EXPECT_EQ(*(*env)->read()->count(kAddresses), 0U);
  EXPECT_TRUE(
      writer.run([](WriteTransaction& transaction) { return transaction.put(kAddresses, "a", "1"); }));
  EXPECT_EQ(writer.failure(), "");
  EXPECT_EQ(*(*env)->read()->count(kAddresses), 1U);
}

TEST(Writer, EachOfItsAllocationsMayFail) {
  const tests::TempDir directory;
  const auto env = Env::open(directory.path() + "/list.mdb", kTables, {});
  ASSERT_TRUE(env);
  Writer writer(**env);
  bool written = false;
  for (std::size_t allowed = 0; !written; ++allowed) {
    ASSERT_LT(allowed, 1000u);
    const base::MemoryScope scope(base::MemoryScope::kUnlimited, allowed);
    try {
      const std::string key(40, 'k');
      written =
          writer.run([&](WriteTransaction& transaction) { return transaction.put(kAddresses, key, "1"); })
              .has_value();
      const auto read = (*env)->read();
      written = written && read && read->count(kAddresses).has_value();
    } catch (const std::bad_alloc&) {
    }
  }
  EXPECT_EQ(*(*env)->read()->count(kAddresses), 1U);
}

}  // namespace
}  // namespace signpost::store::lmdb
