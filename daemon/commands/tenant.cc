// tenant …: what the configuration says about tenants, and pausing one.
#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/overrides.h"
#include "mail/envelope.h"

namespace signpost::daemon::commands {
namespace {

/// The tenant that the command names; without one, the error is already in the reply.
const policy::Tenant* named_tenant(const milter::Snapshot& snapshot, const std::string& name, Reply& reply) {
  const policy::Tenant* tenant = snapshot.policy.find_tenant(name);
  if (tenant == nullptr)
    reply.error("not-found", "no tenant is named '" + name + "'; `tenant list` shows all");
  return tenant;
}

/// "-", "until=…" as a value: whether and until when the tenant is paused.
std::string paused_until(const policy::limits::Overrides& overrides, const std::string& name,
                         base::Wall now) {
  if (!overrides.is_paused(name, now)) return "no";
  const auto& until = overrides.paused.find(name)->second.until;
  return until ? base::format_time(*until) : "yes";
}

std::string join_networks(const std::vector<base::Network>& networks) {
  std::vector<std::string> texts;
  texts.reserve(networks.size());
  for (const base::Network& network : networks) texts.push_back(base::format_network(network));
  return base::join(texts, ",");
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
  policy::Fields fields = {{"rule-stream", rule.stream}};
  if (!rule.sender.empty()) fields.emplace_back("sender", rule.sender);
  if (!rule.login.empty()) fields.emplace_back("login", rule.login);
  if (rule.client) fields.emplace_back("client", base::format_network(*rule.client));
  reply.line(fields);
}

}  // namespace

void tenant_list(const Request&, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const auto overrides = context.overrides.get();
  reply.ok();
  for (const policy::Tenant& tenant : snapshot->policy.tenants) {
    reply.line({{"tenant", tenant.name},
                {"stream", tenant.stream},
                {"sender-domains", base::join(tenant.sender_domains, ",")},
                {"paused", paused_until(*overrides, tenant.name, context.clock.wall())}});
  }
  reply.end(snapshot->policy.tenants.size());
}

void tenant_show(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const policy::Tenant* tenant = named_tenant(*snapshot, request.get("NAME"), reply);
  if (tenant == nullptr) return;
  const auto overrides = context.overrides.get();
  reply.ok();
  reply.line({{"tenant", tenant->name}});
  reply.line({{"logins", base::join(tenant->logins, ",")}});
  reply.line({{"clients", join_networks(tenant->clients)}});
  reply.line({{"sender-domains", base::join(tenant->sender_domains, ",")}});
  reply.line({{"stream", tenant->stream}});
  reply.line({{"streams", base::join(tenant->streams, ",")}});
  reply.line({{"suppression-action",
               action_word(tenant->suppression_action.value_or(snapshot->policy.suppression_action))}});
  std::vector<std::string> folds;
  for (const policy::Fold fold : tenant->fold) folds.emplace_back(fold_word(fold));
  reply.line({{"fold", base::join(folds, ",")}});
  reply.line({{"paused", paused_until(*overrides, tenant->name, context.clock.wall())}});
  reply.line({{"trap-hits", std::to_string(context.counters.trap_hits.of(tenant->name))}});
  for (const auto& [reason, streams] : tenant->blocks)
    reply.line({{"blocks", policy::reason_word(reason)}, {"streams", base::join(streams, ",")}});
  for (const policy::StreamRule& rule : tenant->stream_rules) show_stream_rule(rule, reply);
}

void tenant_pause(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const std::string& name = request.get("NAME");
  const auto snapshot = context.snapshots.get();
  if (named_tenant(*snapshot, name, reply) == nullptr) return;
  const policy::limits::Pause pause = {end_of(request, context.clock.wall()), request.peer.name};
  const auto changed = change_overrides(
      context, [&](policy::limits::Overrides& overrides) { overrides.paused[name] = pause; });
  if (!changed) return reply.error(changed.error());
  reply.ok(policy::format_fields({{"tenant", name}, {"until", format_until(pause.until)}}));
}

void tenant_resume(const Request& request, ControlContext& context, ControlChannel&, Reply& reply) {
  const std::string& name = request.get("NAME");
  // Asked of the overrides, not of the configuration: a tenant that was paused and then removed can still be
  // resumed.
  if (!context.overrides.get()->is_paused(name, context.clock.wall())) {
    return reply.error("not-found", "tenant '" + name + "' is not paused");
  }
  const auto changed =
      change_overrides(context, [&](policy::limits::Overrides& overrides) { overrides.paused.erase(name); });
  if (!changed) return reply.error(changed.error());
  reply.ok(policy::format_fields({{"tenant", name}}));
}

}  // namespace signpost::daemon::commands
