#include "policy/tenant.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"

namespace signpost::policy {

namespace {

constexpr std::string_view kRolePrefix = "signpost-";

const Tenant& default_tenant(const Settings& settings) {
  static const Tenant kDefault = [] {
    Tenant tenant;
    tenant.name = "default";
    return tenant;
  }();
  const Tenant* configured = settings.find_tenant(kDefault.name);
  return configured ? *configured : kDefault;
}

const Tenant* at(const Settings& settings, TenantIndex::Position position) {
  return position ? &settings.tenants[*position] : nullptr;
}

bool matches(const StreamRule& rule, const mail::Envelope& envelope) {
  if (!rule.login.empty() && rule.login != envelope.login) return false;
  if (rule.client && !(envelope.client && rule.client->contains(*envelope.client))) return false;
  if (rule.sender.empty()) return true;
  if (!envelope.sender) return false;
  if (rule.sender.starts_with('@')) return rule.sender.substr(1) == envelope.sender->domain;
  return base::equals_ignore_case(rule.sender, mail::canonical_key(*envelope.sender));
}

/// RFC 2919, RFC 2369 and the older habit.
bool looks_bulk(const std::vector<mail::Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const mail::Field& field) {
    return base::starts_with_ignore_case(field.name, "List-") ||
           (mail::has_name(field, "Precedence") &&
            base::equals_ignore_case(mail::unfold(field.value), "bulk"));
  });
}

/// The tenant's own spelling of a stream that a header may choose; nullopt if it may not.
std::optional<std::string> allowed_stream(const Tenant& tenant, std::string_view wanted) {
  if (tenant.streams.empty()) {
    return base::equals_ignore_case(tenant.stream, wanted) ? std::optional(tenant.stream) : std::nullopt;
  }
  for (const std::string& stream : tenant.streams) {
    if (base::equals_ignore_case(stream, wanted)) return stream;
  }
  return {};
}

/// Finds what two tenants both claim; one of these for each kind of claim.
class Claims {
 public:
  Claims(std::string what, std::vector<std::string>& found) : what_(std::move(what)), found_(found) {}
  void add(const std::string& claim, const std::string& tenant) {
    const auto [first, added] = owners_.emplace(claim, tenant);
    if (added || first->second == tenant) return;
    found_.push_back(what_ + " '" + claim + "' is claimed by tenant '" + first->second + "' and by tenant '" +
                     tenant + "'");
  }

 private:
  std::string what_;
  std::vector<std::string>& found_;
  std::map<std::string, std::string> owners_;
};

}  // namespace

mail::Role parse_role(std::string_view daemon_name) {
  // A host name is what the macro holds where no role was set, and a host may be called signpost-1.example.com.
  if (!base::starts_with_ignore_case(daemon_name, kRolePrefix) ||
      daemon_name.find('.') != std::string_view::npos) {
    return mail::Role::all;
  }
  constexpr std::array<std::pair<std::string_view, mail::Role>, 3> kRoles = {
      {{"submit", mail::Role::submit}, {"egress", mail::Role::egress}, {"inbound", mail::Role::inbound}}};
  const std::string_view word = daemon_name.substr(kRolePrefix.size());
  for (const auto& [name, role] : kRoles) {
    if (base::equals_ignore_case(word, name)) return role;
  }
  return mail::Role::unknown;
}

mail::MailClass classify(const mail::Envelope& envelope, const Settings& settings) {
  using mail::MailClass;
  if (envelope.role == mail::Role::inbound) return MailClass::other;
  // Judged, so that check_role can defer it: a misspelt role must not let mail pass unjudged.
  if (envelope.role == mail::Role::unknown) return MailClass::outbound;
  if (envelope.role == mail::Role::submit || !envelope.login.empty() || envelope.local_submission) {
    return MailClass::outbound;
  }
  const bool trusted = envelope.client && std::any_of(settings.trusted.begin(), settings.trusted.end(),
                                                      [&](const base::Network& network) {
                                                        return network.contains(*envelope.client);
                                                      });
  return trusted ? MailClass::outbound : MailClass::other;
}

const Tenant& resolve_tenant(const Settings& settings, const mail::Envelope& envelope) {
  const auto index = settings.tenant_index();
  if (!envelope.login.empty()) {
    if (const Tenant* tenant = at(settings, index->of_login(envelope.login))) return *tenant;
  }
  if (envelope.client) {
    if (const Tenant* tenant = at(settings, index->of_client(*envelope.client))) return *tenant;
  }
  if (envelope.login.empty() && envelope.sender) {
    const Tenant* owner = owner_of_domain(settings, envelope.sender->domain);
    if (owner && owner->logins.empty() && owner->clients.empty()) return *owner;
  }
  return default_tenant(settings);
}

const Tenant* identify(const Settings& settings, mail::Envelope& envelope) {
  envelope.mail_class = classify(envelope, settings);
  if (envelope.mail_class != mail::MailClass::outbound) return nullptr;
  const Tenant& tenant = resolve_tenant(settings, envelope);
  envelope.tenant = tenant.name;
  envelope.stream = stream_by_rules(tenant, envelope);
  return &tenant;
}

const Tenant* only_tenant(const Settings& settings) {
  const Tenant* only = nullptr;
  for (const Tenant& tenant : settings.tenants) {
    if (only != nullptr && !only->is_implied && !tenant.is_implied) return nullptr;
    if (only == nullptr || only->is_implied) only = &tenant;
  }
  return only;
}

std::string stream_by_rules(const Tenant& tenant, const mail::Envelope& envelope) {
  for (const StreamRule& rule : tenant.stream_rules) {
    if (matches(rule, envelope)) return rule.stream;
  }
  return tenant.stream;
}

LateStream stream_by_header(const Tenant& tenant, std::string_view stream_so_far,
                            const std::vector<mail::Field>& fields) {
  const std::string so_far(stream_so_far);
  const std::size_t count = mail::count_fields(fields, "Signpost-Stream");
  if (count == 0) return {so_far, ""};
  if (count > 1) return {so_far, "several-stream-headers"};
  const std::string wanted = mail::unfold(mail::find_field(fields, "Signpost-Stream")->value);
  if (base::equals_ignore_case(wanted, so_far)) return {so_far, ""};
  auto stream = allowed_stream(tenant, wanted);
  if (!stream) return {so_far, "stream-not-allowed"};
  if (*stream == "transactional" && looks_bulk(fields)) return {so_far, "bulk-mail"};
  return {std::move(*stream), ""};
}

const Tenant* owner_of_domain(const Settings& settings, std::string_view domain) {
  return at(settings, settings.tenant_index()->of_domain(domain));
}

bool may_send_as(const Settings& settings, const Tenant& tenant, std::string_view domain) {
  const Tenant* owner = owner_of_domain(settings, domain);
  if (owner) return owner->name == tenant.name;
  return tenant.sender_domains.empty();
}

std::vector<std::string> find_overlaps(const Settings& settings) {
  std::vector<std::string> found;
  Claims logins("login", found);
  Claims clients("client network", found);
  Claims domains("sender domain", found);
  std::map<std::uint32_t, std::string> ids;
  for (const Tenant& tenant : settings.tenants) {
    for (const std::string& login : tenant.logins) logins.add(login, tenant.name);
    for (const base::Network& network : tenant.clients)
      clients.add(base::format_network(network), tenant.name);
    for (const std::string& domain : tenant.sender_domains) domains.add(domain, tenant.name);
    const auto [first, added] = ids.emplace(tenant.id(), tenant.name);
    if (!added && first->second != tenant.name) {
      found.push_back("the names of tenant '" + first->second + "' and tenant '" + tenant.name +
                      "' have the same 32-bit id; rename one of them");
    }
  }
  return found;
}

}  // namespace signpost::policy
