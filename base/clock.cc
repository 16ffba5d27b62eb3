// Times, durations and sizes as people write them. Reads no clock: milter/ owns the one that ticks.
#include "base/clock.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "base/text.h"

namespace signpost::base {

namespace {

using std::chrono::milliseconds;

/// A word after a number and what it multiplies by, the largest first.
struct Unit {
  std::string_view word;
  std::uint64_t factor;
};
constexpr std::array<Unit, 6> kDurations = {
    {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"TB", 1ULL << 40}, {"GB", 1ULL << 30}, {"MB", 1ULL << 20}, {"KB", 1ULL << 10}}};

struct Quantity {
  std::uint64_t number = 0;
  std::string_view word;
};

/// "12ab" as 12 and "ab"; nothing if there is no number in front or it overflows.
std::optional<Quantity> parse_quantity(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = static_cast<std::size_t>(end - text.begin());
  const auto number = parse_number(text.substr(0, digits));
  if (!number) return std::nullopt;
  return Quantity{*number, text.substr(digits)};
}

/// number * factor, or nothing above `limit`.
std::optional<std::uint64_t> multiply(std::uint64_t number, std::uint64_t factor, std::uint64_t limit) {
  if (number > limit / factor) return std::nullopt;
  return number * factor;
}

/// The largest unit that divides `amount`, or nullptr.
template <std::size_t N>
const Unit* largest_exact(std::uint64_t amount, const std::array<Unit, N>& units) {
  const auto unit = std::find_if(units.begin(), units.end(),
                                 [amount](const Unit& u) { return amount != 0 && amount % u.factor == 0; });
  return unit == units.end() ? nullptr : &*unit;
}

std::string quote(std::string_view text) {
  return "\"" + std::string(text.substr(0, 64)) + "\"";
}

/// Takes exactly `count` digits from the front of text.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count ||
      !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(count), is_digit))
    return std::nullopt;
  const auto number = parse_number(text.substr(0, count));
  text.remove_prefix(count);
  return static_cast<unsigned>(*number);
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// "-MM-DD" and the like: a separator and two digits.
std::optional<unsigned> take_pair(std::string_view& text, char separator) {
  return take(text, separator) ? take_digits(text, 2) : std::nullopt;
}

/// ".123": at least one digit; what is beyond milliseconds is cut off.
std::optional<milliseconds> take_fraction(std::string_view& text) {
  std::int64_t number = 0;
  int digits = 0;
  for (; !text.empty() && is_digit(text.front()) && digits < 9; text.remove_prefix(1), ++digits) {
    if (digits < 3) number = number * 10 + (text.front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (int i = digits; i < 3; ++i) number *= 10;
  return milliseconds(number);
}

std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  const auto month = year ? take_pair(text, '-') : std::nullopt;
  const auto day = month ? take_pair(text, '-') : std::nullopt;
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

/// "T12:00Z", "T12:00:00Z", "T12:00:00.123Z".
std::optional<milliseconds> take_time_of_day(std::string_view& text) {
  const auto hour = take_pair(text, 'T');
  const auto minute = hour ? take_pair(text, ':') : std::nullopt;
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  milliseconds time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
  if (!text.empty() && text.front() == ':') {
    const auto second = take_pair(text, ':');
    if (!second || *second > 59) return std::nullopt;
    time += std::chrono::seconds(*second);
    if (take(text, '.')) {
      const auto fraction = take_fraction(text);
      if (!fraction) return std::nullopt;
      time += *fraction;
    }
  }
  if (!take(text, 'Z')) return std::nullopt;
  return time;
}

void append_digits(std::string& out, std::int64_t number, std::size_t width) {
  std::string digits(width, '0');
  for (std::size_t i = width; i-- > 0; number /= 10) digits[i] = static_cast<char>('0' + number % 10);
  out += digits;
}

}  // namespace

std::string format_time(Wall time) {
  // Four digits of year are what the form can hold.
  constexpr Wall kFirst = std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
  constexpr Wall kLast = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1) - milliseconds(1);
  time = std::clamp(time, kFirst, kLast);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::string text;
  text.reserve(24);
  append_digits(text, static_cast<int>(date.year()), 4);
  append_digits(text += '-', static_cast<unsigned>(date.month()), 2);
  append_digits(text += '-', static_cast<unsigned>(date.day()), 2);
  append_digits(text += 'T', clock.hours().count(), 2);
  append_digits(text += ':', clock.minutes().count(), 2);
  append_digits(text += ':', clock.seconds().count(), 2);
  append_digits(text += '.', clock.subseconds().count(), 3);
  return text += 'Z';
}

Result<Wall> parse_time(std::string_view text) {
  std::string_view rest = text;
  const auto date = take_date(rest);
  if (date && rest.empty()) return Wall(*date);
  const auto time = date ? take_time_of_day(rest) : std::nullopt;
  if (!time || !rest.empty()) {
    return invalid("bad time " + quote(text) +
                   ": expected a date such as 2026-11-23 or a time such as 2026-11-23T12:00:00Z");
  }
  return Wall(*date) + *time;
}

Result<milliseconds> parse_duration(std::string_view text) {
  constexpr const char* kHint = ", expected a number and a unit: ms, s, m, h, d or w (30s, 5m, 14d)";
  const auto quantity = parse_quantity(text);
  if (!quantity) return invalid("bad duration " + quote(text) + kHint);
  if (quantity->word.empty()) return invalid("duration " + quote(text) + " without a unit" + kHint);
  for (const Unit& unit : kDurations) {
    if (unit.word != quantity->word) continue;
    const auto amount = multiply(quantity->number, unit.factor, std::numeric_limits<std::int64_t>::max());
    if (!amount) return invalid("duration " + quote(text) + " is too long");
    return milliseconds(static_cast<std::int64_t>(*amount));
  }
  return invalid("bad duration " + quote(text) + kHint);
}

std::string format_duration(milliseconds duration) {
  const std::int64_t count = duration.count();
  const std::uint64_t amount =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  const Unit* unit = largest_exact(amount, kDurations);
  if (unit == nullptr) return "0s";
  return (count < 0 ? "-" : "") + std::to_string(amount / unit->factor) + std::string(unit->word);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  constexpr const char* kHint = ", expected bytes or a number with KB, MB, GB or TB (64MB)";
  const auto quantity = parse_quantity(text);
  if (!quantity) return invalid("bad size " + quote(text) + kHint);
  std::string word(quantity->word);
  if (word.size() == 3 && to_lower(word[1]) == 'i') word.erase(1, 1);
  if (word.empty() || equals_ignore_case(word, "B")) return quantity->number;
  for (const Unit& unit : kSizes) {
    if (!equals_ignore_case(unit.word, word)) continue;
    const auto bytes = multiply(quantity->number, unit.factor, std::numeric_limits<std::uint64_t>::max());
    if (!bytes) return invalid("size " + quote(text) + " is too large");
    return *bytes;
  }
  return invalid("bad size " + quote(text) + kHint);
}

std::string format_size(std::uint64_t bytes) {
  const Unit* unit = largest_exact(bytes, kSizes);
  if (unit == nullptr) return std::to_string(bytes);
  return std::to_string(bytes / unit->factor) + std::string(unit->word);
}

}  // namespace signpost::base
