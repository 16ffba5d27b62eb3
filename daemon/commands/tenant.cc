// tenant …: what the configuration says about tenants, and pausing one.
#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/overrides.h"
#include "daemon/commands/reports/delivery_counts.h"
#include "mail/envelope.h"

namespace signpost::daemon::commands {
namespace {

/// The tenant that the command names. Otherwise nullptr, and the error is already in the reply.
const policy::Tenant* named_tenant(const milter::Snapshot& snapshot, const std::string& name, Reply& reply) {
  const policy::Tenant* tenant = snapshot.policy.find_tenant(name);
  if (tenant == nullptr)
    reply.error("not-found", "no tenant is named '" + name + "'; `tenant list` shows all");
  return tenant;
}

/// Whether the tenant is paused, and until when.
Fields pause_fields(const policy::limits::Overrides& overrides, const std::string& name, base::Wall now) {
  if (!overrides.is_paused(name, now)) return {{"paused", false}, {"paused-until", Value()}};
  const auto& until = overrides.paused.find(name)->second.until;
  return {{"paused", true}, {"paused-until", until ? Value(base::format_time(*until)) : Value()}};
}

std::vector<std::string> network_texts(const std::vector<base::Network>& networks) {
  std::vector<std::string> texts;
  texts.reserve(networks.size());
  for (const base::Network& network : networks) texts.push_back(base::format_network(network));
  return texts;
}

const char* action_word(policy::SuppressionAction action) {
  switch (action) {
    case policy::SuppressionAction::refuse:
      return "refuse";
    case policy::SuppressionAction::drop:
      return "drop";
    case policy::SuppressionAction::observe:
      return "observe";
  }
  return "refuse";
}

const char* fold_word(policy::Fold fold) {
  return fold == policy::Fold::plus_tag ? "plus-tag" : "gmail-dots";
}

void show_stream_rule(const policy::StreamRule& rule, Reply& reply) {
  Fields fields = {{"rule-stream", rule.stream}};
  if (!rule.sender.empty()) fields.emplace_back("sender", rule.sender);
  if (!rule.login.empty()) fields.emplace_back("login", rule.login);
  if (rule.client) fields.emplace_back("client", base::format_network(*rule.client));
  reply.line(std::move(fields));
}

void show_recipient_cap(const policy::RecipientCap& cap, Reply& reply) {
  reply.line({{"cap-login", cap.login}, {"max-recipients", cap.max_recipients}});
}

constexpr std::chrono::hours kLastHours{24};

base::Result<void> show_last_hours(const policy::Tenant& tenant, const ControlContext& context,
                                   Reply& reply) {
  const auto table = context.traffic.traffic({tenant.id(), {}, {}, context.clock.wall() - kLastHours});
  if (!table) return tl::unexpected(table.error());
  Fields fields = {{"last-hours", kLastHours.count()}};
  add_delivery_columns(fields, policy::limits::sum_of(*table));
  reply.line(std::move(fields));
  return {};
}

}  // namespace

void tenant_list(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const auto overrides = context.overrides.get();
  reply.ok();
  std::uint64_t shown = 0;
  for (const policy::Tenant& tenant : snapshot->policy.tenants) {
    if (!request.caller.sees(tenant.name)) continue;
    ++shown;
    Fields fields = {
        {"tenant", tenant.name}, {"stream", tenant.stream}, {"sender-domains", tenant.sender_domains}};
    for (auto& field : pause_fields(*overrides, tenant.name, context.clock.wall()))
      fields.push_back(std::move(field));
    reply.line(std::move(fields));
  }
  reply.end(shown);
}

void tenant_show(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const policy::Tenant* tenant = named_tenant(*snapshot, request.text("NAME"), reply);
  if (tenant == nullptr) return;
  const auto overrides = context.overrides.get();
  reply.ok();
  reply.line({{"tenant", tenant->name}});
  reply.line({{"logins", tenant->logins}});
  reply.line({{"clients", network_texts(tenant->clients)}});
  reply.line({{"sender-domains", tenant->sender_domains}});
  std::vector<std::string> senders;
  for (const policy::SenderPattern& sender : tenant->senders)
    senders.push_back(policy::format_sender_pattern(sender));
  reply.line({{"senders", senders}});
  reply.line({{"logins-case", tenant->login_case == policy::LoginCase::exact ? "exact" : "folded"}});
  reply.line({{"max-recipients", tenant->max_recipients}});
  reply.line({{"local", tenant->local}});
  reply.line({{"stream", tenant->stream}});
  reply.line({{"streams", tenant->streams}});
  reply.line({{"suppression-action",
               action_word(tenant->suppression_action.value_or(snapshot->policy.suppression_action))}});
  std::vector<std::string> folds;
  for (const policy::Fold fold : tenant->fold) folds.emplace_back(fold_word(fold));
  reply.line({{"fold", folds}});
  for (auto& field : pause_fields(*overrides, tenant->name, context.clock.wall()))
    reply.line({std::move(field)});
  reply.line({{"trap-hits", context.counters.trap_hits.of(tenant->name)}});
  for (const auto& [reason, streams] : tenant->blocks)
    reply.line({{"blocks", policy::reason_word(reason)}, {"streams", streams}});
  for (const policy::StreamRule& rule : tenant->stream_rules) show_stream_rule(rule, reply);
  for (const policy::RecipientCap& cap : tenant->recipient_caps) show_recipient_cap(cap, reply);
  // Last, because the rules are worth showing even where counts cannot be read.
  if (const auto shown = show_last_hours(*tenant, context, reply); !shown) reply.error(shown.error());
}

void tenant_pause(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const std::string& name = request.text("NAME");
  const auto snapshot = context.snapshots.get();
  if (named_tenant(*snapshot, name, reply) == nullptr) return;
  const policy::limits::Pause pause = {end_of(request, context.clock.wall()), request.caller.name};
  const auto changed = context.override_editor.change(
      [&](policy::limits::Overrides& overrides) { overrides.paused[name] = pause; });
  if (!changed) return reply.error(changed.error());
  reply.ok({}, {{"tenant", name}, {"until", format_until(pause.until)}});
}

void tenant_resume(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const std::string& name = request.text("NAME");
  // The overrides are asked, not the configuration: a tenant that was paused and then removed can still be
  // resumed by name.
  if (!context.overrides.get()->is_paused(name, context.clock.wall())) {
    return reply.error("not-found", "tenant '" + name + "' is not paused");
  }
  const auto changed = context.override_editor.change(
      [&](policy::limits::Overrides& overrides) { overrides.paused.erase(name); });
  if (!changed) return reply.error(changed.error());
  reply.ok({}, {{"tenant", name}});
}

}  // namespace signpost::daemon::commands
