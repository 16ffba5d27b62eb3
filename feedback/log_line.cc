#include "feedback/log_line.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"

namespace signpost::feedback {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxLine = 16384;

/// The time as it stands there.
struct Stamp {
  std::optional<std::chrono::year> year;  ///< none in the traditional form, which has no offset either
  std::chrono::month month{0};
  std::chrono::day day{0};
  milliseconds time{0};  ///< since midnight
  std::chrono::seconds offset{0};
};

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// Exactly `count` digits.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
  const std::string_view digits = text.substr(0, count);
  if (digits.size() < count || !std::all_of(digits.begin(), digits.end(), base::is_digit))
    return std::nullopt;
  text.remove_prefix(count);
  return static_cast<unsigned>(*base::parse_number(digits));
}

/// "21:40:16", "21:40:16.123456".
std::optional<milliseconds> take_time(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  const auto minute = hour && take(text, ':') ? take_digits(text, 2) : std::nullopt;
  const auto second = minute && take(text, ':') ? take_digits(text, 2) : std::nullopt;
  // 60 is a leap second.
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  milliseconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                      std::chrono::seconds(std::min(*second, 59U));
  if (!take(text, '.')) return time;
  unsigned digit = 100;
  for (; !text.empty() && base::is_digit(text.front()); text.remove_prefix(1), digit /= 10)
    time += milliseconds(digit * static_cast<unsigned>(text.front() - '0'));
  return time;
}

/// "Z", "+01:00", "-0800".
std::optional<std::chrono::seconds> take_offset(std::string_view& text) {
  if (take(text, 'Z')) return std::chrono::seconds(0);
  const int sign = text.starts_with('-') ? -1 : 1;
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  take(text, ':');
  const auto minutes = hours ? take_digits(text, 2) : std::nullopt;
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (std::chrono::hours(*hours) + std::chrono::minutes(*minutes));
}

/// "2026-11-28T21:40:16.123456+01:00".
std::optional<Stamp> take_full_stamp(std::string_view& text) {
  const auto year = take_digits(text, 4);
  const auto month = year && take(text, '-') ? take_digits(text, 2) : std::nullopt;
  const auto day = month && take(text, '-') ? take_digits(text, 2) : std::nullopt;
  const auto time = day && take(text, 'T') ? take_time(text) : std::nullopt;
  const auto offset = time ? take_offset(text) : std::nullopt;
  if (!offset) return std::nullopt;
  const Stamp stamp{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                    std::chrono::day(*day), *time, *offset};
  if (!(*stamp.year / stamp.month / stamp.day).ok()) return std::nullopt;
  return stamp;
}

/// "Nov  8 21:40:16".
std::optional<Stamp> take_short_stamp(std::string_view& text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(0, 3));
  if (month == kMonths.end()) return std::nullopt;
  text.remove_prefix(3);
  if (!take(text, ' ')) return std::nullopt;
  const auto day = take_digits(text, take(text, ' ') ? 1 : 2);
  const auto time = day && take(text, ' ') ? take_time(text) : std::nullopt;
  if (!time) return std::nullopt;
  Stamp stamp;
  stamp.month = std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1);
  stamp.day = std::chrono::day(*day);
  stamp.time = *time;
  if (!(stamp.month / stamp.day).ok()) return std::nullopt;
  return stamp;
}

std::optional<Stamp> take_stamp(std::string_view& text) {
  if (text.empty()) return std::nullopt;
  const auto stamp = base::is_digit(text.front()) ? take_full_stamp(text) : take_short_stamp(text);
  if (!stamp || !take(text, ' ')) return std::nullopt;
  return stamp;
}

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view line) {
  line = line.substr(0, kMaxLine);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (!take_stamp(line)) return std::nullopt;
  const std::size_t host = line.find(' ');
  // In a log without hosts this would be another program's tag, and its text would be read as a line.
  if (host == 0 || host == std::string_view::npos || line[host - 1] == ':') return std::nullopt;
  line.remove_prefix(host + 1);
  // One bracket with digits only: Postfix's own, and not one that is part of a name somebody chose.
  const std::size_t tag = line.find_first_of(" :[");
  if (tag == 0 || tag == std::string_view::npos || line[tag] != '[') return std::nullopt;
  const std::size_t pid = line.find_first_not_of("0123456789", tag + 1);
  if (pid == tag + 1 || pid == std::string_view::npos || !line.substr(pid).starts_with("]: "))
    return std::nullopt;
  return LogLine{line.substr(0, tag), line.substr(pid + 3)};
}

std::optional<base::Wall> parse_log_time(std::string_view line, base::Wall now,
                                         std::chrono::seconds utc_offset) {
  const auto stamp = take_stamp(line);
  if (!stamp) return std::nullopt;
  if (stamp->year)
    return std::chrono::sys_days(*stamp->year / stamp->month / stamp->day) + stamp->time - stamp->offset;
  const base::Wall latest = now + std::chrono::days(1);
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(latest + utc_offset));
  // Eight years back there was a 29 February, also around 1900 and 2100.
  for (int back = 0; back <= 8; ++back) {
    const auto date = (today.year() - std::chrono::years(back)) / stamp->month / stamp->day;
    if (!date.ok()) continue;
    const base::Wall time = std::chrono::sys_days(date) + stamp->time - utc_offset;
    if (time <= latest) return time;
  }
  return std::nullopt;
}

}  // namespace signpost::feedback
