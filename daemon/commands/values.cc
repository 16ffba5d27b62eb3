// What each kind of value must look like. The handlers parse the checked text again into what they need.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "daemon/commands/table.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "policy/settings.h"
#include "store/list/place.h"

namespace signpost::daemon::commands {
namespace {

bool has_control_byte(std::string_view value) {
  return std::any_of(value.begin(), value.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

template <class T>
base::Result<void> drop_value(const base::Result<T>& result) {
  if (!result) return tl::unexpected(result.error());
  return {};
}

base::Result<void> check_listing(std::string_view value) {
  return drop_value(store::list::place_of(value));
}

base::Result<void> check_rates(std::string_view value) {
  for (const std::string_view rate : base::split(value, ',')) {
    if (const auto parsed = policy::parse_rate(rate); !parsed) return tl::unexpected(parsed.error());
  }
  return {};
}

base::Result<void> check_duration(std::string_view value) {
  const auto duration = base::parse_duration(value);
  if (!duration) return tl::unexpected(duration.error());
  if (duration->count() <= 0) return base::invalid("a duration must be longer than nothing");
  return {};
}

/// One of a few fixed words.
template <std::size_t N>
base::Result<void> check_word(std::string_view value, const std::array<std::string_view, N>& known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return {};
  std::string list;
  for (const std::string_view word : known) list.append(list.empty() ? "" : ", ").append(word);
  return base::invalid("known are: " + list);
}

constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxText = 1024;

base::Result<void> check_text(std::string_view value, std::size_t most) {
  if (has_control_byte(value)) return base::invalid("control bytes are not allowed");
  if (!base::is_utf8(value)) return base::invalid("not UTF-8");
  if (value.size() > most) return base::invalid("longer than " + std::to_string(most) + " bytes");
  return {};
}

base::Result<void> check_name(std::string_view value) {
  if (value.empty()) return base::invalid("empty");
  return check_text(value, kMaxName);
}

base::Result<void> check_path(std::string_view value) {
  if (!value.starts_with('/')) return base::invalid("not an absolute path");
  if (value.find('\0') != std::string_view::npos) return base::invalid("a path holds no NUL byte");
  return {};
}

}  // namespace

base::Result<void> check_value(ValueKind kind, std::string_view value) {
  switch (kind) {
    case ValueKind::address:
      return drop_value(mail::parse_address(value));
    case ValueKind::listing:
      return check_listing(value);
    case ValueKind::ip:
      return drop_value(base::parse_ip(value));
    case ValueKind::domain:
      return drop_value(mail::canonical_domain(value));
    case ValueKind::name:
      return check_name(value);
    case ValueKind::reason:
      return drop_value(policy::parse_reason(value));
    case ValueKind::number:
      if (base::parse_number(value)) return {};
      return base::invalid("not a whole number");
    case ValueKind::duration:
      return check_duration(value);
    case ValueKind::yes:
      return check_word<2>(value, {"yes", "no"});
    case ValueKind::rates:
      return check_rates(value);
    case ValueKind::mode:
      return check_word<2>(value, {"add", "replace"});
    case ValueKind::log_level:
      return check_word<4>(value, {"error", "warning", "info", "debug"});
    case ValueKind::path:
      return check_path(value);
    case ValueKind::text:
      return check_text(value, kMaxText);
    case ValueKind::key:
    case ValueKind::words:
      return {};
  }
  return {};
}

std::string_view describe_kind(ValueKind kind) {
  switch (kind) {
    case ValueKind::address:
      return "an address";
    case ValueKind::listing:
      return "an address or @DOMAIN";
    case ValueKind::ip:
      return "an IP address";
    case ValueKind::domain:
      return "a domain";
    case ValueKind::name:
      return "a name";
    case ValueKind::reason:
      return "a reason (hard-bounce, soft-bounce, complaint, unsubscribe, manual, trap, dead-domain, allow, "
             "no-tracking)";
    case ValueKind::number:
      return "a whole number";
    case ValueKind::duration:
      return "a duration such as 2h or 30d";
    case ValueKind::yes:
      return "yes or no";
    case ValueKind::rates:
      return "one or more rates such as 1000/h,5000/d";
    case ValueKind::mode:
      return "add or replace";
    case ValueKind::log_level:
      return "error, warning, info or debug";
    case ValueKind::path:
      return "an absolute path";
    case ValueKind::key:
      return "a key from `next=`";
    case ValueKind::text:
      return "text";
    case ValueKind::words:
      return "the words of a command";
  }
  return "text";
}

}  // namespace signpost::daemon::commands
