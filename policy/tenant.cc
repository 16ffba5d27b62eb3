#include "policy/tenant.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mail/field/author.h"

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

bool lies_in(const std::vector<base::Network>& networks, const std::optional<base::Ip>& client) {
  return client && std::any_of(networks.begin(), networks.end(),
                               [&](const base::Network& network) { return network.contains(*client); });
}

bool is_loopback(const base::Ip& ip) {
  static const std::vector<base::Network> kLoopback = {*base::parse_network("127.0.0.0/8"),
                                                       *base::parse_network("::1")};
  return lies_in(kLoopback, ip);
}

/// Whose the sender is, of tenants that let mail without a login be found by it.
const Tenant* tenant_by_sender(const Settings& settings, const TenantIndex& index,
                               const mail::Envelope& envelope, const std::vector<mail::Field>* fields) {
  if (envelope.return_path_of) {  // in place of the sender that it had when it passed here first
    const Tenant* owner = at(settings, index.of_hash(*envelope.return_path_of));
    // Everybody who gets its mail has one: it makes nobody a tenant whom a sender alone would not.
    if (owner != nullptr && owner->local && owner->is_bound()) return owner;
  }
  std::optional<mail::Address> sender = envelope.sender;
  if (envelope.null_sender() && fields != nullptr) {
    if (const auto author = mail::find_author(*fields)) sender = *author;
  }
  if (!sender) return nullptr;
  const Tenant* owner = at(settings, index.of_sender(*sender));
  return owner != nullptr && owner->local ? owner : nullptr;
}

/// The name that has this hash; empty if there is none.
std::string name_of(std::uint32_t hash, const std::vector<std::string>& names) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [hash](const std::string& name) { return mail::name_hash(name) == hash; });
  return found == names.end() ? std::string() : *found;
}

bool matches(const StreamRule& rule, const Tenant& tenant, const mail::Envelope& envelope) {
  if (!rule.login.empty() &&
      login_key(rule.login, tenant.login_case) != login_key(envelope.login, tenant.login_case))
    return false;
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
  Claims(std::string what, const std::vector<Tenant>& tenants, std::vector<Overlap>& found)
      : what_(std::move(what)), tenants_(tenants), found_(found) {}
  void add(const std::string& claim, std::size_t owner) {
    const auto [first, added] = owners_.emplace(claim, owner);
    if (added || first->second == owner) return;
    found_.push_back({first->second, owner,
                      what_ + " '" + claim + "' is claimed by tenant '" + tenants_[first->second].name +
                          "' and by tenant '" + tenants_[owner].name + "'"});
  }

 private:
  std::string what_;
  const std::vector<Tenant>& tenants_;
  std::vector<Overlap>& found_;
  std::map<std::string, std::size_t> owners_;
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

Way way_of(const mail::Envelope& envelope) {
  if (envelope.local_submission) return Way::pickup;
  if (!envelope.client) return Way::network;
  const bool here = is_loopback(*envelope.client) || envelope.client == envelope.daemon_address;
  return here ? Way::loopback : Way::network;
}

Evidence evidence_of(const Settings& settings, const TenantIndex& index, const mail::Envelope& envelope,
                     std::string_view login) {
  Evidence evidence;
  evidence.way = way_of(envelope);
  evidence.host = envelope.host;
  evidence.login = login;
  evidence.address = envelope.daemon_address;
  evidence.trusted = lies_in(settings.trusted, envelope.client);
  evidence.trusted_networks = &settings.trusted;
  evidence.hop = lies_in(settings.hops, envelope.client);
  evidence.sender = envelope.sender;
  evidence.null_sender = envelope.null_sender();
  evidence.recipients = envelope.recipients.size();
  evidence.tenants = &index;
  return evidence;
}

void take_finding(mail::Envelope& envelope, OriginFinding finding) {
  envelope.origin = finding.origin;
  envelope.origin_by = finding.reason;
  envelope.origin_settled = finding.settled;
  if (!finding.login.empty()) envelope.login = std::move(finding.login);
}

mail::MailClass classify(const mail::Envelope& envelope) {
  using mail::MailClass;
  if (envelope.role == mail::Role::inbound) return MailClass::other;
  // Judged, so that check_role can defer it: a misspelt role must not let mail pass unjudged.
  if (envelope.role == mail::Role::unknown || is_strangers_submission(envelope)) return MailClass::outbound;
  return mail::is_ours(envelope.first_origin()) ? MailClass::outbound : MailClass::other;
}

bool is_strangers_submission(const mail::Envelope& envelope) {
  return envelope.role == mail::Role::submit && envelope.origin == mail::Origin::foreign && !envelope.sealed;
}

const Tenant& resolve_tenant(const Settings& settings, const mail::Envelope& envelope,
                             const std::vector<mail::Field>* fields) {
  const auto index = settings.tenant_index();
  if (envelope.origin == mail::Origin::sealed && envelope.sealed) {
    const Tenant* tenant = at(settings, index->of_name(envelope.sealed->tenant));
    return tenant != nullptr ? *tenant : default_tenant(settings);
  }
  if (!envelope.login.empty()) {
    if (const Tenant* tenant = at(settings, index->of_login(envelope.login))) return *tenant;
  }
  if (envelope.client) {
    if (const Tenant* tenant = at(settings, index->of_client(*envelope.client))) return *tenant;
  }
  if (envelope.login.empty()) {
    if (const Tenant* tenant = tenant_by_sender(settings, *index, envelope, fields)) return *tenant;
  }
  return default_tenant(settings);
}

const Tenant* identify(const Settings& settings, mail::Envelope& envelope,
                       const std::vector<mail::Field>* fields) {
  envelope.mail_class = classify(envelope);
  envelope.tenant.clear();
  envelope.stream.clear();
  if (envelope.mail_class != mail::MailClass::outbound) return nullptr;
  const Tenant& tenant = resolve_tenant(settings, envelope, fields);
  envelope.tenant = tenant.name;
  const bool known = envelope.origin == mail::Origin::sealed && !envelope.sealed->stream.empty();
  envelope.stream = known ? envelope.sealed->stream : stream_by_rules(tenant, envelope);
  return &tenant;
}

void assume_origin(const Settings& settings, mail::Envelope& envelope, mail::Origin origin) {
  envelope.origin = origin;
  envelope.origin_by = "assumed";
  envelope.origin_settled = true;
  envelope.sealed.reset();
  if (origin != mail::Origin::sealed) return;
  mail::Identity identity;
  identity.origin = envelope.login.empty() ? mail::Origin::made_here : mail::Origin::login;
  identity.login = envelope.login;
  envelope.origin = identity.origin;
  const Tenant& tenant = resolve_tenant(settings, envelope);
  identity.tenant = tenant.name;
  identity.stream = stream_by_rules(tenant, envelope);
  envelope.origin = origin;
  envelope.sealed = std::move(identity);
}

const Tenant* identify_unsealed(const Settings& settings, mail::Envelope& envelope,
                                std::optional<mail::Origin> origin, const std::vector<mail::Field>* fields) {
  if (origin) {
    assume_origin(settings, envelope, *origin);
  } else {
    const auto index = settings.tenant_index();
    Evidence evidence = evidence_of(settings, *index, envelope, envelope.login);
    evidence.fields = fields;
    take_finding(envelope, decide_origin(evidence, settings.origin));
  }
  return identify(settings, envelope, fields);
}

mail::Identity lengthen(const Settings& settings, const mail::ShortIdentity& brief) {
  mail::Identity identity;
  identity.origin = brief.origin;
  identity.login = brief.login;
  identity.id = brief.id;
  identity.expires = brief.expires;
  const Tenant* tenant = at(settings, settings.tenant_index()->of_hash(brief.tenant));
  if (tenant == nullptr) return identity;
  identity.tenant = tenant->name;
  std::vector<std::string> streams = tenant->streams;
  streams.push_back(tenant->stream);
  for (const StreamRule& rule : tenant->stream_rules) streams.push_back(rule.stream);
  identity.stream = name_of(brief.stream, streams);
  return identity;
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
    if (matches(rule, tenant, envelope)) return rule.stream;
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
  return !tenant.is_bound();
}

bool may_send_as(const Settings& settings, const Tenant& tenant, const mail::Address& address) {
  const bool named = std::any_of(tenant.senders.begin(), tenant.senders.end(),
                                 [&](const SenderPattern& sender) { return matches(sender, address); });
  return named || may_send_as(settings, tenant, address.domain);
}

std::vector<Overlap> find_overlaps(const Settings& settings) {
  const std::vector<Tenant>& tenants = settings.tenants;
  std::vector<Overlap> found;
  Claims logins("login", tenants, found);
  Claims clients("client network", tenants, found);
  Claims domains("sender domain", tenants, found);
  Claims senders("sender", tenants, found);
  std::map<std::uint32_t, std::size_t> ids;
  for (std::size_t i = 0; i < tenants.size(); ++i) {
    const Tenant& tenant = tenants[i];
    for (const std::string& login : tenant.logins) {
      if (const auto pattern = parse_login_pattern(login, tenant.login_case))
        logins.add(claim_of(*pattern), i);
    }
    for (const base::Network& network : tenant.clients) clients.add(base::format_network(network), i);
    for (const std::string& domain : tenant.sender_domains) domains.add(domain, i);
    for (const SenderPattern& sender : tenant.senders) senders.add(format_sender_pattern(sender), i);
    const auto [first, added] = ids.emplace(tenant.id(), i);
    if (added || tenants[first->second].name == tenant.name) continue;
    found.push_back({first->second, i,
                     "the names of tenant '" + tenants[first->second].name + "' and tenant '" + tenant.name +
                         "' have the same 32-bit id; rename one of them"});
  }
  return found;
}

}  // namespace signpost::policy
