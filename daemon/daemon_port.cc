// What commands ask of the running daemon: to reload, to tell how it is, to copy its store. The rest of Daemon is in daemon.cc.
#include <utility>

#include "daemon/daemon.h"
#include "daemon/limit_report.h"
#include "daemon/origin_report.h"
#include "daemon/upkeep/list_upkeep.h"

namespace signpost::daemon {
namespace {

constexpr std::chrono::minutes kToldAsLost{1};  ///< how long `status` says so after the last one
constexpr std::chrono::hours kEventsToldAsLost{1};
constexpr std::chrono::hours kToldAsNew{24};  ///< how long `status` says that the list is new

}  // namespace

commands::ReloadResult Daemon::reload() {
  base::MutexLock lock(reload_mutex_);
  config::LoadedConfig config =
      config::load_config(options_.config_path, options_.overrides, files_, &snapshots_.get()->dkim.keys);
  std::vector<std::string> errors;
  commands::ReloadReport report;
  for (const config::reader::Diagnostic& diagnostic : config.diagnostics) {
    (diagnostic.severity == config::reader::Severity::error ? errors : report.warnings)
        .push_back(config::reader::format_diagnostic(diagnostic));
  }
  if (!config.ok()) {
    for (const std::string& error : errors) log_.error(error);
    log_.error("reload: the running configuration stays in use");
    return tl::unexpected(std::move(errors));
  }
  if (auto folded = store_->suppressions().folded().use(upkeep::foldings_of(config.snapshot->policy));
      !folded) {
    log_.error("reload: folded addresses: " + folded.error().text +
               "; the running configuration stays in use");
    return tl::unexpected(std::vector<std::string>{folded.error().text});
  }
  if (!config.snapshot->identity_sealer) config.snapshot->identity_sealer = own_sealer_;
  config.snapshot->generation = snapshots_.get()->generation + 1;
  report.generation = config.snapshot->generation;
  report.needs_restart =
      config::reader::settings_awaiting_restart(process_.restart_values, config.process.restart_values);
  if (auto admitted = dkim_watch_.admit(config.snapshot->dkim.keys, config.process.publish); !admitted) {
    log_.error("reload: the states of the keys cannot be saved: " + admitted.error().text);
    return tl::unexpected(std::vector<std::string>{admitted.error().text});
  }
  limits_.retain(config.snapshot->policy, *overrides_.get());
  {
    base::MutexLock keep(former_mutex_);
    former_.push_back(snapshots_.get());
  }
  snapshots_.set(std::move(config.snapshot));
  log_.info("reloaded, generation " + std::to_string(report.generation));
  for (const std::string& setting : report.needs_restart)
    log_.warning(setting + " was changed; the change takes effect at the next start");
  return report;
}

base::Result<void> Daemon::set_log_level(std::string_view word) {
  const auto level = system::parse_level(word);
  if (!level) return tl::unexpected(level.error());
  log_.set_level(*level);
  return {};
}

base::Result<void> Daemon::backup(const std::string& path, bool replace) {
  return store_->backup(path, replace);
}

base::Result<void> Daemon::save(const policy::limits::Overrides& overrides) {
  return store_->runtime().save(overrides);
}

base::Result<void> Daemon::replay(base::Wall since, bool acts,
                                  const std::function<void(const ingest::Rejudged&)>& tell) {
  facts_.evidence->flush();
  const auto days = facts_.evidence->days();
  if (!days) return tl::unexpected(days.error());
  const auto snapshot = snapshots_.get();
  if (!snapshot->return_paths)
    return base::fail(base::ErrorKind::not_found, "no return paths are configured; set feedback.key_file");
  base::Result<void> done;
  std::optional<base::Error> unjudged;
  for (auto day = days->begin(); day != days->end() && done; ++day) {
    if (*day + std::chrono::days(1) <= since) continue;
    auto read = facts_.evidence->visit({*day, 0}, [&](const store::EventPlace&, std::string_view line) {
      const auto evidence = facts::parse_evidence(line);
      // One that cannot be judged, because the DNS does not answer, does not hold up the others.
      if (evidence && !evidence->raw.empty() && evidence->at >= since) {
        if (auto judged = returned_.judge_again(*evidence, *snapshot, acts, tell); !judged && !unjudged)
          unjudged = judged.error();
      }
      if (done && counters_.draining) done = base::fail(base::ErrorKind::unavailable, "the daemon stops");
      return done.has_value();
    });
    if (!read) return read;
  }
  if (done && unjudged)
    return tl::unexpected(base::in_context("some reports could not be judged", *unjudged));
  return done;
}

void Daemon::scrub_soon() {
  house_.request(kScrub);
}

commands::DaemonStatus Daemon::status() const {
  commands::DaemonStatus status;
  status.started = started_;
  status.log_lines_lost = policy_log_.lost();
  if (counters_.self_check_failed > 0)
    status.problems.push_back("self-check: " + std::to_string(counters_.self_check_failed) +
                              " messages left with a signature that does not verify");
  for (std::string& problem : origin_problems(counters_)) status.problems.push_back(std::move(problem));
  for (std::string& problem : limit_problems(counters_, snapshots_.get()->policy))
    status.problems.push_back(std::move(problem));
  const auto key_counts = buckets_.key_counts();
  for (std::string& problem : key_problems(key_counts, snapshots_.get()->policy))
    status.problems.push_back(std::move(problem));
  status.hints = origin_hints(counters_);
  for (std::string& hint : key_hints(key_counts, snapshots_.get()->policy))
    status.hints.push_back(std::move(hint));
  for (std::string& hint : limit_hints(counters_, snapshots_.get()->policy))
    status.hints.push_back(std::move(hint));
  if (std::string problem = holds_.problem(); !problem.empty())
    status.problems.push_back("hold: " + problem +
                              "; is signpost-release running? (tried again each 10 seconds)");
  if (std::string problem = delivery_filter_.problem(); !problem.empty())
    status.problems.push_back(std::move(problem));
  for (std::string& hint : delivery_filter_.hints()) status.hints.push_back(std::move(hint));
  status.refusals = delivery_filter_.refusals();
  if (clock_.wall() - log_losses_.at.load() < kToldAsLost)
    status.problems.push_back("log.file: lines are being lost (" + std::to_string(status.log_lines_lost) +
                              " since the start); look for a full or slow disk");
  if (clock_.wall() - event_losses_.at.load() < kEventsToldAsLost)
    status.problems.push_back(
        "log.events: events are lost (" + std::to_string(facts_.events->lost()) +
        " since the start), and `why` does not know them: " +
        (facts_.events->problem().empty() ? "it goes on now" : facts_.events->problem()));
  if (limits_.failing())
    status.problems.push_back(
        "limits: the state cannot be saved; make room in store.path, or mend its disk (tried again each "
        "second)");
  for (std::string& problem : dkim_watch_.problems()) status.problems.push_back(std::move(problem));
  if (!opening_.is_open()) {
    status.problems.push_back(opening_.problem());
  } else {
    if (!unclean_.empty()) status.problems.push_back(unclean_);
    const auto probe = store_->suppressions().find({"postmaster", "store-probe.invalid"});
    if (!probe) status.problems.push_back("store: " + probe.error().text);
    if (std::string problem = store_->problem(); !problem.empty())
      status.problems.push_back("store: " + problem);
    if (std::string problem = list_watch_.problem(); !problem.empty())
      status.problems.push_back(std::move(problem));
    status.list_checked = list_watch_.progress().checked;
    status.list_percent = list_watch_.progress().percent;
    if (clock_.wall() - store_->identity().begun < kToldAsNew)
      status.hints.push_back("store: this list was begun at " + base::format_time(store_->identity().begun) +
                             ", at a first start; if there was a list before, put its backup in place");
  }
  if (links_.stale() && snapshots_.get()->sealer)
    status.problems.push_back(
        "web.blocked_links: the file cannot be published; signpost-web still uses an older one");
  if (const std::string failure = ingest_.failure(); !failure.empty())
    status.problems.push_back("web.spool: hits are waiting: " + failure);
  if (const std::string failure = mail_log_.failure(); !failure.empty())
    status.problems.push_back("feedback.mail_log: it is not being read: " + failure);
  if (counters_.draining) status.problems.push_back("stopping: new messages are deferred");
  return status;
}

}  // namespace signpost::daemon
