#include "importers/foreign_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"

namespace signpost::importers {
namespace {

constexpr std::int64_t kYear10000 = 253'402'300'800;  ///< in seconds since 1970

std::optional<std::int64_t> parse_digits(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text[0] == '-' || read.ec != std::errc() || read.ptr != text.data() + text.size())
    return std::nullopt;
  return number;
}

/// "+02:00", "-0500", "+00", "Z", "UTC", "GMT", "+0000 UTC" (as Go prints it); nothing is UTC.
std::optional<std::chrono::minutes> parse_zone(std::string_view zone) {
  zone = base::trim(zone);
  if (zone.empty() || zone == "Z" || zone == "UTC" || zone == "GMT") return std::chrono::minutes{0};
  if (zone[0] != '+' && zone[0] != '-') return std::nullopt;
  const bool is_west = zone[0] == '-';
  zone = zone.substr(1, std::min(zone.find(' '), zone.size()) - 1);
  const bool has_colon = zone.size() == 5 && zone[2] == ':';
  if (zone.size() != 2 && zone.size() != 4 && !has_colon) return std::nullopt;
  const auto hours = parse_digits(zone.substr(0, 2));
  const auto minutes =
      zone.size() == 2 ? std::optional<std::int64_t>(0) : parse_digits(zone.substr(has_colon ? 3 : 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return is_west ? -offset : offset;
}

/// "Thu, 13 Oct 2011 18:02:00 +0200" (RFC 5322 §3.3) as "2011-10-13T18:02:00" and the zone.
std::optional<std::pair<std::string, std::string>> split_mail_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                        "jul", "aug", "sep", "oct", "nov", "dec"};
  if (const std::size_t comma = text.find(','); comma != std::string_view::npos)
    text = base::trim(text.substr(comma + 1));
  const auto words = base::split(text, ' ');
  if (words.size() < 4 || words.size() > 5 || words[2].size() != 4 || words[0].empty() || words[0].size() > 2)
    return std::nullopt;
  const auto month = std::find(kMonths.begin(), kMonths.end(), base::lower(words[1]));
  if (month == kMonths.end()) return std::nullopt;
  const std::string number = std::to_string(month - kMonths.begin() + 1);
  const auto two = [](std::string_view digits) { return std::string(2 - digits.size(), '0').append(digits); };
  std::string date(words[2]);
  date.append("-").append(two(number)).append("-").append(two(words[0])).append("T").append(words[3]);
  return std::pair{date, words.size() == 5 ? std::string(words[4]) : std::string()};
}

/// "2011-10-13 18:02:00.5+02:00" as "2011-10-13T18:02:00.5" and the zone.
std::pair<std::string, std::string> split_iso_time(std::string_view text) {
  constexpr std::size_t kDate = 10;
  std::string date(text.substr(0, kDate));
  // 2021/02/03 is 2021-02-03.
  if (date.size() == kDate && date[4] == '/' && date[7] == '/') date[4] = date[7] = '-';
  if (text.size() <= kDate) return {date, {}};
  const std::size_t end = std::min(text.find_first_not_of("0123456789:.", kDate + 1), text.size());
  std::string time(text.substr(kDate, end - kDate));
  if (time[0] == ' ') time[0] = 'T';
  // More digits of a second than parse_time takes: five of Mandrill, six of PostgreSQL, nine of Go.
  if (const std::size_t dot = time.find('.'); dot != std::string::npos)
    time.resize(std::min(time.size(), dot + 4));
  return {date + time, std::string(text.substr(end))};
}

/// Seconds or, with 13 digits, milliseconds since 1970; a fraction of a second is dropped.
std::optional<base::Wall> parse_unix_time(std::string_view text) {
  const auto number = parse_digits(text.substr(0, text.find('.')));
  if (!number) return std::nullopt;
  const std::size_t dot = text.find('.');
  if (dot != std::string_view::npos &&
      text.find_first_not_of("0123456789", dot + 1) != std::string_view::npos)
    return std::nullopt;
  if (text.size() == 13) return base::Wall(std::chrono::milliseconds(*number));
  if (*number >= kYear10000) return std::nullopt;
  return base::Wall(std::chrono::seconds(*number));
}

}  // namespace

base::Result<base::Wall> parse_foreign_time(std::string_view text) {
  if (const auto seconds = parse_unix_time(text)) return *seconds;
  const auto mail_date = split_mail_date(text);
  const auto [time, zone] = mail_date ? *mail_date : split_iso_time(text);
  const auto offset = parse_zone(zone);
  const bool is_date = time.find('T') == std::string::npos;
  const auto parsed = base::parse_time(is_date ? time : time + "Z");
  if (!offset || !parsed) return base::invalid("bad time '" + std::string(text.substr(0, 40)) + "'");
  const base::Wall moment = *parsed - *offset;
  // What some programs write for "never".
  if (moment < base::Wall(std::chrono::hours(0))) return base::invalid("the time is before 1970");
  return moment;
}

}  // namespace signpost::importers
