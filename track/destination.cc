#include "track/destination.h"

#include <algorithm>
#include <string>

#include "mail/address.h"

namespace signpost::track {
namespace {

/// RFC 6762 §3 (local) and appendix G; RFC 8375 §3 (home.arpa).
constexpr std::string_view kPrivate[] = {"local", "intranet", "internal",    "private",  "corp",
                                         "home",  "lan",      "localdomain", "home.arpa"};

bool is_own(const Settings& settings, std::string_view host) {
  return settings.own_hosts != nullptr && settings.own_hosts->count(std::string(host)) > 0;
}

}  // namespace

bool is_private_host(std::string_view host) {
  if (host.find('.') == std::string_view::npos) return true;
  return std::any_of(std::begin(kPrivate), std::end(kPrivate),
                     [host](std::string_view domain) { return mail::is_same_or_subdomain(host, domain); });
}

std::string_view why_not_to(const Settings& settings, std::string_view host) {
  if (is_private_host(host)) return "private-host";
  if (is_own(settings, host)) return "tracked";
  const auto& targets = settings.targets;
  const bool allowed =
      targets.empty() || std::any_of(targets.begin(), targets.end(), [host](const std::string& target) {
        return mail::is_same_or_subdomain(host, target);
      });
  return allowed ? "" : "target";
}

}  // namespace signpost::track
