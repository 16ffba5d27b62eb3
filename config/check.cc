// One pass of checks over a draft that was read; each finds the place of what it reports in the tree.
#include "config/check.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/sections.h"
#include "policy/tenant.h"

namespace signpost::config {
namespace {

/// The value of `section.name` as it was given, or null where a default is in force.
const reader::Value* given(const reader::Value& root, std::string_view section, std::string_view name) {
  const reader::Value* table = root.find(section);
  return table == nullptr ? nullptr : table->find(name);
}

/// The item number `index` of a list, where it stands.
reader::Position place_of_item(const reader::Value& list, std::size_t index) {
  return index < list.items.size() ? list.items[index].at : list.at;
}

class Checker {
 public:
  Checker(const Draft& draft, const shared::TrackingDraft& tracking, const reader::Value& root,
          const system::Files& files, reader::Diagnostics& diagnostics)
      : draft_(draft), tracking_(tracking), root_(root), files_(files), diagnostics_(diagnostics) {}

  void check_all() {
    collect_names();
    check_process();
    check_tenants();
    check_limits();
    check_blocks();
    check_dkim();
    check_tracking();
  }

 private:
  const policy::Settings& policy() const { return draft_.snapshot.policy; }

  /// A warning or error about one setting, if it was given.
  void error_at(std::string_view section, std::string_view name, const std::string& text) {
    if (const reader::Value* value = given(root_, section, name)) {
      diagnostics_.error(value->at, std::string(section) + "." + std::string(name) + ": " + text);
    }
  }

  void collect_names() {
    streams_ = {"bulk", "transactional"};
    for (const policy::Tenant& tenant : policy().tenants) {
      tenants_.insert(tenant.name);
      streams_.insert(tenant.stream);
      streams_.insert(tenant.streams.begin(), tenant.streams.end());
      for (const policy::StreamRule& rule : tenant.stream_rules) streams_.insert(rule.stream);
    }
    tenants_.insert("default");
  }

  /// Each name of the list must be one of `known`.
  void check_names(const reader::Value& list, const std::string& path, const char* what,
                   const std::set<std::string>& known) {
    for (const reader::Value& item : list.items) {
      std::string_view name = item.text;
      if (item.kind != reader::Value::Kind::text || name == "*" || name == "own") continue;
      if (!name.empty() && name.front() == '!') name.remove_prefix(1);
      if (name.empty() || known.count(std::string(name)) > 0) continue;
      diagnostics_.error(item.at, path + ": there is no " + what + " '" + std::string(name) + "'",
                         base::nearest(name, {known.begin(), known.end()}));
    }
  }

  /// Entries of a list keyed by name: the second one of a name is an error that names both places.
  void check_unique(const std::string& heading, const std::string& name, const reader::Value& table,
                    std::map<std::string, reader::Position>& seen) {
    const auto [first, added] = seen.try_emplace(name, table.at);
    if (!added)
      diagnostics_.error(table.at, heading + " " + name + " is already defined at " + first->second.format());
  }

  void check_process() {
    const ProcessSettings& process = draft_.process;
    if (!process.milter_socket.is_local()) {
      if (const reader::Value* socket = given(root_, "milter", "socket")) {
        diagnostics_.warning(
            socket->at, "milter.socket: whoever can reach " + process.milter_socket.format() +
                            " can have mail signed; restrict access to the MTA, for example with a firewall");
      }
    }
    if ((process.milter_socket_mode & 0002) != 0) {
      if (const reader::Value* mode = given(root_, "milter", "socket_mode")) {
        diagnostics_.warning(
            mode->at,
            "milter.socket_mode: every user of this host can have mail signed; use milter.socket_group");
      }
    }
    if (draft_.snapshot.milter.max_body > draft_.snapshot.milter.max_held) {
      error_at("milter", "max_body", "must not be larger than milter.max_held");
    }
    check_group("milter", "socket_group", process.milter_socket_group);
    check_group("control", "admin_group", process.admin_group);
    check_group("control", "read_group", process.read_group);
    if (process.log_addresses == LogAddresses::hashed && draft_.suppression_key_file.empty()) {
      error_at("log", "addresses", "hashed addresses need suppression.key_file");
    }
  }

  void check_group(std::string_view section, std::string_view name, const std::string& group) {
    if (given(root_, section, name) == nullptr || group.empty() || files_.group_exists(group)) return;
    error_at(section, name, "there is no group '" + group + "'");
  }

  void check_tenants() {
    std::map<std::string, reader::Position> seen;
    bool unique = true;
    for (std::size_t i = 0; i < policy().tenants.size(); ++i) {
      const policy::Tenant& tenant = policy().tenants[i];
      const reader::Value& table = *draft_.tenant_tables[i];
      if (tenant.name.empty()) continue;
      unique = unique && seen.count(tenant.name) == 0;
      check_unique("[[tenant]]", tenant.name, table, seen);
      check_rules(tenant, table);
    }
    if (!unique) return;  // every overlap would be told twice
    for (const std::string& overlap : policy::find_overlaps(policy())) {
      diagnostics_.error(place_of_overlap(overlap), overlap);
    }
  }

  /// The last of the tenants that the text names.
  reader::Position place_of_overlap(const std::string& text) const {
    reader::Position place = draft_.tenant_tables.front()->at;
    for (std::size_t i = 0; i < policy().tenants.size(); ++i) {
      if (text.find("tenant '" + policy().tenants[i].name + "'") != std::string::npos)
        place = draft_.tenant_tables[i]->at;
    }
    return place;
  }

  void check_rules(const policy::Tenant& tenant, const reader::Value& table) {
    const reader::Value* rules = table.find("stream_rule");
    for (std::size_t i = 0; rules != nullptr && i < tenant.stream_rules.size(); ++i) {
      const policy::StreamRule& rule = tenant.stream_rules[i];
      const reader::Value& place = rules->items[i];
      const bool has_condition = place.find("sender") != nullptr || place.find("login") != nullptr ||
                                 place.find("client") != nullptr;
      if (!has_condition && !rule.stream.empty()) {
        diagnostics_.error(place.at,
                           "[[tenant.stream_rule]] needs a condition: sender, login or client; the default "
                           "stream is tenant.stream");
      }
    }
  }

  void check_limits() {
    std::map<std::string, reader::Position> seen;
    for (std::size_t i = 0; i < policy().limits.size(); ++i) {
      const policy::LimitSettings& limit = policy().limits[i];
      const reader::Value& table = *draft_.limit_tables[i];
      if (!limit.name.empty()) check_unique("[[limit]]", limit.name, table, seen);
      const reader::Value* rate = table.find("rate");
      if (rate != nullptr && rate->kind == reader::Value::Kind::array && rate->items.empty()) {
        diagnostics_.error(rate->at, "limit.rate: must name at least one rate");
      }
      check_weight(limit, table);
      if (const reader::Value* when = table.find("when")) {
        if (const reader::Value* names = when->find("tenant"))
          check_names(*names, "limit.when.tenant", "tenant", tenants_);
        if (const reader::Value* names = when->find("stream"))
          check_names(*names, "limit.when.stream", "stream", streams_);
      }
    }
  }

  /// Bytes are charged once for the whole message, whoever its recipients are.
  void check_weight(const policy::LimitSettings& limit, const reader::Value& table) {
    if (limit.weight != policy::Weight::bytes) return;
    for (std::size_t i = 0; i < limit.key.size(); ++i) {
      const policy::LimitKeyPart part = limit.key[i];
      if (part != policy::LimitKeyPart::rcpt_domain && part != policy::LimitKeyPart::rcpt_provider) continue;
      diagnostics_.error(
          place_of_item(*table.find("key"), i),
          std::string("limit.key: bytes are counted per message, so the key must not contain ") +
              policy::key_part_word(part));
    }
  }

  void check_blocks() {
    check_block_rows(given(root_, "suppression", "blocks"), "suppression.blocks.");
    for (const reader::Value* tenant : draft_.tenant_tables)
      check_block_rows(tenant->find("blocks"), "tenant.blocks.");
  }

  void check_block_rows(const reader::Value* blocks, const std::string& path) {
    if (blocks == nullptr || blocks->kind != reader::Value::Kind::table) return;
    for (const auto& [reason, words] : blocks->members) check_names(words, path + reason, "stream", streams_);
  }

  void check_dkim() {
    const auto& oversign = draft_.snapshot.dkim.oversign;
    if (std::find(oversign.begin(), oversign.end(), "from") == oversign.end()) {
      error_at("dkim", "oversign",
               "must contain \"from\", or a second From field could be added to a signed message");
    }
    check_expiry();
    std::map<std::string, reader::Position> seen;
    for (std::size_t i = 0; i < draft_.keys.size(); ++i) {
      const KeyDraft& key = draft_.keys[i];
      if (key.domain.empty() || key.selector.empty()) continue;
      const reader::Value& table = *draft_.key_tables[i];
      check_unique("[[dkim.key]]", key.selector + "._domainkey." + key.domain, table, seen);
      check_any_domain(key, table);
      if (!key.tenant.empty() && tenants_.count(key.tenant) == 0) {
        diagnostics_.error(table.find("tenant")->at,
                           "dkim.key.tenant: there is no tenant '" + key.tenant + "'",
                           base::nearest(key.tenant, {tenants_.begin(), tenants_.end()}));
      }
    }
  }

  void check_any_domain(const KeyDraft& key, const reader::Value& table) {
    const bool is_any = key.domain == dkim::KeyTable::kAnyDomain;
    if (is_any && !key.allow_any) {
      diagnostics_.error(table.find("domain")->at,
                         "dkim.key.domain: this key signs as every domain that no other tenant owns; set "
                         "allow_any = true if that is intended");
    } else if (key.allow_any && !is_any) {
      diagnostics_.error(table.find("allow_any")->at,
                         "dkim.key.allow_any is for keys with domain = \"*\" only");
    }
  }

  /// Streams in dkim.expire_streams exist, and none is there twice.
  void check_expiry() {
    std::set<std::string> seen;
    for (const dkim::StreamExpiry& expiry : draft_.snapshot.dkim.stream_expiry) {
      if (streams_.count(expiry.stream) == 0)
        error_at("dkim", "expire_streams", "there is no stream '" + expiry.stream + "'");
      if (!seen.insert(expiry.stream).second)
        error_at("dkim", "expire_streams", "'" + expiry.stream + "' is listed twice");
    }
  }

  void check_tracking() {
    for (std::size_t i = 0; i < draft_.tenant_tables.size(); ++i) check_tenant_tracking(i);
    const reader::Value* tracking = root_.find("tracking");
    if (tracking == nullptr || tracking->kind != reader::Value::Kind::table) return;
    if (const reader::Value* streams = tracking->find("streams"))
      check_names(*streams, "tracking.streams", "stream", streams_);
    check_stream_modes(*tracking, tracking_.settings.stream_modes, "tracking.stream_modes");
    const bool has_host = tracking->find("host") != nullptr || some_tenant_has_a_host();
    if (has_host && tracking_.settings.mode != track::Mode::off && tracking->find("key_file") == nullptr) {
      diagnostics_.error(
          tracking->at,
          "[tracking] needs the setting 'key_file'; create the file with: signpostctl key new FILE");
    }
    if (!has_host) check_without_host(*tracking);
  }

  bool some_tenant_has_a_host() const {
    return std::any_of(tracking_.tenants.begin(), tracking_.tenants.end(),
                       [](const track::TenantSettings& tenant) { return !tenant.host.empty(); });
  }

  void check_tenant_tracking(std::size_t index) {
    const reader::Value* table = draft_.tenant_tables[index]->find("tracking");
    if (table == nullptr || table->kind != reader::Value::Kind::table) return;
    const track::TenantSettings& tenant = tracking_.tenants[index];
    check_stream_modes(*table, tenant.stream_modes, "tenant.tracking.stream_modes");
    if (!tenant.host.empty() && tracking_.key_file.empty())
      diagnostics_.error(table->at, "tenant.tracking.host has no effect without tracking.key_file");
  }

  void check_stream_modes(const reader::Value& table, const std::vector<track::StreamMode>& modes,
                          const std::string& path) {
    const reader::Value* list = table.find("stream_modes");
    for (const track::StreamMode& mode : modes) {
      if (streams_.count(mode.stream) > 0) continue;
      diagnostics_.error(list->at, path + ": there is no stream '" + mode.stream + "'",
                         base::nearest(mode.stream, {streams_.begin(), streams_.end()}));
    }
  }

  /// Without a host nothing is tracked: what asks for more than the defaults would be silently ignored.
  void check_without_host(const reader::Value& tracking) {
    for (const reader::Section& section : settings_table()) {
      if (section.path != "tracking") continue;
      for (const reader::Setting& setting : section.settings) {
        const reader::Value* value = tracking.find(setting.name);
        const bool is_default = value == nullptr || reader::format_toml(*value) == setting.default_text;
        const bool is_off = setting.name == "mode" && tracking_.settings.mode == track::Mode::off;
        if (is_default || is_off) continue;
        diagnostics_.error(value->key_at,
                           "tracking." + setting.name + " has no effect without tracking.host");
      }
    }
  }

  const Draft& draft_;
  const shared::TrackingDraft& tracking_;
  const reader::Value& root_;
  const system::Files& files_;
  reader::Diagnostics& diagnostics_;
  std::set<std::string> tenants_;
  std::set<std::string> streams_;
};

}  // namespace

void check_config(const Draft& draft, const shared::TrackingDraft& tracking, const reader::Value& root,
                  const system::Files& files, reader::Diagnostics& diagnostics) {
  Checker(draft, tracking, root, files, diagnostics).check_all();
}

}  // namespace signpost::config
