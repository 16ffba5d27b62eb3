// stats and metrics: the same totals as body lines and as Prometheus text (exposition format 0.0.4), from
// one table.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "daemon/commands/handlers.h"
#include "daemon/commands/reports/delivery_counts.h"
#include "policy/limits/provider.h"

namespace signpost::daemon::commands {
namespace {

using Count = std::atomic<std::uint64_t> milter::Counters::*;

struct Total {
  const char* name;    ///< key of `stats`
  const char* metric;  ///< after "signpost_"; a counter if it ends in "_total", else a gauge
  const char* help;
  Count count;
};

constexpr Total kTotals[] = {
    {"connections", "connections_total", "Connections from the MTA.", &milter::Counters::connections},
    {"connections-open", "connections_open", "Connections from the MTA that are open.",
     &milter::Counters::connections_open},
    {"messages", "messages_total", "Messages that were completed or aborted.", &milter::Counters::messages},
    {"accepted", "messages_accepted_total", "Messages accepted.", &milter::Counters::accepted},
    {"refused", "messages_refused_total", "Messages refused.", &milter::Counters::refused},
    {"deferred", "messages_deferred_total", "Messages deferred.", &milter::Counters::deferred},
    {"held", "messages_held_total", "Messages that a limit let the MTA keep in its hold queue.",
     &milter::Counters::held},
    {"discarded", "messages_discarded_total", "Messages discarded because no recipient was left.",
     &milter::Counters::discarded},
    {"passed", "messages_passed_total", "Messages that were not outbound and passed untouched.",
     &milter::Counters::passed},
    {"aborted", "messages_aborted_total", "Messages aborted by the client or the MTA.",
     &milter::Counters::aborted},
    {"recipients", "recipients_total", "Recipients judged.", &milter::Counters::recipients},
    {"recipients-refused", "recipients_refused_total", "Recipients refused.",
     &milter::Counters::recipients_refused},
    {"recipients-deferred", "recipients_deferred_total", "Recipients deferred.",
     &milter::Counters::recipients_deferred},
    {"recipients-dropped", "recipients_dropped_total", "Recipients accepted, but dropped from the message.",
     &milter::Counters::recipients_dropped},
    {"signed", "messages_signed_total", "Messages signed.", &milter::Counters::is_signed},
    {"not-signed", "messages_not_signed_total", "Outbound messages not signed.",
     &milter::Counters::not_signed},
    {"self-checked", "self_checked_total", "Signed messages whose signatures were verified.",
     &milter::Counters::self_checked},
    {"self-check-failed", "self_check_failed_total", "Verified messages with a signature that was not valid.",
     &milter::Counters::self_check_failed},
    {"self-check-dropped", "self_check_dropped_total",
     "Messages that were not verified because too many were waiting.", &milter::Counters::self_check_dropped},
    {"reinjected", "messages_reinjected_total",
     "Messages that came back to this host without a seal and passed unsigned; [[clients.reinjected]] is for "
     "lists.",
     &milter::Counters::reinjected},
    {"reinjected-own", "messages_reinjected_own_total",
     "Of the messages that came back, those with an author of a tenant or a key.",
     &milter::Counters::reinjected_own},
    {"stripped-traces", "messages_stripped_total",
     "Strangers' messages that came back without a Received, known by the seal alone.",
     &milter::Counters::stripped_traces},
    {"strangers-submissions", "strangers_submissions_total",
     "Messages refused because a stranger used a port of role submit.",
     &milter::Counters::strangers_submissions},
    {"unsealed-at-egress", "unsealed_at_egress_total",
     "Messages that reached a port of role egress without a seal that opens, and passed unsigned.",
     &milter::Counters::unsealed_at_egress},
    {"seals-refused", "seals_refused_total", "Fields Signpost-Seal that were not believed.",
     &milter::Counters::seals_refused},
    {"unknown-logins", "messages_of_unknown_logins_total",
     "Messages of a login that no tenant names, judged as mail of the tenant default.",
     &milter::Counters::unknown_logins},
    {"negotiations-failed", "negotiations_failed_total",
     "Connections of an MTA that cannot do what signing needs; refused.",
     &milter::Counters::negotiations_failed},
    {"reports", "reports_total", "Reports and other mail that came back to return paths.",
     &milter::Counters::reports},
    {"reports-acted-on", "reports_acted_on_total",
     "Recipients in them that were listed, or scored as soft bounces.", &milter::Counters::reports_acted_on},
    {"reports-counted", "reports_counted_total", "Messages that they say were refused because of the sender.",
     &milter::Counters::reports_counted},
    {"results-asked", "results_asked_total", "Results of deliveries that Postfix asked about.",
     &milter::Counters::results_asked},
    {"results-waited", "results_waited_total", "Of these, refusals of the sender that were made to wait.",
     &milter::Counters::results_waited},
    {"results-let-through", "results_let_through_total",
     "Of these, refusals of the sender that bounce because they waited for feedback.wait_at_most.",
     &milter::Counters::results_let_through},
    {"results-strangers", "results_strangers_total",
     "Connections to the results socket of others than feedback.results_user; closed.",
     &milter::Counters::results_strangers},
    {"rewritten", "messages_rewritten_total", "Messages whose links were rewritten.",
     &milter::Counters::rewritten},
    {"links", "links_rewritten_total", "Links rewritten.", &milter::Counters::links},
    {"errors", "errors_total", "Internal failures while judging mail.", &milter::Counters::errors},
    {"held-bytes", "held_bytes", "Bytes of message bodies held in memory.", &milter::Counters::held_bytes},
    {"open-transactions", "open_transactions", "Messages that are being received.",
     &milter::Counters::open_transactions},
};

void add_metric(Reply& reply, const std::string& name, const std::string& help, std::uint64_t value) {
  const bool counter = name.ends_with("_total");
  reply.raw("# HELP signpost_" + name + " " + help);
  reply.raw("# TYPE signpost_" + name + (counter ? " counter" : " gauge"));
  reply.raw("signpost_" + name + " " + std::to_string(value));
}

/// A label's value (exposition format 0.0.4: backslash, quote and newline are escaped).
std::string label_value(std::string_view text) {
  std::string value;
  for (const char c : text) {
    if (c == '\\' || c == '"') value += '\\';
    value += c == '\n' ? ' ' : c;
  }
  return value;
}

void add_trap_hits(Reply& reply, const milter::TenantCounts& hits) {
  reply.raw("# HELP signpost_trap_hits_total Recipients listed as spam traps that a tenant tried to reach.");
  reply.raw("# TYPE signpost_trap_hits_total counter");
  for (const auto& [tenant, count] : hits.all()) {
    reply.raw("signpost_trap_hits_total{tenant=\"" + label_value(tenant) + "\"} " + std::to_string(count));
  }
}

/// The totals of each provider, also of those of which nothing was counted: a series that appears late loses its first value.
std::vector<std::pair<std::string, policy::limits::TrafficSums>> totals_by_provider(
    const ControlContext& context) {
  const store::ProviderTotals totals = context.hits.provider_totals();
  std::vector<std::pair<std::string, policy::limits::TrafficSums>> all;
  for (const std::string_view name : policy::limits::kProviderNames) {
    const auto found = totals.find(std::string(name));
    all.emplace_back(name, found == totals.end() ? policy::limits::TrafficSums() : found->second);
  }
  return all;
}

void add_provider_totals(Reply& reply, const ControlContext& context) {
  reply.raw("# HELP signpost_provider_recipients_total Recipients, by provider, and what became of them.");
  reply.raw("# TYPE signpost_provider_recipients_total counter");
  for (const auto& total : totals_by_provider(context)) {
    const std::string& provider = total.first;
    const policy::limits::TrafficSums& sums = total.second;
    const auto add = [&](const char* what, std::uint64_t times) {
      reply.raw("signpost_provider_recipients_total{provider=\"" + provider + "\",what=\"" + what + "\"} " +
                std::to_string(times));
    };
    for (const DeliveryColumn& column : kDeliveryColumns) add(column.key, sums.*column.sum);
    add("refusals", sums.refusals);
  }
}

/// One number of each limit.
void add_key_counts(Reply& reply, const ControlContext& context) {
  const auto counts = context.limiter.key_counts();
  const auto snapshot = context.snapshots.get();
  const auto add = [&](const char* name, const char* help, const char* type, const auto& number_of) {
    reply.raw(std::string("# HELP signpost_") + name + " " + help);
    reply.raw(std::string("# TYPE signpost_") + name + " " + type);
    for (const policy::LimitSettings& limit : snapshot->policy.limits) {
      policy::limits::KeyCount count;
      for (const policy::limits::KeyCount& known : counts)
        if (known.limit == limit.name) count = known;
      reply.raw(std::string("signpost_") + name + "{limit=\"" + label_value(limit.name) + "\"} " +
                std::to_string(number_of(limit, count)));
    }
  };
  using policy::LimitSettings;
  using policy::limits::KeyCount;
  add("limit_keys", "Keys of a limit that have a count of their own.", "gauge",
      [](const LimitSettings&, const KeyCount& count) { return count.keys; });
  add("limit_max_keys", "How many keys of a limit may have one.", "gauge",
      [](const LimitSettings& limit, const KeyCount&) { return limit.max_keys; });
  add("limit_charged_to_shared_total", "Charges of keys that shared a count because there was no room.",
      "counter", [](const LimitSettings&, const KeyCount& count) { return count.charged_to_shared; });
}

}  // namespace

void show_stats(const Request&, ControlContext& context, LineSource&, Reply& reply) {
  reply.ok();
  for (const Total& total : kTotals) reply.line({{total.name, (context.counters.*total.count).load()}});
  reply.line({{"buckets", context.limiter.size()}});
  for (const auto& [tenant, hits] : context.counters.trap_hits.all())
    reply.line({{"tenant", tenant}, {"trap-hits", hits}});
  for (const auto& [provider, sums] : totals_by_provider(context)) {
    Fields fields = {{"provider", provider}};
    add_delivery_columns(fields, sums);
    fields.emplace_back("refusals", sums.refusals);
    reply.line(std::move(fields));
  }
  for (const ProviderRefusals& provider : context.daemon.status().refusals)
    reply.line(
        {{"provider", provider.name}, {"waited", provider.waited}, {"let-through", provider.let_through}});
}

void show_metrics(const Request&, ControlContext& context, LineSource&, Reply& reply) {
  const DaemonStatus status = context.daemon.status();
  reply.ok();
  for (const Total& total : kTotals)
    add_metric(reply, total.metric, total.help, (context.counters.*total.count).load());
  add_metric(reply, "buckets", "Limit buckets in memory.", context.limiter.size());
  add_key_counts(reply, context);
  add_metric(reply, "log_lines_lost_total", "Policy log lines that were not written.", status.log_lines_lost);
  add_metric(reply, "healthy", "1 if `status` says ok, else 0.", status.problems.empty() ? 1 : 0);
  add_metric(reply, "config_generation", "Generation of the configuration in force.",
             context.snapshots.get()->generation);
  add_trap_hits(reply, context.counters.trap_hits);
  add_provider_totals(reply, context);
}

}  // namespace signpost::daemon::commands
