// report bounces: how many recipients of a tenant's streams came back as dead, failing or complaining, and how many messages
// were refused because of the sender; by stream, or by stream and provider.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "daemon/commands/handlers.h"
#include "daemon/commands/reports/delivery_counts.h"

namespace signpost::daemon::commands {
namespace {

using store::Counted;

constexpr std::uint64_t kDefaultDays = 30;
constexpr std::uint64_t kMaxDays = 3660;
constexpr const char* kProvider = "provider";

using Reasons = std::map<std::string, std::uint64_t>;

struct AtProvider {
  DeliverySums sums;
  Reasons blocked, refused;
};

/// "blocklist:12", the most frequent first; none if there is none.
Value format_reasons(const Reasons& reasons) {
  if (reasons.empty()) return {};
  std::vector<std::pair<std::string, std::uint64_t>> sorted(reasons.begin(), reasons.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& one, const auto& other) { return one.second > other.second; });
  Value::Texts texts;
  texts.reserve(sorted.size());
  for (const auto& [reason, times] : sorted) texts.push_back(reason + ":" + std::to_string(times));
  return texts;
}

void add_streams(const std::string& tenant, const std::map<std::string, DeliverySums>& streams,
                 std::vector<Fields>& lines) {
  for (const auto& [stream, sums] : streams) {
    Fields& fields = lines.emplace_back(Fields{{"tenant", tenant}, {"stream", stream}});
    add_delivery_columns(fields, sums);
  }
}

void add_providers(const std::string& tenant, const store::ProviderCounts& counts,
                   std::vector<Fields>& lines) {
  std::map<std::pair<std::string, std::string>, AtProvider> providers;
  for (const auto& [counter, times] : counts) {
    AtProvider& at = providers[{counter.stream, counter.provider}];
    at.sums[counter.what] += times;
    if (counter.what == Counted::bounce_block) at.blocked[counter.reason] += times;
    if (counter.what == Counted::refusal) at.refused[counter.reason] += times;
  }
  for (const auto& [name, at] : providers) {
    Fields& fields =
        lines.emplace_back(Fields{{"tenant", tenant}, {"stream", name.first}, {kProvider, name.second}});
    add_delivery_columns(fields, at.sums);
    fields.emplace_back("blocked-for", format_reasons(at.blocked));
    fields.emplace_back("refusals", times_of(at.sums, Counted::refusal));
    fields.emplace_back("refused-for", format_reasons(at.refused));
    const std::uint64_t delivered = times_of(at.sums, Counted::delivered);
    const std::uint64_t ended = delivered + times_of(at.sums, Counted::undelivered);
    fields.emplace_back("hard-rate", format_rate(times_of(at.sums, Counted::bounce_hard), ended));
    fields.emplace_back("complaint-rate", format_rate(times_of(at.sums, Counted::complaint), delivered));
  }
}

base::Result<void> add_lines(const policy::Tenant& tenant, bool is_by_provider, std::uint32_t from_hour,
                             const store::HitStore& hits, std::vector<Fields>& lines) {
  if (is_by_provider)
    return hits.providers(tenant.id(), from_hour).map([&](const store::ProviderCounts& counts) {
      add_providers(tenant.name, counts, lines);
    });
  return sum_streams(hits, tenant.id(), from_hour).map([&](const auto& streams) {
    add_streams(tenant.name, streams, lines);
  });
}

}  // namespace

void report_bounces(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const bool is_by_provider = request.has("by");
  if (is_by_provider && request.text("by") != kProvider) return reply.error("invalid", "by must be provider");
  const auto* given = request.find<std::uint64_t>("days");
  const std::uint64_t days = std::min(given == nullptr ? kDefaultDays : *given, kMaxDays);
  const std::uint32_t from = store::hour_of(context.clock.wall() - std::chrono::days(days));
  const auto snapshot = context.snapshots.get();
  std::vector<Fields> lines;
  for (const policy::Tenant& tenant : snapshot->policy.tenants) {
    if (request.has("tenant") && tenant.name != request.text("tenant")) continue;
    const auto added = add_lines(tenant, is_by_provider, from, context.hits, lines);
    if (!added) return reply.error(added.error());
  }
  reply.ok();
  const std::uint64_t count = lines.size();
  for (Fields& fields : lines) reply.line(std::move(fields));
  reply.end(count);
}

}  // namespace signpost::daemon::commands
