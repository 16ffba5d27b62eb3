// Rates as text, the words of limits, and a tenant's short id.
#include "policy/settings.h"

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/text.h"

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

}  // namespace

std::uint32_t tenant_id(std::string_view name) {
  const base::Digest digest = base::sha256(name);
  return static_cast<std::uint32_t>(digest[0]) << 24 | static_cast<std::uint32_t>(digest[1]) << 16 |
         static_cast<std::uint32_t>(digest[2]) << 8 | digest[3];
}

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

const Tenant* Settings::find_tenant(std::string_view name) const {
  const auto position = tenant_index()->of_name(name);
  return position ? &tenants[*position] : nullptr;
}

std::shared_ptr<const TenantIndex> Settings::tenant_index() const {
  return tenant_index_ ? tenant_index_ : std::make_shared<const TenantIndex>(tenants);
}

mail::Folds Tenant::folds() const {
  mail::Folds folds;
  for (const Fold one : fold) (one == Fold::plus_tag ? folds.plus_tag : folds.gmail_dots) = true;
  return folds;
}

void Settings::complete_blocks() {
  for (Tenant& tenant : tenants) {
    if (!tenant.blocks.empty()) tenant.blocks.insert(blocks.begin(), blocks.end());
  }
}

const BlockTable& blocks_of(const Settings& settings, const Tenant& tenant) {
  return tenant.blocks.empty() ? settings.blocks : tenant.blocks;
}

}  // namespace signpost::policy
