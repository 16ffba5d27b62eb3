// The checks of the rows in rows_policy.cc.
#include <string>

#include "config/rows_policy.h"
#include "policy/tenant.h"

namespace signpost::config {
namespace {

class PolicyChecker {
 public:
  PolicyChecker(const PolicyDraft& draft, const KnownNames& known, const policy::TenantIndex& index,
                reader::Checks& checks)
      : draft_(draft), known_(known), index_(index), checks_(checks) {}

  void check_tenants() {
    reader::SeenNames seen;
    bool unique = true;
    for (std::size_t i = 0; i < settings().tenants.size(); ++i) {
      const policy::Tenant& tenant = settings().tenants[i];
      const reader::Value& table = *draft_.tenant_tables[i];
      if (tenant.name.empty()) continue;
      unique = unique && seen.count(tenant.name) == 0;
      checks_.require_unique("[[tenant]]", tenant.name, table, seen);
      check_rules(tenant, table);
      check_caps(i, table);
      check_local(tenant, table);
    }
    if (!unique) return;  // every overlap would be reported twice
    for (const policy::Overlap& overlap : policy::find_overlaps(settings()))
      checks_.error(draft_.tenant_tables[overlap.second]->at, overlap.text);
  }

  /// Mail of this host is told by its header, trusted or not.
  void check_trusted() {
    const reader::Value* trusted = checks_.given("clients", "trusted");
    static const std::vector<base::Ip> kLoopback = {*base::parse_ip("127.0.0.1"), *base::parse_ip("::1")};
    for (std::size_t i = 0; trusted != nullptr && i < settings().trusted.size(); ++i) {
      for (const base::Ip& ip : kLoopback) {
        if (!settings().trusted[i].contains(ip)) continue;
        checks_.warning(reader::place_of_item(*trusted, i),
                        "clients.trusted: says nothing about mail of this host (" + base::format_ip(ip) +
                            "); which of that is the site's own, clients.loopback says");
      }
    }
  }

  void check_hops() {
    const reader::Value* hops = checks_.given("clients", "hops");
    if (hops == nullptr || !draft_.seal_key_file.empty()) return;
    for (std::size_t i = 0; i < settings().hops.size(); ++i) {
      checks_.warning(reader::place_of_item(*hops, i),
                      "clients.hops: a ring that the daemon makes itself serves this host only; without the "
                      "seal.key_file of " +
                          base::format_network(settings().hops[i]) + " no seal from there can be opened");
    }
  }

  void check_blocks() {
    check_block_rows(checks_.given("suppression", "blocks"), "suppression.blocks.");
    for (const reader::Value* tenant : draft_.tenant_tables)
      check_block_rows(tenant->find("blocks"), "tenant.blocks.");
  }

 private:
  const policy::Settings& settings() const { return draft_.settings; }

  void check_rules(const policy::Tenant& tenant, const reader::Value& table) {
    const reader::Value* rules = table.find("stream_rule");
    for (std::size_t i = 0; rules != nullptr && i < tenant.stream_rules.size(); ++i) {
      const policy::StreamRule& rule = tenant.stream_rules[i];
      const reader::Value& place = rules->items[i];
      const bool has_condition = place.find("sender") != nullptr || place.find("login") != nullptr ||
                                 place.find("client") != nullptr;
      if (!has_condition && !rule.stream.empty()) {
        checks_.error(place.at,
                      "[[tenant.stream_rule]] needs a condition: sender, login or client; "
                      "the default stream is tenant.stream");
      }
    }
  }

  /// A tenant that no mail can be found to be of.
  void check_local(const policy::Tenant& tenant, const reader::Value& table) {
    const reader::Value* local = table.find("local");
    if (local == nullptr || tenant.local || !tenant.logins.empty() || !tenant.clients.empty()) return;
    checks_.warning(local->at, "tenant.local: without logins and clients, nothing is the mail of tenant '" +
                                   tenant.name + "'");
  }

  /// Two caps of one login, and caps of a login that is another tenant's.
  void check_caps(std::size_t position, const reader::Value& table) {
    const policy::Tenant& tenant = settings().tenants[position];
    const reader::Value* caps = table.find("recipient_cap");
    reader::SeenNames seen;
    for (std::size_t i = 0; caps != nullptr && i < tenant.recipient_caps.size(); ++i) {
      const std::string& login = tenant.recipient_caps[i].login;
      const auto pattern = policy::parse_login_pattern(login, tenant.login_case);
      if (login.empty() || !pattern) continue;
      checks_.require_unique("[[tenant.recipient_cap]]", policy::claim_of(*pattern), caps->items[i], seen);
      const auto owner = pattern->domain.empty() ? index_.of_login(login) : std::nullopt;
      if (owner && *owner != position)
        checks_.error(caps->items[i].find("login")->at, "tenant.recipient_cap.login: '" + login +
                                                            "' is a login of tenant '" +
                                                            settings().tenants[*owner].name + "'");
    }
  }

  void check_block_rows(const reader::Value* blocks, const std::string& path) {
    if (blocks == nullptr || blocks->kind != reader::Value::Kind::table) return;
    for (const auto& [reason, words] : blocks->members)
      checks_.require_names(words, path + reason, "stream", known_.streams);
  }

  const PolicyDraft& draft_;
  const KnownNames& known_;
  const policy::TenantIndex& index_;
  reader::Checks& checks_;
};

}  // namespace

KnownNames known_names(const policy::Settings& settings) {
  KnownNames known{{"default"}, {"bulk", "transactional"}};
  for (const policy::Tenant& tenant : settings.tenants) {
    known.tenants.insert(tenant.name);
    known.streams.insert(tenant.stream);
    known.streams.insert(tenant.streams.begin(), tenant.streams.end());
    for (const policy::StreamRule& rule : tenant.stream_rules) known.streams.insert(rule.stream);
  }
  return known;
}

void check_policy(const PolicyDraft& draft, const KnownNames& known, reader::Checks& checks) {
  const policy::TenantIndex index(draft.settings.tenants);
  PolicyChecker checker(draft, known, index, checks);
  checker.check_tenants();
  checker.check_trusted();
  checker.check_hops();
  check_limits(draft, known, index, checks);
  checker.check_blocks();
}

}  // namespace signpost::config
