#include "daemon/facts/original_sender.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/encoding.h"
#include "mail/address.h"
#include "policy/event_line.h"

namespace signpost::daemon::facts {
namespace {

using store::Day;
using store::EventPlace;

constexpr std::uint64_t kMostRead = std::uint64_t{64} << 20;
constexpr std::chrono::hours kLongest{1};     ///< that a message takes from MAIL to its end
constexpr std::chrono::seconds kDisorder{5};  ///< by which lines of several threads may be out of order

std::optional<base::Wall> time_of(std::string_view line) {
  const auto time = base::parse_time(line.substr(0, line.find(' ')));
  return time ? std::optional(*time) : std::nullopt;
}

/// The time of the first whole line behind a place; nullopt if there is none.
base::Result<std::optional<base::Wall>> time_behind(const store::EventFiles& files, const EventPlace& place) {
  std::optional<base::Wall> found;
  auto done = files.visit(place, [&](const EventPlace&, std::string_view line) {
    found = time_of(line);
    return !found;
  });
  if (!done) return tl::unexpected(done.error());
  return found;
}

/// Where the lines of that day from `at` on begin, or a little before.
base::Result<EventPlace> find_place(const store::EventFiles& files, Day day, base::Wall at) {
  const auto size = files.size(day);
  if (!size) return tl::unexpected(size.error());
  std::uint64_t first = 0;
  std::uint64_t last = *size;
  while (last - first > 4096) {
    const std::uint64_t middle = first + (last - first) / 2;
    const auto time = time_behind(files, {day, middle});
    if (!time) return tl::unexpected(time.error());
    (*time && **time < at ? first : last) = middle;
  }
  return EventPlace{day, first};
}

bool is_of(std::string_view line, const feedback::ReturnPath& path) {
  if (policy::find_raw_value(line, "stage") != "message") return false;
  const auto id = base::ulid_bytes(policy::find_raw_value(line, "id"));
  return id && feedback::shorten_id(*id) == path.message;
}

}  // namespace

base::Result<std::string> find_original_sender(store::EventFiles& files, const feedback::ReturnPath& path) {
  files.flush();  // the message may have come back at once
  const base::Wall sent = path.sent();
  const auto days = files.days();
  if (!days) return tl::unexpected(days.error());
  std::string sender;
  bool is_found = false;
  std::uint64_t read = 0;
  for (const Day day : *days) {
    if (day + std::chrono::days(1) <= sent || day > sent + kLongest || is_found) continue;
    const auto place = find_place(files, day, sent - kDisorder);
    if (!place) return tl::unexpected(place.error());
    auto done = files.visit(*place, [&](const EventPlace&, std::string_view line) {
      read += line.size() + 1;
      if (is_of(line, path)) {
        const auto parsed = policy::parse_event_text(line);
        if (parsed) sender = parsed->address("from");
        is_found = true;
      }
      const auto at = time_of(line);
      return !is_found && read < kMostRead && !(at && *at > sent + kLongest);
    });
    if (!done) return tl::unexpected(done.error());
  }
  return mail::parse_address(sender) ? sender : std::string();
}

}  // namespace signpost::daemon::facts
