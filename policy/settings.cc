// Look-ups of tenants, and a tenant's short id.
#include "policy/settings.h"

#include <cstddef>
#include <memory>

#include "base/name_id.h"
#include "policy/limits/exceptions.h"
#include "policy/limits/selector.h"

namespace signpost::policy {
namespace {

LoginTable index_caps(const Tenant& tenant) {
  LoginTable table;
  for (std::size_t i = 0; i < tenant.recipient_caps.size(); ++i) {
    if (const auto pattern = parse_login_pattern(tenant.recipient_caps[i].login, tenant.login_case))
      table.add(*pattern, i);
  }
  return table;
}

}  // namespace

std::uint32_t tenant_id(std::string_view name) {
  return base::name_id(name);
}

const Tenant* Settings::find_tenant(std::string_view name) const {
  const auto position = tenant_index()->of_name(name);
  return position ? &tenants[*position] : nullptr;
}

std::shared_ptr<const TenantIndex> Settings::tenant_index() const {
  return tenant_index_ ? tenant_index_ : std::make_shared<const TenantIndex>(tenants);
}

void Settings::index_tenants() {
  tenant_index_ = std::make_shared<const TenantIndex>(tenants);
  for (Tenant& tenant : tenants) {
    tenant.cap_index =
        tenant.recipient_caps.empty() ? nullptr : std::make_shared<const LoginTable>(index_caps(tenant));
  }
}

void Settings::index_limits() {
  for (LimitSettings& limit : limits) {
    limit.selector = std::make_shared<const limits::Selector>(limit.when);
    limit.exception_index =
        limit.exceptions.empty() ? nullptr : std::make_shared<const limits::Exceptions>(limit);
  }
}

mail::Folds Tenant::folds() const {
  mail::Folds folds;
  for (const Fold one : fold) (one == Fold::plus_tag ? folds.plus_tag : folds.gmail_dots) = true;
  return folds;
}

std::optional<std::uint64_t> Tenant::max_recipients_of(std::string_view login) const {
  if (recipient_caps.empty() || login.empty()) return max_recipients;
  const auto own = cap_index ? cap_index->find(login) : index_caps(*this).find(login);
  return own ? recipient_caps[*own].max_recipients : max_recipients;
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
