// Rates and key terms as text, and the words of limits.
#include "policy/limit_settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "mail/address.h"
#include "mail/local_part.h"
#include "policy/event.h"
#include "policy/limits/provider.h"

namespace signpost::policy {

namespace {

struct Unit {
  std::string_view word;
  std::uint64_t factor;
};
// 1000 for a bare k or M, 1024 for bytes, as in base::parse_size. The printer takes the first that divides.
constexpr std::array<Unit, 8> kMultipliers = {{{"M", 1000000},
                                               {"k", 1000},
                                               {"GB", 1ull << 30},
                                               {"MB", 1ull << 20},
                                               {"KB", 1ull << 10},
                                               {"K", 1000},
                                               {"B", 1},
                                               {"", 1}}};
// In seconds, longest first.
constexpr std::array<Unit, 5> kWindows = {{{"w", 604800}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}};
constexpr std::uint64_t kMaxCount = 1000000000000000;  // 10^15: sums of it stay far from overflow

base::Error bad_rate(std::string_view what) {
  return {base::ErrorKind::invalid,
          std::string(what) + ": expected COUNT/UNIT, as in 100/s, 20k/h, 5000/d or 10MB/h"};
}

const Unit* find_unit(const auto& units, std::string_view word) {
  const auto found =
      std::find_if(units.begin(), units.end(), [word](const Unit& unit) { return unit.word == word; });
  return found == units.end() ? nullptr : &*found;
}

constexpr std::size_t kMaxTerm = 255;  // longer values stand in keys as their hash
constexpr std::string_view kNullSender = "<>";

base::Result<KeyTerm> parse_login_term(KeyTerm term, std::string_view text) {
  const auto pattern = parse_login_pattern(text, LoginCase::exact);
  if (!pattern) return tl::unexpected(pattern.error());
  if (pattern->domain.empty()) {
    term.text = pattern->login;
  } else {
    term.form = KeyTerm::Form::domain;
    term.text = "@" + pattern->domain;
  }
  return term;
}

base::Result<KeyTerm> parse_sender_term(KeyTerm term, std::string_view text) {
  if (text == kNullSender) return term;
  auto pattern = parse_sender_pattern(text);
  if (!pattern) return tl::unexpected(pattern.error());
  if (pattern->is_prefix) {
    term.form = KeyTerm::Form::beginning;
    term.size = pattern->local.size();
  }
  term.text = format_sender_pattern(*pattern);
  term.sender = std::move(*pattern);
  return term;
}

base::Result<KeyTerm> parse_domain_term(KeyTerm term, std::string_view text) {
  if (term.part == LimitKeyPart::sender_domain && text == kNullSender) return term;
  auto domain = mail::canonical_domain(text);
  if (!domain) return tl::unexpected(domain.error());
  term.text = term.part == LimitKeyPart::rcpt_provider ? std::string(limits::provider_of(*domain))
                                                       : std::move(*domain);
  return term;
}

base::Result<KeyTerm> parse_client_term(KeyTerm term, std::string_view text) {
  if (text == "local") return term;
  const auto network = base::parse_network(text);
  if (!network) return tl::unexpected(network.error());
  term.form = KeyTerm::Form::network;
  term.size = static_cast<std::size_t>(network->prefix);
  term.text = base::format_network(*network);
  term.network = *network;
  return term;
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != 127; });
}

}  // namespace

const char* key_part_word(LimitKeyPart part) {
  switch (part) {
    case LimitKeyPart::tenant:
      return "tenant";
    case LimitKeyPart::stream:
      return "stream";
    case LimitKeyPart::login:
      return "login";
    case LimitKeyPart::sender:
      return "sender";
    case LimitKeyPart::sender_domain:
      return "sender_domain";
    case LimitKeyPart::client:
      return "client";
    case LimitKeyPart::rcpt_domain:
      return "rcpt_domain";
    case LimitKeyPart::rcpt_provider:
      return "rcpt_provider";
  }
  return "tenant";
}

const char* rates_by_word(RatesBy by) {
  switch (by) {
    case RatesBy::configuration:
      return "configuration";
    case RatesBy::exception:
      return "exception";
    case RatesBy::operator_:
      return "operator";
  }
  return "configuration";
}

base::Result<KeyTerm> parse_key_term(LimitKeyPart part, std::string_view text) {
  if (text.empty() || text.size() > kMaxTerm)
    return base::invalid("must have 1 to " + std::to_string(kMaxTerm) + " octets");
  KeyTerm term;
  term.part = part;
  term.text = text;
  switch (part) {
    case LimitKeyPart::tenant:
    case LimitKeyPart::stream:
      if (!is_plain(text)) return base::invalid("\"" + std::string(text) + "\": expected a name");
      return term;
    case LimitKeyPart::login:
      return parse_login_term(std::move(term), text);
    case LimitKeyPart::sender:
      return parse_sender_term(std::move(term), text);
    case LimitKeyPart::client:
      return parse_client_term(std::move(term), text);
    case LimitKeyPart::sender_domain:
    case LimitKeyPart::rcpt_domain:
    case LimitKeyPart::rcpt_provider:
      break;
  }
  return parse_domain_term(std::move(term), text);
}

std::string format_terms(const LimitException& exception) {
  std::string text;
  for (const KeyTerm& term : exception.terms) {
    if (!text.empty()) text += ' ';
    text += std::string(key_part_word(term.part)) + "=" + format_value(term.text);
  }
  return text;
}

base::Result<Rate> parse_rate(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return tl::unexpected(bad_rate("the rate has no unit of time"));
  const Unit* window = find_unit(kWindows, text.substr(slash + 1));
  if (!window) return tl::unexpected(bad_rate("the unit of time must be s, m, h, d or w"));
  const std::string_view amount = text.substr(0, slash);
  const std::size_t digits = std::min(amount.find_first_not_of("0123456789"), amount.size());
  const auto count = base::parse_number(amount.substr(0, digits));
  const Unit* multiplier = find_unit(kMultipliers, amount.substr(digits));
  if (!count || !multiplier)
    return tl::unexpected(bad_rate("the count must be digits, optionally followed by k, M, KB, MB or GB"));
  if (*count == 0) return tl::unexpected(bad_rate("a rate of 0 would stop all mail"));
  if (*count > kMaxCount / multiplier->factor)
    return tl::unexpected(bad_rate("the count must not be above 10^15"));
  return Rate{*count * multiplier->factor, std::chrono::seconds(window->factor)};
}

std::string format_rate(const Rate& rate) {
  const auto seconds =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(rate.window).count());
  std::uint64_t count = rate.count;
  std::string_view multiplier;
  for (const Unit& unit : kMultipliers) {
    if (unit.factor <= 1) break;
    // 1000/h reads better than 1k/h.
    const std::uint64_t least = unit.factor <= 1024 ? 10 * unit.factor : unit.factor;
    if (count < least || count % unit.factor != 0) continue;
    multiplier = unit.word;
    count /= unit.factor;
    break;
  }
  std::string_view window = "s";
  for (const Unit& unit : kWindows) {
    if (seconds == unit.factor) window = unit.word;
  }
  return std::to_string(count) + std::string(multiplier) + "/" + std::string(window);
}

}  // namespace signpost::policy
