#include "feedback/refusals.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "feedback/waiting.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kMaxName = 100;  ///< bytes of a provider's name

std::chrono::seconds pause_of(std::chrono::seconds wait_at_most) {
  return std::max<std::chrono::seconds>(wait_at_most, Refusals::kMinPause);
}

bool is_name_byte(char c) {
  return base::is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/// The last two labels of a host's name, three below "co.uk"; `host` itself if it is an address.
std::string_view registered_name(std::string_view host) {
  static constexpr std::array<std::string_view, 10> kBelowCountry = {"ac",  "co", "com", "edu", "go",
                                                                     "gov", "ne", "net", "or",  "org"};
  const std::size_t last = host.rfind('.');
  if (last == std::string_view::npos || last == 0 || base::is_digit(host.back())) return host;
  const std::size_t second = host.rfind('.', last - 1);
  if (second == std::string_view::npos) return host;
  const std::string_view label = host.substr(second + 1, last - second - 1);
  const bool is_below_country =
      host.size() - last == 3 &&
      std::find(kBelowCountry.begin(), kBelowCountry.end(), label) != kBelowCountry.end();
  if (!is_below_country || second == 0) return host.substr(second + 1);
  const std::size_t third = host.rfind('.', second - 1);
  return third == std::string_view::npos ? host : host.substr(third + 1);
}

}  // namespace

std::string find_refusing_provider(std::string_view result) {
  // "5.7.1 host NAME[ADDRESS] said: …"; before what was said, a server chooses no word.
  const std::string_view said = find_said(result);
  const std::string_view before = result.substr(0, result.size() - said.size());
  constexpr std::string_view kMark = " host ";
  const std::size_t mark = before.find(kMark);
  if (said.empty() || mark == std::string_view::npos) return "unknown";
  const std::string_view rest = before.substr(mark + kMark.size());
  std::string name = base::lower(rest.substr(0, rest.find_first_of("[ ")));
  if (name.ends_with('.')) name.pop_back();
  if (name.empty() || name.size() > 255) return "unknown";
  if (std::all_of(name.begin(), name.end(), is_name_byte)) name = std::string(registered_name(name));
  return name.substr(0, kMaxName);
}

RefusingProvider& Refusals::find_or_add(std::string name, base::Steady now) {
  if (const auto found = providers_.find(name); found != providers_.end()) return found->second;
  if (providers_.size() >= kMaxProviders)
    providers_.erase(std::min_element(providers_.begin(), providers_.end(), [](const auto& a, const auto& b) {
      return a.second.last < b.second.last;
    }));
  RefusingProvider added;
  added.name = name;
  added.first = added.last = now;
  return providers_.emplace(std::move(name), std::move(added)).first->second;
}

ResultAnswer Refusals::take(std::string_view result, std::chrono::seconds wait_at_most, base::Steady now) {
  const Rule* rule = find_waiting_rule(result);
  if (rule == nullptr) return {};
  RefusingProvider& provider = find_or_add(find_refusing_provider(result), now);
  if (now - provider.last >= pause_of(wait_at_most)) {
    provider.first = now;
    provider.has_waited = provider.has_let_through = false;
  }
  provider.last = now;
  provider.rule = rule->name;
  ResultAnswer answer{ResultAnswer::Kind::waits, {}, provider.name, rule->name, false};
  if (now - provider.first >= wait_at_most) {
    answer.kind = ResultAnswer::Kind::let_through;
    answer.is_news = !std::exchange(provider.has_let_through, true);
    ++provider.let_through;
    return answer;
  }
  // As the table's "4$1" does: all but the class of the code stays (RFC 3463 §2).
  answer.text.append("4").append(result.substr(1));
  answer.is_news = !std::exchange(provider.has_waited, true);
  ++provider.waited;
  return answer;
}

std::vector<RefusingProvider> Refusals::refusing(std::chrono::seconds wait_at_most, base::Steady now) const {
  std::vector<RefusingProvider> found;
  for (const auto& [name, provider] : providers_)
    if (now - provider.last < pause_of(wait_at_most)) found.push_back(provider);
  return found;
}

std::vector<RefusingProvider> Refusals::all() const {
  std::vector<RefusingProvider> found;
  for (const auto& [name, provider] : providers_) found.push_back(provider);
  return found;
}

}  // namespace signpost::feedback
