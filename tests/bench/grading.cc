// The operating curve of track/burst on made traffic: for each threshold, how many of the programs' clicks are found, and how
// many of the people's are lost. Prints the table of docs/web.md. The traffic is invented: what people and programs
// do is described here, next to the code that makes it, so that a reader can judge it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "track/burst.h"

namespace {

using signpost::base::Wall;
using signpost::track::Fetch;
using signpost::track::Network;
using std::chrono::milliseconds;

constexpr Wall kSent{std::chrono::hours(480000)};
constexpr int kMessages = 20000;  // of each kind

using Random = std::mt19937_64;
int between(Random& random, int low, int high) {
  return std::uniform_int_distribution<int>(low, high)(random);
}
bool chance(Random& random, int percent) {
  return between(random, 1, 100) <= percent;
}

struct Kind {
  const char* name;
  bool program;
  std::function<std::vector<Fetch>(Random&)> make;
};

/// `clicks` links in the order of a message of 12, the first after `first`, then `low` to `high` milliseconds apart.
std::vector<Fetch> fetches(Random& random, int clicks, milliseconds first, int low, int high, Network network,
                           bool opens) {
  std::vector<Fetch> made;
  Wall at = kSent + first;
  if (opens) made.push_back({at, true, 0, network});
  for (int i = 0; i < clicks; ++i) {
    at += milliseconds(between(random, low, high));
    made.push_back({at, false, static_cast<std::uint16_t>(i % 12), network});
  }
  return made;
}

const std::array<Kind, 9> kKinds = {{
    {"person: one link, hours later", false,
     [](Random& r) {
       return fetches(r, 1, milliseconds(between(r, 60'000, 86'400'000)), 800, 30'000, Network::unknown,
                      true);
     }},
    {"person: waits for the mail", false,
     [](Random& r) {
       return fetches(r, 1, milliseconds(between(r, 900, 12'000)), 300, 4000, Network::unknown, true);
     }},
    {"person: double click", false,
     [](Random& r) {
       auto made =
           fetches(r, 1, milliseconds(between(r, 2000, 3'600'000)), 500, 4000, Network::unknown, true);
       made.push_back(made.back());
       made.back().at += milliseconds(between(r, 60, 400));
       return made;
     }},
    {"person: opens two to five tabs", false,
     [](Random& r) {
       return fetches(r, between(r, 2, 5), milliseconds(between(r, 20'000, 86'400'000)), 180, 1400,
                      Network::unknown, chance(r, 70));
     }},
    {"person: browser in a data center", false,
     [](Random& r) {
       return fetches(r, between(r, 1, 2), milliseconds(between(r, 5'000, 86'400'000)), 500, 8000,
                      Network::hosting, true);
     }},
    {"program: all links in parallel", true,
     [](Random& r) {
       return fetches(r, between(r, 3, 12), milliseconds(between(r, 200, 60'000)), 2, 60, Network::unknown,
                      chance(r, 60));
     }},
    {"program: one after the other", true,
     [](Random& r) {
       return fetches(r, between(r, 4, 12), milliseconds(between(r, 200, 20'000)), 150, 900, Network::unknown,
                      chance(r, 60));
     }},
    {"program: one link, data center", true,
     [](Random& r) {
       return fetches(r, 1, milliseconds(between(r, 200, 8'000)), 10, 300, Network::hosting, false);
     }},
    {"program: all links, hours later", true,
     [](Random& r) {
       return fetches(r, between(r, 3, 12), milliseconds(between(r, 3'600'000, 20'000'000)), 2, 120,
                      Network::unknown, chance(r, 30));
     }},
}};

/// Clicks of one message that count as a program's at this threshold: whole bursts, as daemon/ingest/bursts cuts them.
std::size_t found(const std::vector<Fetch>& made, int threshold) {
  std::size_t programs = 0;
  std::size_t begin = 0;
  for (std::size_t end = 1; end <= made.size(); ++end) {
    if (end < made.size() && made[end].at - made[end - 1].at <= signpost::track::kBurstGap) continue;
    const auto burst = std::span(made).subspan(begin, end - begin);
    if (signpost::track::suspicion(burst, kSent) >= threshold)
      programs += static_cast<std::size_t>(
          std::count_if(burst.begin(), burst.end(), [](const Fetch& one) { return !one.is_open; }));
    begin = end;
  }
  return programs;
}

}  // namespace

int main() {
  constexpr std::array<int, 8> kThresholds = {20, 30, 40, 50, 60, 70, 80, 90};
  std::printf("| kind |");
  for (const int threshold : kThresholds) std::printf(" %d |", threshold);
  std::printf("\n|---|");
  for (std::size_t i = 0; i < kThresholds.size(); ++i) std::printf("---|");
  std::printf("\n");
  std::array<std::array<double, 2>, kThresholds.size()> sums{};
  std::array<double, 2> all{};
  for (const Kind& kind : kKinds) {
    Random random(7);
    std::array<double, kThresholds.size()> hits{};
    double clicks = 0;
    for (int i = 0; i < kMessages; ++i) {
      const auto made = kind.make(random);
      clicks += static_cast<double>(
          std::count_if(made.begin(), made.end(), [](const Fetch& one) { return !one.is_open; }));
      for (std::size_t t = 0; t < kThresholds.size(); ++t)
        hits[t] += static_cast<double>(found(made, kThresholds[t]));
    }
    std::printf("| %s |", kind.name);
    all[kind.program] += clicks;
    for (std::size_t t = 0; t < kThresholds.size(); ++t) {
      sums[t][kind.program] += hits[t];
      std::printf(" %.1f %% |", 100 * hits[t] / clicks);
    }
    std::printf("\n");
  }
  for (const bool program : {false, true}) {
    std::printf("| **%s** |", program ? "programs' clicks found" : "people's clicks lost");
    for (std::size_t t = 0; t < kThresholds.size(); ++t)
      std::printf(" %.1f %% |", 100 * sums[t][program] / all[program]);
    std::printf("\n");
  }
}
