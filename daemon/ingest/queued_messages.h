// Which message a queue id of the MTA means: learned from the event files, so that nothing on mail's way has to tell it. Bounded;
// what a restart forgets is read again.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/events/event_files.h"

namespace signpost::daemon::ingest {

struct QueuedMessage {
  std::string id;
  std::string tenant;  ///< empty: not a message of ours
  std::string stream;
};

/// For one thread.
class QueuedMessages {
 public:
  /// The MTA keeps a message as long (Postfix and Sendmail: five days); a day more for the rest.
  static constexpr std::chrono::days kKept{6};

  /// Of more messages than `max` the oldest are forgotten, some at a time; each takes some 120 bytes.
  explicit QueuedMessages(const store::EventFiles& files, std::size_t max = 1'000'000)
      : files_(files), max_of_generation_(std::max<std::size_t>(max / kGenerations, 1)) {}

  /// Reads what was appended to the event files since the last call; at first, the last kKept. `stops` ends it early, which
  /// is no error.
  base::Result<void> catch_up(store::Day today, const std::function<bool()>& stops);
  /// The message that had the id last; nullopt if none is known.
  std::optional<QueuedMessage> find(std::string_view queue_id) const;
  std::size_t size() const;

 private:
  struct Entry {
    std::array<char, 26> id{};
    std::uint32_t identity = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  /// Those that came one after the other, so that the oldest go together.
  struct Generation {
    store::Day last{};
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries;
  };
  static constexpr std::size_t kGenerations = 8;
  void take(store::Day day, std::string_view raw);
  std::uint32_t identity_of(std::string_view tenant, std::string_view stream);

  const store::EventFiles& files_;
  const std::size_t max_of_generation_;
  std::map<store::Day, std::uint64_t> read_;  ///< how far each day's file
  std::deque<Generation> generations_;
  std::vector<std::pair<std::string, std::string>> identities_;  ///< tenants and streams
  std::map<std::pair<std::string, std::string>, std::uint32_t> numbers_;
};

}  // namespace signpost::daemon::ingest
