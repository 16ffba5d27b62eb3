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
#include <vector>

#include "base/clock.h"
#include "store/hit_keys.h"
#include "track/burst.h"

namespace signpost::daemon::ingest {

/// How a hit was counted.
struct CountedHit {
  store::Counter counter;
  std::string stream;  ///< empty: not counted by stream
};

/// What one hit shows of those before it.
struct BurstVerdict {
  bool is_program = false;          ///< this hit, and the burst that it belongs to
  std::vector<CountedHit> earlier;  ///< hits of that burst that were counted as a person's
};

/// For one thread. A daemon that starts remembers nothing: what was counted stays.
class Bursts {
 public:
  static constexpr std::size_t kMaxMessages = 20000;  ///< some 20 MB; beyond it the oldest are forgotten
  static constexpr std::size_t kMaxFetches = 64;      ///< of one burst; further ones share its verdict

  /// Takes in a person's click or open, as far as its own request tells. `message` is the ULID that its token names.
  BurstVerdict take(std::string_view message, const track::Fetch& fetch, CountedHit counted);
  /// Forgets all: after a failure the same hits are taken again.
  void clear();
  std::size_t size() const { return messages_.size(); }

 private:
  struct Message {
    std::vector<track::Fetch> fetches;  ///< of the burst that goes on
    std::vector<CountedHit> counted;    ///< likewise, until they are a program's
    base::Wall last{};
    bool is_program = false;
  };
  void make_room();

  std::unordered_map<std::string, Message> messages_;
  std::deque<std::string> order_;  ///< oldest first
};

}  // namespace signpost::daemon::ingest
