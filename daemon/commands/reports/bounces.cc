// report bounces: how many recipients of a tenant's streams came back as dead, failing or complaining, and how many messages
// were refused because of the sender.
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "daemon/commands/handlers.h"

namespace signpost::daemon::commands {
namespace {

using store::Counted;

struct Column {
  Counted what;
  const char* key;
};
constexpr std::array<Column, 6> kColumns = {{{Counted::delivered, "delivered"},
                                             {Counted::undelivered, "undelivered"},
                                             {Counted::bounce_hard, "hard"},
                                             {Counted::bounce_soft, "soft"},
                                             {Counted::bounce_block, "block"},
                                             {Counted::complaint, "complaints"}}};
constexpr std::uint64_t kDefaultDays = 30;
constexpr std::uint64_t kMaxDays = 3660;

bool is_of_reports(Counted what) {
  return std::any_of(kColumns.begin(), kColumns.end(),
                     [what](const Column& column) { return column.what == what; });
}

}  // namespace

void report_bounces(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto* given = request.find<std::uint64_t>("days");
  const std::uint64_t days = std::min(given == nullptr ? kDefaultDays : *given, kMaxDays);
  const std::uint32_t from = store::hour_of(context.clock.wall() - std::chrono::days(days));
  const auto snapshot = context.snapshots.get();
  std::vector<Fields> lines;
  for (const policy::Tenant& tenant : snapshot->policy.tenants) {
    if (request.has("tenant") && tenant.name != request.text("tenant")) continue;
    const auto counts = context.hits.streams(tenant.id(), "");
    if (!counts) return reply.error(counts.error());
    std::map<std::string, std::map<Counted, std::uint64_t>> streams;
    for (const auto& [counter, times] : *counts) {
      if (counter.hour >= from && is_of_reports(counter.what)) streams[counter.stream][counter.what] += times;
    }
    for (auto& [stream, sums] : streams) {
      Fields& fields = lines.emplace_back(Fields{{"tenant", tenant.name}, {"stream", stream}});
      for (const Column& column : kColumns) fields.emplace_back(column.key, sums[column.what]);
    }
  }
  reply.ok();
  const std::uint64_t count = lines.size();
  for (Fields& fields : lines) reply.line(std::move(fields));
  reply.end(count);
}

}  // namespace signpost::daemon::commands
