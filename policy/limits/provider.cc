// The table of consumer mail domains. Data, sorted by provider.
#include "policy/limits/provider.h"

#include <algorithm>
#include <array>
#include <utility>

namespace signpost::policy::limits {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 29> kProviders = {{
    {"icloud.com", "apple"},      {"mac.com", "apple"},         {"me.com", "apple"},
    {"gmail.com", "google"},      {"googlemail.com", "google"}, {"hotmail.co.uk", "microsoft"},
    {"hotmail.com", "microsoft"}, {"hotmail.de", "microsoft"},  {"hotmail.es", "microsoft"},
    {"hotmail.fr", "microsoft"},  {"hotmail.it", "microsoft"},  {"live.co.uk", "microsoft"},
    {"live.com", "microsoft"},    {"live.de", "microsoft"},     {"live.fr", "microsoft"},
    {"msn.com", "microsoft"},     {"outlook.com", "microsoft"}, {"outlook.de", "microsoft"},
    {"outlook.fr", "microsoft"},  {"aol.com", "yahoo"},         {"rocketmail.com", "yahoo"},
    {"yahoo.co.in", "yahoo"},     {"yahoo.co.uk", "yahoo"},     {"yahoo.com", "yahoo"},
    {"yahoo.de", "yahoo"},        {"yahoo.es", "yahoo"},        {"yahoo.fr", "yahoo"},
    {"yahoo.it", "yahoo"},        {"ymail.com", "yahoo"},
}};

/// Empty for a domain that is not in the table.
std::string_view find_provider(std::string_view domain) {
  const auto* row = std::find_if(kProviders.begin(), kProviders.end(),
                                 [&](const auto& entry) { return entry.first == domain; });
  return row == kProviders.end() ? std::string_view() : row->second;
}

}  // namespace

std::string_view provider_of(std::string_view domain) {
  const std::string_view name = find_provider(domain);
  return name.empty() ? domain : name;
}

std::string_view known_provider(std::string_view domain) {
  const std::string_view name = find_provider(domain);
  return name.empty() ? kOtherProvider : name;
}

}  // namespace signpost::policy::limits
