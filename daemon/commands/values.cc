// What each kind of value must look like, and what handlers get for it.
#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "daemon/commands/request.h"
#include "policy/listed_name.h"

namespace signpost::daemon::commands {
namespace {

bool has_control_byte(std::string_view value) {
  return std::any_of(value.begin(), value.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// The parser's result as a value of an argument.
template <class T>
base::Result<ArgumentValue> as_value(base::Result<T> parsed) {
  if (!parsed) return tl::unexpected(std::move(parsed).error());
  return ArgumentValue(std::move(*parsed));
}

base::Result<ArgumentValue> read_address(std::string_view text) {
  auto address = mail::parse_address(text);
  if (!address) return tl::unexpected(address.error());
  return ArgumentValue(AddressValue{std::move(*address), std::string(text)});
}

base::Result<ArgumentValue> read_listed(std::string_view text) {
  const auto name = policy::parse_listed_name(text);
  if (!name) return tl::unexpected(name.error());
  auto place = store::list::place_of(name->name);
  if (!place) return tl::unexpected(place.error());
  return ArgumentValue(ListedValue{std::move(*place), std::string(text), name->subdomains});
}

base::Result<ArgumentValue> read_rates(std::string_view text) {
  std::vector<policy::Rate> rates;
  for (const std::string_view one : base::split(text, ',')) {
    const auto rate = policy::parse_rate(one);
    if (!rate) return tl::unexpected(rate.error());
    rates.push_back(*rate);
  }
  return ArgumentValue(std::move(rates));
}

base::Result<ArgumentValue> read_duration(std::string_view text) {
  const auto duration = base::parse_duration(text);
  if (!duration) return tl::unexpected(duration.error());
  if (duration->count() <= 0) return base::invalid("must be longer than zero");
  return ArgumentValue(std::chrono::milliseconds(*duration));
}

base::Result<ArgumentValue> read_number(std::string_view text) {
  const auto number = base::parse_number(text);
  if (!number) return base::invalid("expected digits only");
  return ArgumentValue(std::uint64_t{*number});
}

/// The place of a word among a few fixed ones.
template <std::size_t N>
base::Result<std::size_t> find_word(std::string_view text, const std::array<std::string_view, N>& known) {
  const auto found = std::find(known.begin(), known.end(), text);
  if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  std::string list;
  for (const std::string_view word : known) list.append(list.empty() ? "" : ", ").append(word);
  return base::invalid("expected one of " + list);
}

base::Result<ArgumentValue> read_yes(std::string_view text) {
  return find_word<2>(text, {"no", "yes"}).map([](std::size_t at) { return ArgumentValue(at == 1); });
}

base::Result<ArgumentValue> read_mode(std::string_view text) {
  return find_word<2>(text, {"add", "replace"}).map([](std::size_t at) {
    return ArgumentValue(at == 0 ? ImportMode::add : ImportMode::replace);
  });
}

base::Result<ArgumentValue> read_log_level(std::string_view text) {
  return find_word<4>(text, {"error", "warning", "info", "debug"}).map([text](std::size_t) {
    return ArgumentValue(std::string(text));
  });
}

constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxText = 1024;

base::Result<ArgumentValue> read_text(std::string_view text, std::size_t max) {
  if (has_control_byte(text)) return base::invalid("it must not contain control bytes");
  if (!base::is_utf8(text)) return base::invalid("it must be UTF-8");
  if (text.size() > max) return base::invalid("it must not be longer than " + std::to_string(max) + " bytes");
  return ArgumentValue(std::string(text));
}

base::Result<ArgumentValue> read_name(std::string_view text) {
  if (text.empty()) return base::invalid("it must not be empty");
  return read_text(text, kMaxName);
}

base::Result<ArgumentValue> read_path(std::string_view text) {
  if (!text.starts_with('/')) return base::invalid("it must begin with /");
  if (text.find('\0') != std::string_view::npos) return base::invalid("it must not contain a NUL byte");
  return ArgumentValue(std::string(text));
}

}  // namespace

base::Result<ArgumentValue> parse_argument(ValueKind kind, std::string_view text) {
  switch (kind) {
    case ValueKind::address:
      return read_address(text);
    case ValueKind::listing:
      return read_listed(text);
    case ValueKind::ip:
      return as_value(base::parse_ip(text));
    case ValueKind::domain:
      return as_value(mail::canonical_domain(text));
    case ValueKind::name:
    case ValueKind::tenant:
      return read_name(text);
    case ValueKind::reason:
      return as_value(policy::parse_reason(text));
    case ValueKind::number:
      return read_number(text);
    case ValueKind::duration:
      return read_duration(text);
    case ValueKind::yes:
      return read_yes(text);
    case ValueKind::rates:
      return read_rates(text);
    case ValueKind::mode:
      return read_mode(text);
    case ValueKind::log_level:
      return read_log_level(text);
    case ValueKind::path:
      return read_path(text);
    case ValueKind::text:
      return read_text(text, kMaxText);
    case ValueKind::key:
    case ValueKind::words:
      return ArgumentValue(std::string(text));
  }
  return ArgumentValue(std::string(text));
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
    case ValueKind::tenant:
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
