// What the store is measured against, by LMDB alone, and the clients that add to it.
//
//   bench_store load FILE DIRECTORY       all pairs of a store's tables, in their order, into an empty
//   environment bench_store commits DIRECTORY SECONDS  one pair a transaction, each on disk before the next
//   bench_store adds SOCKET CLIENTS SECONDS  `suppress add` through the control socket, each answered before
//   the next
//
// Prints one line of key=value words. Started by store.py.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <lmdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

void require(int code, const char* what) {
  if (code == MDB_SUCCESS) return;
  std::fprintf(stderr, "bench_store: %s: %s\n", what, mdb_strerror(code));
  std::exit(1);
}

MDB_env* open_environment(const char* path, unsigned flags) {
  MDB_env* env = nullptr;
  require(mdb_env_create(&env), "create");
  require(mdb_env_set_maxdbs(env, 32), "tables");
  require(mdb_env_set_mapsize(env, std::size_t{16} << 30), "map");
  require(mdb_env_open(env, path, flags, 0600), path);
  return env;
}

std::vector<std::string> table_names(MDB_txn* transaction) {
  MDB_dbi unnamed = 0;
  MDB_cursor* cursor = nullptr;
  require(mdb_dbi_open(transaction, nullptr, 0, &unnamed), "tables");
  require(mdb_cursor_open(transaction, unnamed, &cursor), "cursor");
  std::vector<std::string> names;
  MDB_val key{};
  MDB_val value{};
  while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS)
    names.emplace_back(static_cast<const char*>(key.mv_data), key.mv_size);
  mdb_cursor_close(cursor);
  return names;
}

std::uint64_t copy_table(MDB_txn* from, MDB_txn* to, const std::string& name) {
  MDB_dbi source = 0;
  MDB_dbi target = 0;
  MDB_cursor* reading = nullptr;
  MDB_cursor* writing = nullptr;
  require(mdb_dbi_open(from, name.c_str(), 0, &source), "table");
  require(mdb_dbi_open(to, name.c_str(), MDB_CREATE, &target), "table");
  require(mdb_cursor_open(from, source, &reading), "cursor");
  require(mdb_cursor_open(to, target, &writing), "cursor");
  MDB_val key{};
  MDB_val value{};
  std::uint64_t count = 0;
  while (mdb_cursor_get(reading, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
    require(mdb_cursor_put(writing, &key, &value, MDB_APPEND), "put");
    ++count;
  }
  mdb_cursor_close(reading);
  mdb_cursor_close(writing);
  return count;
}

int load(const char* store, const char* directory) {
  MDB_env* const from = open_environment(store, MDB_RDONLY | MDB_NOLOCK | MDB_NOSUBDIR);
  MDB_env* const to = open_environment(directory, 0);
  MDB_txn* reading = nullptr;
  MDB_txn* writing = nullptr;
  require(mdb_txn_begin(from, nullptr, MDB_RDONLY, &reading), "begin");
  const auto begin = Clock::now();
  require(mdb_txn_begin(to, nullptr, 0, &writing), "begin");
  std::uint64_t count = 0;
  for (const std::string& name : table_names(reading)) count += copy_table(reading, writing, name);
  require(mdb_txn_commit(writing), "commit");
  std::printf("pairs=%llu seconds=%.3f\n", static_cast<unsigned long long>(count), seconds_since(begin));
  mdb_txn_abort(reading);
  mdb_env_close(from);
  mdb_env_close(to);
  return 0;
}

int commits(const char* directory, double seconds) {
  MDB_env* const env = open_environment(directory, 0);
  const auto begin = Clock::now();
  std::uint64_t count = 0;
  while (seconds_since(begin) < seconds) {
    MDB_txn* transaction = nullptr;
    MDB_dbi table = 0;
    require(mdb_txn_begin(env, nullptr, 0, &transaction), "begin");
    require(mdb_dbi_open(transaction, "addresses", MDB_CREATE, &table), "table");
    std::string name = "gone" + std::to_string(count++) + "@example.net";
    std::string record(64, 'x');
    MDB_val key{name.size(), name.data()};
    MDB_val value{record.size(), record.data()};
    require(mdb_put(transaction, table, &key, &value, 0), "put");
    require(mdb_txn_commit(transaction), "commit");
  }
  std::printf("per_second=%.1f\n", static_cast<double>(count) / seconds_since(begin));
  mdb_env_close(env);
  return 0;
}

int connect_to(const char* path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (descriptor < 0 || ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("bench_store: connect");
    std::exit(1);
  }
  return descriptor;
}

/// Reads to the end of one answer line.
bool read_answer(int descriptor, std::string& answer) {
  answer.clear();
  char bytes[512];
  while (!answer.ends_with('\n')) {
    const ssize_t count = ::read(descriptor, bytes, sizeof bytes);
    if (count <= 0) return false;
    answer.append(bytes, static_cast<std::size_t>(count));
  }
  return true;
}

/// How many were acknowledged.
std::uint64_t add_until(const char* socket, unsigned client, const std::atomic<bool>& stop) {
  const int descriptor = connect_to(socket);
  std::uint64_t count = 0;
  std::string answer;
  while (!stop) {
    const std::string line = "suppress add c" + std::to_string(client) + "n" + std::to_string(count) +
                             "@example.net reason=manual\n";
    if (::write(descriptor, line.data(), line.size()) != static_cast<ssize_t>(line.size()) ||
        !read_answer(descriptor, answer) || !answer.starts_with("ok")) {
      std::fprintf(stderr, "bench_store: %s\n", answer.c_str());
      std::exit(1);
    }
    ++count;
  }
  ::close(descriptor);
  return count;
}

int adds(const char* socket, unsigned clients, double seconds) {
  std::atomic<bool> stop{false};
  std::vector<std::uint64_t> counts(clients);
  std::vector<std::thread> threads;
  const auto begin = Clock::now();
  for (unsigned i = 0; i < clients; ++i)
    threads.emplace_back([&, i] { counts[i] = add_until(socket, i, stop); });
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  stop = true;
  std::uint64_t total = 0;
  for (unsigned i = 0; i < clients; ++i) {
    threads[i].join();
    total += counts[i];
  }
  std::printf("per_second=%.1f\n", static_cast<double>(total) / seconds_since(begin));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what == "load" && argc == 4) return load(argv[2], argv[3]);
  if (what == "commits" && argc == 4) return commits(argv[2], std::atof(argv[3]));
  if (what == "adds" && argc == 5)
    return adds(argv[2], static_cast<unsigned>(std::atoi(argv[3])), std::atof(argv[4]));
  std::fputs(
      "usage: bench_store load STORE DIRECTORY | commits DIRECTORY SECONDS | adds SOCKET CLIENTS SECONDS\n",
      stderr);
  return 64;
}
