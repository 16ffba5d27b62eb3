// Commands about the daemon as a whole: its health, configuration, keys, log level, and a copy of its store.
#include "base/version.h"
#include "daemon/commands/handlers.h"

namespace signpost::daemon::commands {
void show_status(const Request&, ControlContext& context, LineSource&, Reply& reply) {
  const DaemonStatus status = context.daemon.status();
  const auto snapshot = context.snapshots.get();
  const auto up = std::chrono::floor<std::chrono::seconds>(context.clock.wall() - status.started);
  reply.ok();
  reply.line({{"state", status.problems.empty() ? "ok" : "degraded"}});
  reply.line({{"version", base::kVersion}});
  reply.line({{"started", base::format_time(status.started)}});
  reply.line({{"uptime", base::format_duration(up)}});
  reply.line({{"generation", snapshot->generation}});
  reply.line({{"mode", snapshot->milter.observe ? "observe" : "enforce"}});
  reply.line({{"connections-open", context.counters.connections_open.load()}});
  reply.line({{"log-lines-lost", status.log_lines_lost}});
  std::optional<std::string> checked;
  if (status.list_checked) checked = base::format_time(*status.list_checked);
  reply.line({{"list-checked", checked}});
  reply.line({{"list-percent", std::uint64_t{status.list_percent}}});
  if (const store::list::BulkProgress import = context.bulk.progress(); import.loading) {
    reply.line({{"import-lines", import.taken}});
    reply.line({{"import-done", import.done}});
  }
  reply.each("problem", status.problems);
  reply.each("hint", status.hints);
}

void reload(const Request&, ControlContext& context, LineSource&, Reply& reply) {
  const ReloadResult result = context.daemon.reload();
  if (!result) {
    reply.error("invalid", "the configuration has errors; the running one stays");
    return reply.each("problem", result.error());
  }
  reply.ok({}, {{"generation", result->generation}});
  reply.each("warning", result->warnings);
  reply.each("needs-restart", result->needs_restart);
}

void show_version(const Request&, ControlContext&, LineSource&, Reply& reply) {
  reply.ok({}, {{"version", base::kVersion}});
}

void log_level(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const std::string& level = request.text("LEVEL");
  if (const auto set = context.daemon.set_log_level(level); !set) return reply.error(set.error());
  reply.ok({}, {{"level", level}});
}

void backup(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const std::string& file = request.text("FILE");
  if (const auto copied = context.daemon.backup(file, request.flag("replace")); !copied)
    return reply.error(copied.error());
  reply.ok({}, {{"file", file}});
}

}  // namespace signpost::daemon::commands
