// feedback records: what must stand in the DNS so that bounces come back.
#include <algorithm>
#include <map>
#include <set>

#include "base/ip.h"
#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "mail/address.h"

namespace signpost::daemon::commands {
namespace {

/// The mechanisms of an SPF record (RFC 7208 §5): the addresses from which mail leaves, else those of the host.
base::Result<std::string> spf_of(const std::string& addresses, const std::string& host) {
  if (addresses.empty()) return "a:" + host;
  std::string mechanisms;
  for (const std::string_view one : base::split(addresses, ',')) {
    const auto network = base::parse_network(one);
    if (!network) return tl::unexpected(base::in_context("ip", network.error()));
    const bool is_v6 = one.find(':') != std::string_view::npos;
    mechanisms += (mechanisms.empty() ? "" : " ") + std::string(is_v6 ? "ip6:" : "ip4:") + std::string(one);
  }
  return mechanisms;
}

/// The bounce domains, and the sender domains whose mail has return paths there.
std::map<std::string, std::set<std::string>> bounce_domains(const milter::Snapshot& snapshot) {
  std::map<std::string, std::set<std::string>> domains;
  for (const policy::Tenant& tenant : snapshot.policy.tenants) {
    const std::string& domain = snapshot.feedback.domain_of(tenant.id());
    if (!domain.empty()) domains[domain].insert(tenant.sender_domains.begin(), tenant.sender_domains.end());
  }
  return domains;
}

/// Whether SPF aligns for DMARC's relaxed mode (RFC 7489 §3.1.2), where that can be told without a list of public suffixes.
bool is_below(std::string_view name, std::string_view domain) {
  return name == domain || (name.size() > domain.size() && name.ends_with(domain) &&
                            name[name.size() - domain.size() - 1] == '.');
}

}  // namespace

void feedback_records(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const std::string& host = request.text("host");
  const auto spf = spf_of(request.text("ip"), host);
  if (!spf) return reply.error(spf.error());
  const auto domains = bounce_domains(*context.snapshots.get());
  if (domains.empty())
    return reply.error("not-found", "no return paths are configured; set feedback.bounce_domain");
  reply.ok();
  for (const auto& [domain, senders] : domains) {
    reply.line({{"name", domain}, {"type", "MX"}, {"value", "10 " + host + "."}});
    reply.line({{"name", domain}, {"type", "TXT"}, {"value", "v=spf1 " + *spf + " -all"}});
    Value::Texts apart;
    std::copy_if(senders.begin(), senders.end(), std::back_inserter(apart),
                 [&](const std::string& sender) { return !is_below(domain, sender); });
    if (!apart.empty()) reply.line({{"name", domain}, {"not-aligned", apart}});
  }
  reply.end(domains.size());
}

}  // namespace signpost::daemon::commands
