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

using policy::limits::TrafficSums;

constexpr std::uint64_t kDefaultDays = 30;
constexpr std::uint64_t kMaxDays = 3660;
constexpr const char* kProvider = "provider";

/// "blocklist:12", the most frequent first; none if there is none.
Value format_reasons(const TrafficSums::Reasons& reasons) {
  if (reasons.empty()) return {};
  std::vector<std::pair<std::string, std::uint64_t>> sorted(reasons.begin(), reasons.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& one, const auto& other) { return one.second > other.second; });
  Value::Texts texts;
  texts.reserve(sorted.size());
  for (const auto& [reason, times] : sorted) texts.push_back(reason + ":" + std::to_string(times));
  return texts;
}

void add_streams(const std::string& tenant, const policy::limits::TrafficTable& table,
                 std::vector<Fields>& lines) {
  std::map<std::string, TrafficSums> streams;
  for (const auto& [name, sums] : table) streams[name.stream] += sums;
  for (const auto& [stream, sums] : streams) {
    Fields& fields = lines.emplace_back(Fields{{"tenant", tenant}, {"stream", stream}});
    add_delivery_columns(fields, sums);
  }
}

void add_providers(const std::string& tenant, const policy::limits::TrafficTable& table,
                   std::vector<Fields>& lines) {
  for (const auto& [name, sums] : table) {
    Fields& fields =
        lines.emplace_back(Fields{{"tenant", tenant}, {"stream", name.stream}, {kProvider, name.provider}});
    add_delivery_columns(fields, sums);
    fields.emplace_back("blocked-for", format_reasons(sums.blocked_for));
    fields.emplace_back("refusals", sums.refusals);
    fields.emplace_back("refused-for", format_reasons(sums.refused_for));
    fields.emplace_back("hard-rate", format_rate(sums.hard, sums.delivered + sums.undelivered));
    fields.emplace_back("complaint-rate", format_rate(sums.complaints, sums.delivered));
  }
}

}  // namespace

void report_bounces(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const bool is_by_provider = request.has("by");
  if (is_by_provider && request.text("by") != kProvider) return reply.error("invalid", "by must be provider");
  const auto* given = request.find<std::uint64_t>("days");
  const std::uint64_t days = std::min(given == nullptr ? kDefaultDays : *given, kMaxDays);
  const base::Wall from = context.clock.wall() - std::chrono::days(days);
  const auto snapshot = context.snapshots.get();
  std::vector<Fields> lines;
  for (const policy::Tenant& tenant : snapshot->policy.tenants) {
    if (request.has("tenant") && tenant.name != request.text("tenant")) continue;
    const auto table = context.traffic.traffic({tenant.id(), {}, {}, from});
    if (!table) return reply.error(table.error());
    (is_by_provider ? add_providers : add_streams)(tenant.name, *table, lines);
  }
  reply.ok();
  const std::uint64_t count = lines.size();
  for (Fields& fields : lines) reply.line(std::move(fields));
  reply.end(count);
}

}  // namespace signpost::daemon::commands
