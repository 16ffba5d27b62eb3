// What [feedback] configures, as data: which mail gets a return path of ours, and under which domain.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::feedback {

struct Settings {
  std::string domain;                ///< canonical; empty: none but the tenants' own
  std::vector<std::string> streams;  ///< whose mail gets one
  std::vector<std::string> forward;  ///< of these: whose bounces go on to whoever sent the message
  std::map<std::uint32_t, std::string> tenant_domains;
  std::vector<std::string> former_domains;  ///< whose mail is still taken in
  std::string sender_id;                    ///< the last part of Feedback-ID; empty: the field is not added
  bool hard_everywhere = true;              ///< what our own MTA reports as dead is listed for all tenants
  bool cfbl = true;                         ///< offers complaints by RFC 9477
  std::chrono::seconds expires{std::chrono::days(30)};  ///< reports about older mail are not acted on
  /// How long mail waits for a provider that refuses the sender, before such refusals bounce it (feedback/refusals).
  std::chrono::seconds wait_at_most{std::chrono::hours(6)};

  /// The domain of that tenant's return paths; empty: it has none.
  const std::string& domain_of(std::uint32_t tenant) const {
    const auto own = tenant_domains.find(tenant);
    return own == tenant_domains.end() ? domain : own->second;
  }
  /// Whether it is one of ours, whosever. `name` is canonical.
  bool is_bounce_domain(std::string_view name) const {
    return (!domain.empty() && name == domain) ||
           std::find(former_domains.begin(), former_domains.end(), name) != former_domains.end() ||
           std::any_of(tenant_domains.begin(), tenant_domains.end(),
                       [name](const auto& own) { return own.second == name; });
  }
  bool has_stream(std::string_view stream) const {
    return std::find(streams.begin(), streams.end(), stream) != streams.end();
  }
  bool forwards(std::string_view stream) const {
    return std::find(forward.begin(), forward.end(), stream) != forward.end();
  }
};

}  // namespace signpost::feedback
