// Which message a queue id of the MTA means: learned from the event files, so that nothing on mail's way has to tell it. Bounded;
// what a restart forgets is read again.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
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

  /// Messages beyond `max` push out those of the oldest day; each takes some 120 bytes.
  explicit QueuedMessages(const store::EventFiles& files, std::size_t max = 1'000'000)
      : files_(files), max_(max) {}

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
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;
  struct OfDay {
    std::uint64_t read = 0;  ///< of its file
    Entries entries;
  };
  void take(std::string_view raw, Entries& entries);
  std::uint32_t identity_of(std::string_view tenant, std::string_view stream);

  const store::EventFiles& files_;
  const std::size_t max_;
  std::map<store::Day, OfDay> days_;
  std::vector<std::pair<std::string, std::string>> identities_;  ///< tenants and streams
  std::map<std::pair<std::string, std::string>, std::uint32_t> numbers_;
};

}  // namespace signpost::daemon::ingest
