#include "mail/field/send_at.h"

#include <chrono>
#include <optional>
#include <string>

#include "base/text.h"

namespace signpost::mail {
namespace {

constexpr std::size_t kMost = 64;

/// "+01:00" or "+0100"; less than a day.
std::optional<std::chrono::minutes> parse_offset(std::string_view text) {
  const bool has_colon = text.size() == 6 && text[3] == ':';
  if (!has_colon && text.size() != 5) return std::nullopt;
  const auto hours = base::parse_number(text.substr(1, 2));
  const auto minutes = base::parse_number(text.substr(has_colon ? 4 : 3, 2));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '-' ? -offset : offset;
}

/// `local` as base::parse_time reads it, without its zone.
std::optional<base::Wall> in_zone(const std::string& local, std::string_view zone) {
  const auto time = base::parse_time(local + "Z");
  if (!time) return std::nullopt;
  if (zone == "Z" || zone == "z") return *time;
  const auto offset = parse_offset(zone);
  return offset ? std::optional(*time - *offset) : std::nullopt;
}

std::optional<base::Wall> parse_rfc3339(std::string_view text) {
  if (text.size() < 11 || (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) return std::nullopt;
  const std::size_t zone = text.find_first_of("+-Zz", 11);
  if (zone == std::string_view::npos) return std::nullopt;
  std::string local(text.substr(0, zone));
  local[10] = 'T';
  return in_zone(local, text.substr(zone));
}

}  // namespace

base::Result<base::Wall> parse_send_at(std::string_view value) {
  const std::string_view text = base::trim(value);
  const auto time = text.size() > kMost ? std::nullopt : parse_rfc3339(text);
  if (time) return *time;
  return base::invalid("is not a time with its zone, such as 2026-12-01T09:00:00+01:00");
}

}  // namespace signpost::mail
