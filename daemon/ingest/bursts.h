// Remembers for a short while which links of a message were fetched and how they were counted, so that the hits of a
// program are counted as its own once it shows what it is. track/burst judges; this keeps the hits and says what is to be
// counted otherwise. Holds no address and no agent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/hit_keys.h"
#include "track/burst.h"

namespace signpost::daemon::ingest {

/// How a hit was counted.
struct CountedHit {
  store::Counter counter;
  std::string stream;  ///< empty: not counted by stream
  bool operator==(const CountedHit&) const = default;
};

/// What one hit shows of those before it.
struct BurstVerdict {
  bool is_program = false;  ///< this hit, and the burst that it belongs to
  /// Hits of that burst that were counted as a person's, and how many of each.
  std::vector<std::pair<CountedHit, std::uint64_t>> earlier;
};

/// For one thread. A daemon that starts remembers nothing: what was counted stays.
class Bursts {
 public:
  /// Some 30 MB at most; beyond it the oldest are forgotten.
  static constexpr std::size_t kMaxMessages = 10000;
  /// Different ones of one burst. Of more than that without a verdict the rest count as what they seem.
  static constexpr std::size_t kMaxFetches = 16;

  /// Takes in a person's click or open, as far as its own request tells, or the fetch of a trap. `message`
  /// is the ULID that its token names.
  BurstVerdict take(std::string_view message, const track::Fetch& fetch, CountedHit counted);
  /// Forgets all: after a failure the same hits are taken again.
  void clear();
  std::size_t size() const { return messages_.size(); }

 private:
  struct Message {
    std::vector<track::Fetch> fetches;  ///< of the burst that goes on, each link and the pixel once
    /// Likewise, and how many of each, until they are a program's.
    std::vector<std::pair<CountedHit, std::uint64_t>> counted;
    base::Wall last{};
    bool is_program = false;
  };
  void forget_ended(base::Wall now);

  std::unordered_map<std::string, Message> messages_;
  std::deque<std::string> order_;  ///< oldest first
};

}  // namespace signpost::daemon::ingest
