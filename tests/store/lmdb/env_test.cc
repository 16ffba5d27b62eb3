// The environment under pressure: growth while others read, more readers than slots, damaged
// files, a full disk.
#include "store/lmdb/env.h"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/workplace.h"

namespace signpost::store::lmdb {
namespace {

constexpr std::string_view kTables[] = {"addresses", "domains"};
constexpr Table kAddresses{0};
constexpr Table kDomains{1};

constexpr Env::Options kSmallMap{std::uint64_t{1} << 20};

std::unique_ptr<Env> open_env(const tests::TempDir& directory, Env::Options options = kSmallMap) {
  auto env = Env::open(directory.path() + "/list.mdb", kTables, options);
  EXPECT_TRUE(env) << env.error().text;
  return env ? std::move(*env) : nullptr;
}

base::Result<void> put(Env& env, const std::string& key, const std::string& value) {
  return env.write([&](WriteTransaction& transaction) { return transaction.put(kAddresses, key, value); });
}
std::string get(Env& env, const std::string& key) {
  const auto transaction = env.read();
  if (!transaction) return "error: " + transaction.error().text;
  const auto value = transaction->get(kAddresses, key);
  if (!value) return "error: " + value.error().text;
  return *value ? std::string(**value) : "none";
}

TEST(Env, KeepsWhatWasWritten) {
  const tests::TempDir directory;
  {
    const auto env = open_env(directory);
    ASSERT_TRUE(put(*env, "a", "1"));
    EXPECT_EQ(get(*env, "a"), "1");
    EXPECT_EQ(get(*env, "b"), "none");
  }
  const auto env = open_env(directory);
  EXPECT_EQ(get(*env, "a"), "1");
  const auto erased = env->write([](WriteTransaction& transaction) -> base::Result<void> {
    EXPECT_TRUE(*transaction.erase(kAddresses, "a"));
    EXPECT_FALSE(*transaction.erase(kAddresses, "a"));
    return {};
  });
  EXPECT_TRUE(erased);
  EXPECT_EQ(get(*env, "a"), "none");
}

TEST(Env, ARefusalOfTheBodyWritesNothing) {
  const tests::TempDir directory;
  const auto env = open_env(directory);
  const auto written = env->write([](WriteTransaction& transaction) -> base::Result<void> {
    EXPECT_TRUE(transaction.put(kAddresses, "a", "1"));
    return base::invalid("no");
  });
  EXPECT_EQ(written.error().text, "no");
  EXPECT_EQ(get(*env, "a"), "none");
}

TEST(Env, KeysHaveOneTo511Bytes) {
  const tests::TempDir directory;
  const auto env = open_env(directory);
  EXPECT_TRUE(put(*env, std::string(511, 'k'), "1"));
  EXPECT_EQ(put(*env, std::string(512, 'k'), "1").error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(put(*env, "", "1").error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(get(*env, std::string(512, 'k')), "none");
  EXPECT_EQ(get(*env, ""), "none");
}

TEST(Env, ScansInOrderFromAKeyOn) {
  const tests::TempDir directory;
  const auto env = open_env(directory);
  for (const char* key : {"c", "a", "b"}) ASSERT_TRUE(put(*env, key, "1"));
  const auto transaction = env->read();
  std::string seen;
  const auto collect = [&](const Transaction::Pair& pair) {
    seen += pair.key;
    return true;
  };
  ASSERT_TRUE(transaction->scan(kAddresses, "", collect));
  ASSERT_TRUE(transaction->scan(kAddresses, "aa", collect));
  ASSERT_TRUE(transaction->scan(kAddresses, "d", collect));
  ASSERT_TRUE(transaction->scan(kDomains, "", collect));
  EXPECT_EQ(seen, "abcbc");
  EXPECT_EQ(*transaction->count(kAddresses), 3U);
}

TEST(Env, TheMapGrowsWhileOthersReadAndWrite) {
  const tests::TempDir directory;
  const auto env = open_env(directory);
  ASSERT_TRUE(put(*env, "fixed", "1"));
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  readers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!done) wrong += get(*env, "fixed") == "1" ? 0 : 1;
    });
  }
  std::vector<std::thread> writers;
  writers.reserve(2);
  for (int i = 0; i < 2; ++i) {
    writers.emplace_back([&, i] {
      for (int k = 0; k < 40; ++k) {
        wrong += put(*env, std::to_string(i) + "/" + std::to_string(k), std::string(100'000, 'x')) ? 0 : 1;
      }
    });
  }
  for (auto& thread : writers) thread.join();
  done = true;
  for (auto& thread : readers) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GE(env->size().map_bytes, 8U << 20);
  EXPECT_GE(env->size().used_bytes, 8'000'000U);
  EXPECT_EQ(get(*env, "1/39").size(), 100'000U);
}

TEST(Env, MoreReadersThanSlotsWaitAndAreServed) {
  const tests::TempDir directory;
  const auto env = open_env(directory);
  ASSERT_TRUE(put(*env, "a", "1"));
  std::atomic<int> right{0};
  std::atomic<int> arrived{0};
  constexpr int kThreads = 1500;  // more than the slots
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      ++arrived;
      while (arrived < kThreads) std::this_thread::yield();
      right += get(*env, "a") == "1" ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, kThreads);
  env->check_readers();
}

TEST(Env, WhoHoldsASlotWhileAllAreTakenLetsTheNextOneIn) {
  const tests::TempDir directory;
  const auto env = open_env(directory);
  std::vector<ReadTransaction> held;
  for (int i = 0; i < 1000; ++i) {
    auto transaction = env->read();
    ASSERT_TRUE(transaction) << transaction.error().text;
    held.push_back(std::move(*transaction));
  }
  std::atomic<bool> served{false};
  std::thread late([&] {
    (void)get(*env, "a");
    served = true;
  });
  EXPECT_TRUE(put(*env, "a", "1")) << "a writer needs no reader's slot";
  EXPECT_FALSE(served);
  held.pop_back();
  late.join();
  EXPECT_TRUE(served);
}

void overwrite(const std::string& path, std::streamoff from, std::size_t count) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(from);
  file << std::string(count, '\x5a');
}

/// Commits again and again; how many pages the file grew by.
std::uint64_t growth(Env& env) {
  const std::uint64_t before = env.size().used_bytes;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(put(env, "a", std::to_string(i)));
  return (env.size().used_bytes - before) / 4096;
}

TEST(Env, AReaderOfAKilledProcessKeepsNoPagesOnceReadersAreChecked) {
  const tests::TempDir directory;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {  // has nothing open yet: LMDB does not outlive a fork
    const auto env = open_env(directory);
    const auto reader = env->read();
    (void)!::write(ends[1], "r", 1);
    for (;;) ::pause();
  }
  char ready = 0;
  ASSERT_EQ(::read(ends[0], &ready, 1), 1);
  const auto env = open_env(directory);
  EXPECT_GT(growth(*env), 100U) << "a reader that lives keeps what it may still see";
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_GT(growth(*env), 100U) << "its slot is still taken";
  env->check_readers();
  EXPECT_LT(growth(*env), 10U);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Env, AFileThatIsNoneOfOursIsToldAtOpen) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/list.mdb";
  std::ofstream(path) << std::string(100'000, 'x');
  const auto env = Env::open(path, kTables, kSmallMap);
  ASSERT_FALSE(env);
  EXPECT_EQ(env.error().kind, base::ErrorKind::corrupt) << env.error().text;
}

TEST(Env, AFileThatWasCutIsToldAndDoesNotEndTheProcess) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/list.mdb";
  {
    const auto env = open_env(directory);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(put(*env, std::to_string(i), std::string(500, 'x')));
  }
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto env = Env::open(path, kTables, kSmallMap);
  ASSERT_FALSE(env);
  EXPECT_EQ(env.error().kind, base::ErrorKind::corrupt) << env.error().text;
}

TEST(Env, BothMetaPagesGoneIsToldAtOpen) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/list.mdb";
  { ASSERT_TRUE(put(*open_env(directory), "a", "1")); }
  overwrite(path, 0, 8192);
  const auto env = Env::open(path, kTables, kSmallMap);
  ASSERT_FALSE(env);
  EXPECT_EQ(env.error().kind, base::ErrorKind::corrupt) << env.error().text;
}

/// As long as it lives files cannot grow beyond `bytes`; writing more fails with EFBIG, like
/// ENOSPC on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    EXPECT_NE(std::signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(Env, AFullDiskRefusesWritesAnswersReadsAndHeals) {
  const tests::TempDir directory;
  const auto env = open_env(directory);
  ASSERT_TRUE(put(*env, "a", "1"));
  {
    const FileSizeLimit limit(env->size().used_bytes + 100'000);
    int refused = 0;
    for (int i = 0; i < 20; ++i) {
      const auto written = put(*env, "full" + std::to_string(i), std::string(20'000, 'x'));
      if (written) continue;
      ++refused;
      EXPECT_EQ(written.error().kind, base::ErrorKind::unavailable) << written.error().text;
      EXPECT_EQ(get(*env, "full" + std::to_string(i)), "none");
      EXPECT_EQ(get(*env, "a"), "1");
    }
    EXPECT_GT(refused, 0);
  }
  EXPECT_TRUE(put(*env, "after", std::string(200'000, 'x')));
  EXPECT_EQ(get(*env, "after").size(), 200'000U);
}

}  // namespace
}  // namespace signpost::store::lmdb
