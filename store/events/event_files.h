// The facts of the last weeks: a file of lines for each day (UTC), appended by a thread of its own so that mail never waits, and
// read by those who ask later. Knows no key of a line; policy/event_line reads one.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "base/worker.h"
#include "system/descriptor.h"

namespace signpost::store {

using Day = std::chrono::sys_days;

/// Where a line stands. It never moves while its day is kept, so this is the event's id.
struct EventPlace {
  Day day{};
  std::uint64_t offset = 0;  ///< of its first octet in the day's file
  bool operator==(const EventPlace&) const = default;
};
/// "20261128.18734".
std::string format_event_place(const EventPlace& place);

/// Thread-safe. Appending never blocks and never fails: what finds no room is lost and counted.
class EventFiles {
 public:
  /// Makes the directory (mode 0750) if it is missing, in one that is there. `max_bytes`: of all days together. Error `unavailable`
  /// if it cannot be used.
  static base::Result<std::unique_ptr<EventFiles>> open(const std::string& directory,
                                                        std::uint64_t max_bytes);
  /// Writes what still waits.
  ~EventFiles();

  /// A line without its end; it goes into the file of that day. In memory until the next turn of the thread (kRest). Lost is
  /// what would let a day's file grow beyond max_bytes, and everything while the disk has less room than kLeftFree: others
  /// need it more.
  void append(base::Wall at, std::string_view line);
  /// Returns when all that was appended before is in its file, or lost. False if that took more than a few seconds.
  bool flush();
  std::uint64_t lost() const;
  /// Why the last write failed; empty if it did not.
  std::string problem() const;

  /// Those that are kept, oldest first.
  base::Result<std::vector<Day>> days() const;
  /// In octets; 0 if there is no such day.
  base::Result<std::uint64_t> size(Day day) const;
  /// Called with the lines of a day in their order, from the one at that place on, each without its end; false ends it. A torn
  /// line is one like others. That there is no such day is no error.
  using Visit = std::function<bool(const EventPlace&, std::string_view line)>;
  base::Result<void> visit(const EventPlace& from, const Visit& visit) const;
  /// Puts other octets in place of a line; as many, so that no line moves. On disk after `sync` of the day.
  base::Result<void> overwrite(const EventPlace& place, std::string_view line);
  base::Result<void> sync(Day day);

  /// Removes whole days but today: those before `oldest`, those that a wrong clock has put into the future, then the oldest
  /// while all together take more than max_bytes.
  base::Result<void> sweep(Day oldest, Day today);

  static constexpr std::chrono::milliseconds kRest{100};                ///< a line waits as long
  static constexpr std::uint64_t kLeftFree = std::uint64_t{256} << 20;  ///< or a twentieth of a smaller disk
  static constexpr std::size_t kMaxWaiting = std::size_t{16} << 20;

 private:
  struct Waiting {
    Day day{};
    std::string lines;
    std::uint64_t count = 0;
  };
  EventFiles(std::string path, std::uint64_t max_bytes, system::Descriptor directory);
  std::chrono::nanoseconds write_waiting();
  base::Result<void> write(const Waiting& waiting);
  base::Result<void> expect_room(std::uint64_t size, std::size_t more) const;
  base::Result<void> use_file_of(Day day);

  const std::string path_;
  const std::uint64_t max_bytes_;
  const system::Descriptor directory_;

  mutable base::Mutex mutex_;
  std::vector<Waiting> waiting_ GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t appended_ GUARDED_BY(mutex_) = 0;  ///< lines; with those that were lost
  std::uint64_t done_ GUARDED_BY(mutex_) = 0;
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
  std::string problem_ GUARDED_BY(mutex_);
  bool rests_ GUARDED_BY(mutex_) = false;  ///< the thread waits to be woken
  base::Condition written_;

  // For the thread.
  std::optional<Day> day_;
  system::Descriptor file_;

  base::Worker worker_;
};

}  // namespace signpost::store
