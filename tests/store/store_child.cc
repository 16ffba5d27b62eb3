// What the kill and fault tests run: adds listings and prints the number of each one that was acknowledged.
//   store_child DIRECTORY THREADS FIRST COUNT
//   store_child DIRECTORY replace|replace-once FIRST COUNT
//   store_child DIRECTORY look FIRST COUNT
// Each thread t adds FIRST+t, FIRST+t+THREADS, … below FIRST+COUNT. A line is "ok N", "refused N" or "error
// text". With `replace` the whole list is replaced again and again by COUNT listings whose note is FIRST,
// FIRST+1, …; with `replace-once` only by those of FIRST. `look` looks all up and prints "listed N",
// "deferred N" and "passed N".
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "store/store.h"

using namespace signpost;

namespace {

/// One write a line, so that a kill leaves whole lines.
bool say(const std::string& line) {
  const std::string text = line + "\n";
  return ::write(STDOUT_FILENO, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void add_all(store::Store& store, long first, long end, long step) {
  for (long number = first; number < end; number += step) {
    policy::Listing listing;
    listing.address = "u" + std::to_string(number) + "@example.net";
    const auto added = store.suppressions().add(listing);
    if (!say((added ? "ok " : "refused ") + std::to_string(number))) return;
  }
}

void add_with_threads(store::Store& store, long first, long count, long threads) {
  std::vector<std::thread> running;
  for (long t = 0; t < threads; ++t) {
    running.emplace_back(
        [&store, first, count, threads, t] { add_all(store, first + t, first + count, threads); });
  }
  for (auto& thread : running) thread.join();
}

bool run_replacement(store::Store& store, long round, long count) {
  auto load = store.bulk().begin({.dry_run = false,
                                  .replaced = store::list::SetName{policy::Reason::hard_bounce, ""},
                                  .may_shrink = false});
  if (!load) return say("refused " + std::to_string(round));
  for (long number = 0; number < count; ++number) {
    policy::Listing listing;
    listing.reason = policy::Reason::hard_bounce;
    listing.address = "u" + std::to_string(number) + "@example.net";
    listing.note = std::to_string(round);
    if (!(*load)->add(listing, 0)) return false;
  }
  return say("run " + std::to_string(round)) &&
         say(((*load)->run() ? "ok " : "refused ") + std::to_string(round));
}

void replace_all(store::Store& store, long first, long count) {
  for (long round = first; run_replacement(store, round, count);) ++round;
}

void look_all_up(store::Store& store, long first, long count) {
  long listed = 0;
  long deferred = 0;
  for (long number = first; number < first + count; ++number) {
    const auto found = store.suppressions().find({"u" + std::to_string(number), "example.net"});
    if (!found) {
      ++deferred;
    } else if (!found->empty()) {
      ++listed;
    }
  }
  say("listed " + std::to_string(listed));
  say("deferred " + std::to_string(deferred));
  say("passed " + std::to_string(count - listed - deferred));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 64;
  const std::string work = argv[2];
  const long first = std::stol(argv[3]);
  const long count = std::stol(argv[4]);
  const auto opened = store::Store::open(argv[1], {.map_bytes = std::uint64_t{1} << 20});
  if (!opened) {
    say("error " + opened.error().text);
    return 75;
  }
  if (work == "replace") {
    replace_all(**opened, first, count);
  } else if (work == "replace-once") {
    run_replacement(**opened, first, count);
  } else if (work == "look") {
    look_all_up(**opened, first, count);
  } else {
    add_with_threads(**opened, first, count, std::stol(work));
  }
  return 0;
}
