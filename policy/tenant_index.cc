#include "policy/tenant_index.h"

#include "policy/settings.h"

namespace signpost::policy {
namespace {

TenantIndex::Position find(const auto& map, const auto& key) {
  const auto found = map.find(key);
  return found == map.end() ? TenantIndex::Position{} : found->second;
}

}  // namespace

TenantIndex::TenantIndex(const std::vector<Tenant>& tenants) {
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    const Tenant& tenant = tenants[i];
    names_.emplace(tenant.name, i);
    hashes_.emplace(tenant.id(), i);
    for (const std::string& login : tenant.logins) {
      if (const auto pattern = parse_login_pattern(login, tenant.login_case)) logins_.add(*pattern, i);
    }
    for (const SenderPattern& sender : tenant.senders) senders_.add(sender, i);
    for (const std::string& domain : tenant.sender_domains) domains_.emplace(domain, i);
    for (const base::Network& network : tenant.clients) clients_.add(network, i);
  }
}

TenantIndex::Position TenantIndex::of_name(std::string_view name) const {
  return find(names_, name);
}

TenantIndex::Position TenantIndex::of_hash(std::uint32_t hash) const {
  return find(hashes_, hash);
}

TenantIndex::Position TenantIndex::of_login(std::string_view login) const {
  return logins_.find(login);
}

bool TenantIndex::is_unknown_login(std::string_view login) const {
  return !logins_.is_empty() && !logins_.find(login);
}

TenantIndex::Position TenantIndex::of_client(const base::Ip& client) const {
  return clients_.find(client);
}

TenantIndex::Position TenantIndex::of_domain(std::string_view domain) const {
  while (!domain.empty()) {
    if (const Position position = find(domains_, domain)) return position;
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos) break;
    domain.remove_prefix(dot + 1);
  }
  return {};
}

TenantIndex::Position TenantIndex::of_sender(const mail::Address& sender) const {
  if (const Position position = senders_.find(sender)) return position;
  return of_domain(sender.domain);
}

}  // namespace signpost::policy
