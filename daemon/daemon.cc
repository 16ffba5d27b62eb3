#include "daemon/daemon.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <unistd.h>

#include "daemon/facts/event_subject.h"
#include "daemon/process_parts.h"
#include "daemon/upkeep/held_subject.h"
#include "daemon/upkeep/list_upkeep.h"
#include "daemon/upkeep/picture_keeper.h"
#include "daemon/upkeep/score_subject.h"
#include "daemon/upkeep/seal_ring.h"
#include "daemon/upkeep/spool_subject.h"
#include "milter/callbacks.h"
#include "system/exit_codes.h"
#include "system/milter_socket/milter_socket.h"
#include "system/peer_credentials.h"
#include "system/smtp_client.h"

namespace signpost::daemon {
namespace {

constexpr std::chrono::seconds kLogCheck{5};       ///< how often lost log lines are looked for
constexpr std::chrono::seconds kDrain{10};         ///< how long a graceful stop waits for open messages
constexpr std::chrono::seconds kLastCallbacks{5};  ///< and then for what is still running
constexpr std::chrono::seconds kLimitSave{1};  ///< at most this much of the limits' state is lost in a crash
constexpr std::chrono::seconds kLinkPublish{5};  ///< how often the kill switch's file is tried again
constexpr std::chrono::minutes kHitSweep{10};
constexpr std::chrono::seconds kPictures{1};
constexpr std::chrono::seconds kListWatch{1};
constexpr std::chrono::seconds kReaderCheck{60};
constexpr std::chrono::seconds kSnapshotRelease{1};
constexpr std::chrono::hours kSweep{1};
constexpr const char* kBegin = "begin";
constexpr const char* kReload = "reload";
constexpr const char* kReopenLogs = "reopen-logs";

tl::unexpected<StartError> start_error(int exit_code, std::string text) {
  return tl::unexpected<StartError>(StartError{exit_code, std::move(text)});
}

/// A task that is done in one slice.
upkeep::Housekeeping::Slice whole(std::function<void()> work) {
  return [work = std::move(work)] {
    work();
    return false;
  };
}

}  // namespace

tl::expected<Daemon::FactFiles, StartError> Daemon::open_facts(const config::ProcessSettings& process) {
  auto events = store::EventFiles::open(events_path(process), process.events_size);
  if (!events) return start_error(system::kExitCannotCreate, "log.events: " + events.error().text);
  auto evidence = store::EventFiles::open(process.store_path + "/evidence", process.evidence_size);
  if (!evidence) return start_error(system::kExitCannotCreate, "store.path: " + evidence.error().text);
  return FactFiles{std::move(*events), std::move(*evidence)};
}

tl::expected<std::unique_ptr<Daemon>, StartError> Daemon::create(const DaemonOptions& options,
                                                                 config::LoadedConfig config,
                                                                 system::DaemonLog& log,
                                                                 std::function<void()> on_end) {
  auto store = store::Store::take(config.process.store_path, {}, config.process.identity_file);
  if (!store) {
    const bool retry = store.error().kind == base::ErrorKind::unavailable;
    return start_error(retry ? system::kExitTemporary : system::kExitIoError,
                       "store.path: " + store.error().text);
  }
  auto facts = open_facts(config.process);
  if (!facts) return tl::unexpected(facts.error());
  auto policy_log = PolicyLog::open(log_settings(config.process),
                                    config.process.keeps_events ? facts->events.get() : nullptr);
  if (!policy_log) return start_error(system::kExitCannotCreate, "log.file: " + policy_log.error().text);
  (*store)->suppressions().set_keys(store::list::HashKeys(config.process.suppression_keys));
  auto own_sealer = upkeep::own_sealer(config.process.store_path);
  if (!own_sealer) return start_error(system::kExitIoError, "store.path: " + own_sealer.error().text);
  if (!config.snapshot->identity_sealer) config.snapshot->identity_sealer = *own_sealer;
  std::unique_ptr<Daemon> daemon(new Daemon(options, std::move(config), log, std::move(*facts),
                                            std::move(*policy_log), std::move(*store), std::move(on_end)));
  daemon->own_sealer_ = std::move(*own_sealer);
  Daemon& made = *daemon;
  auto opened = made.opening_.start(
      {[&made] { return made.prepare(); }, [&made] { made.house_.request(kBegin); }, made.on_end_});
  if (!opened) return tl::unexpected(opened.error());
  return daemon;
}

Daemon::Daemon(const DaemonOptions& options, config::LoadedConfig config, system::DaemonLog& log,
               FactFiles facts, PolicyLog policy_log, std::unique_ptr<store::Store> store,
               std::function<void()> on_end)
    : options_(options),
      log_(log),
      process_(std::move(config.process)),
      address_forms_(forms_under(process_.suppression_keys)),
      facts_(std::move(facts)),
      policy_log_(std::move(policy_log)),
      store_(std::move(store)),
      snapshots_(std::move(config.snapshot)),
      dkim_watch_(store_->keys(), snapshots_, clock_, log_, ask_dns),
      services_{snapshots_,     overrides_, store_->suppressions(),  buckets_,     policy_log_,
                clock_,         counters_,  &store_->suppressions(), &self_check_, &samples_,
                &passed_before_},
      list_watch_(*store_, clock_, log_),
      limits_(buckets_, store_->buckets(), clock_, log_),
      links_(store_->links(), process_.web.blocked_links),
      notifier_([this](const std::string& to,
                       const std::string& text) { return system::send_by_smtp(process_.smtp, to, text); },
                log_),
      returned_(*store_, policy_log_, clock_, counters_, log_, records_by_dns(process_.publish),
                [this](const policy::Listing& listing, const milter::Snapshot& snapshot) {
                  ingest_.notify_of(listing, snapshot);
                }),
      ingest_({process_.web.spool, process_.web.ingest,
               [this](ingest::UnsubscribeNotice notice) { notifier_.offer(std::move(notice)); }},
              *store_, services_, log_),
      mail_log_(process_.mail_log, *store_, *facts_.events, services_, log_),
      holds_(hold_queue(process_), store_->held(), services_, log_),
      subjects_{
          upkeep::samples_source(store_->pictures(), snapshots_),
          upkeep::spool_source(process_.web.spool, services_),
          upkeep::scores_source(store_->hits()),
          upkeep::held_source(holds_),
          facts::events_source(*facts_.events, address_forms_, [this] { return counters_.draining.load(); }),
          facts::evidence_source(*facts_.evidence, address_forms_,
                                 [this] { return counters_.draining.load(); })},
      control_{clock_,
               snapshots_,
               overrides_,
               override_editor_,
               buckets_,
               counters_,
               store_->suppressions(),
               store_->bulk(),
               store_->hits(),
               traffic_,
               store_->pictures(),
               links_,
               dkim_watch_,
               *facts_.events,
               address_forms_,
               subjects_,
               returned_,
               holds_,
               [this](base::Wall since, bool acts, const auto& tell) { return replay(since, acts, tell); },
               *this},
      started_(clock_.wall()),
      on_end_(std::move(on_end)),
      opening_(*store_, process_.when_unknown, counters_, log_) {
  services_.returned = &returned_;
  if (!process_.hold_socket.empty()) services_.holds = &holds_;
  dkim_watch_.ask_if_needed([this](const std::string& signature) { return holds_.carries(signature); });
  if (process_.keeps_evidence) returned_.keep_in(*facts_.evidence);
  if (process_.keeps_events) returned_.find_senders_in(*facts_.events);
  returned_.prove_own_mta_by(is_sent_by(process_.results_user));
  add_housework();
}

Daemon::~Daemon() {
  opening_.stop();
  store_->bulk().stop();
  control_server_.reset();
  delivery_filter_.stop();
  ingest_.stop();
  mail_log_.stop();
  holds_.stop();
  house_.stop();
  dkim_watch_.stop();
  if (mail_.joinable()) mail_.join();
}

/// In the thread that opens the store, which no other can use yet.
tl::expected<void, StartError> Daemon::prepare() {
  if (auto agreed = store_->suppressions().agree_on_keys(); !agreed) {
    const bool lost = agreed.error().kind == base::ErrorKind::not_found;
    return start_error(lost ? system::kExitConfig : system::kExitIoError, agreed.error().text);
  }
  if (auto loaded = load_state(); !loaded) return start_error(system::kExitIoError, loaded.error().text);
  return {};
}

base::Result<void> Daemon::load_state() {
  auto overrides = store_->runtime().load();
  if (!overrides)
    return tl::unexpected(base::in_context("store: pauses and changed limits", overrides.error()));
  overrides_.set(std::make_shared<policy::limits::Overrides>(std::move(*overrides)));

  const auto admitted = dkim_watch_.load().and_then(
      [this] { return dkim_watch_.admit(snapshots_.get()->dkim.keys, process_.publish); });
  if (!admitted) return tl::unexpected(base::in_context("store: states of DKIM keys", admitted.error()));

  if (auto held = holds_.load(); !held) return held;
  const policy::Settings& settings = snapshots_.get()->policy;
  if (auto folded = store_->suppressions().folded().use(upkeep::foldings_of(settings)); !folded)
    return tl::unexpected(base::in_context("store: folded addresses", folded.error()));
  unclean_ = limits_.load(settings);
  limits_.retain(settings, *overrides_.get());
  if (!unclean_.empty()) log_.warning(unclean_);
  return {};
}

void Daemon::begin_store_work() {
  if (!opening_.is_open() || has_begun_.exchange(true)) return;
  publish_links();
  ingest_.start();
  mail_log_.start();
  holds_.start();
  dkim_watch_.start();
}

tl::expected<void, StartError> Daemon::listen() {
  control::ControlServerSettings control;
  control.path = process_.control_socket;
  control.access = {geteuid(), system::find_group(process_.admin_group),
                    system::find_group(process_.read_group)};
  auto server = control::ControlServer::start(std::move(control), control_, log_);
  if (!server) return start_error(system::kExitCannotCreate, "control.socket: " + server.error().text);
  control_server_ = std::move(*server);

  if (auto cleared = system::clear_milter_socket(process_.milter_socket); !cleared)
    return start_error(system::kExitCannotCreate, cleared.error().text);
  if (auto opened = milter::open_milter(process_.milter_socket.format(), services_); !opened) {
    return start_error(system::kExitCannotCreate, opened.error().text);
  }
  if (auto set = system::open_milter_socket_to(process_.milter_socket, process_.milter_socket_mode,
                                               process_.milter_socket_group);
      !set) {
    return start_error(system::kExitCannotCreate, set.error().text);
  }
  if (auto quick = system::quicken_milter_socket(process_.milter_socket); !quick)
    log_.warning(quick.error().text);
  if (!process_.results_socket.empty())
    delivery_filter_.start(process_.results_socket, process_.results_user);
  begin_store_work();
  notifier_.start();
  house_.start();
  self_check_.start();
  mail_ = std::thread([this] {
    if (!milter::run_milter()) log_.error("libmilter stopped with an error");
    on_end_();
  });
  log_.info("listening on " + process_.milter_socket.format() + ", control on " + process_.control_socket);
  return {};
}

void Daemon::request_reload() {
  house_.request(kReload);
}

void Daemon::request_reopen_logs() {
  house_.request(kReopenLogs);
}

void Daemon::add_housework() {
  house_.add(kReload, upkeep::Housekeeping::kOnRequest, whole([this] { (void)reload(); }));
  house_.add(kReopenLogs, upkeep::Housekeeping::kOnRequest, whole([this] { reopen_logs(); }));
  house_.add(kBegin, upkeep::Housekeeping::kOnRequest, whole([this] { begin_store_work(); }));
  add_store_work("limits", kLimitSave, whole([this] { limits_.save(); }));
  add_store_work("links", kLinkPublish, whole([this] { publish_links(); }));
  add_store_work("hits", kHitSweep, [this] { return sweep_hits(); });
  add_store_work("pictures", kPictures, [this] { return keep_pictures(); });
  house_.add("snapshots", kSnapshotRelease, whole([this] { release_snapshots(); }));
  add_store_work("sweep", kSweep, [this] {
    return upkeep::sweep_some(*store_, snapshots_.get()->policy, clock_.wall(), log_);
  });
  add_store_work(kScrub, upkeep::Housekeeping::kOnRequest, whole([this] { upkeep::scrub(*store_, log_); }));
  add_store_work("list", kListWatch, whole([this] { list_watch_.look(); }));
  add_store_work("readers", kReaderCheck, whole([this] { store_->maintain(); }));
  house_.add("events", kSweep, whole([this] { sweep_events(); }));
  house_.add("log", kLogCheck, whole([this] { watch_log(); }));
}

/// A task that has nothing to do before the store is open.
void Daemon::add_store_work(std::string name, std::chrono::nanoseconds period,
                            upkeep::Housekeeping::Slice slice) {
  house_.add(std::move(name), period,
             [this, slice = std::move(slice)] { return opening_.is_open() && slice(); });
}

void Daemon::watch_log() {
  const auto watch = [this](std::uint64_t lost, Losses& losses) {
    if (lost != losses.before) losses.at = clock_.wall();
    losses.before = lost;
  };
  watch(policy_log_.lost(), log_losses_);
  const bool is_first = event_losses_.before == 0 && facts_.events->lost() > 0;
  watch(facts_.events->lost(), event_losses_);
  if (is_first) log_.error("log.events: events are being lost: " + facts_.events->problem());
}

void Daemon::release_snapshots() {
  std::vector<std::shared_ptr<const milter::Snapshot>> idle;  // die when the lock is gone
  base::MutexLock lock(former_mutex_);
  const auto first = std::partition(former_.begin(), former_.end(),
                                    [](const auto& snapshot) { return snapshot.use_count() > 1; });
  std::move(first, former_.end(), std::back_inserter(idle));
  former_.erase(first, former_.end());
}

void Daemon::reopen_logs() {
  const auto reopened = policy_log_.reopen();
  if (!reopened) log_.error("log.file: " + reopened.error().text + "; the old file remains in use");
}

/// A site without tracking does not need the directory of that file.
void Daemon::publish_links() {
  if (!snapshots_.get()->sealer || links_.fresh()) return;
  const bool failed_before = links_.stale();
  const auto done = links_.publish();
  if (!done && !failed_before)
    log_.error("web.blocked_links: " + done.error().text + "; it is tried again every few seconds");
}

/// One slice; true if the round is not finished.
bool Daemon::sweep_hits() {
  const auto now = clock_.wall();
  const base::Wall oldest = now - process_.events_kept.value_or(std::chrono::hours(24 * 90));
  // A report that is acted on must be known as long as its return path opens.
  const auto kept = std::max(snapshots_.get()->feedback.expires,
                             process_.evidence_kept.value_or(std::chrono::hours(24 * 30)));
  const base::Wall first_report = now - kept - std::chrono::hours(48);
  auto next = store_->hits().sweep(store::hour_of(oldest), hits_swept_, store::hour_of(first_report));
  if (!next) log_.error("expired hits cannot be removed: " + next.error().text);
  hits_swept_ = next.value_or("");
  return !hits_swept_.empty();
}

void Daemon::sweep_events() {
  const auto today = std::chrono::floor<std::chrono::days>(clock_.wall());
  const auto sweep = [&](const char* what, store::EventFiles& files, std::chrono::seconds kept) {
    const auto oldest = std::chrono::floor<std::chrono::days>(clock_.wall() - kept);
    if (const auto swept = files.sweep(oldest, today); !swept)
      log_.error(std::string(what) + ": old days cannot be removed: " + swept.error().text);
  };
  sweep("events", *facts_.events, process_.events_kept.value_or(std::chrono::hours(24 * 90)));
  sweep("evidence", *facts_.evidence, process_.evidence_kept.value_or(std::chrono::hours(24 * 30)));
}

/// One campaign; true if more may wait.
bool Daemon::keep_pictures() {
  const auto kept = upkeep::keep_picture(samples_, store_->pictures(), *snapshots_.get(), clock_.wall());
  if (!kept) log_.error("a campaign's layout cannot be stored: " + kept.error().text);
  return kept.value_or(false);
}

/// Stopping libmilter uses its locks, even if it has not made them yet. A connection that reached a callback shows
/// that they exist; if there was none yet, one is made here.
void Daemon::wait_until_milter_runs() {
  if (counters_.connections > 0) return;
  const auto visitor = system::knock_on_milter_socket(process_.milter_socket);
  if (!visitor) return;
  const base::Steady deadline = clock_.steady() + kLastCallbacks;
  while (counters_.connections == 0 && clock_.steady() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

bool Daemon::stop_gracefully() {
  log_.info("stopping: new messages are deferred, open ones are finished");
  counters_.draining = true;
  const base::Steady deadline = clock_.steady() + kDrain;
  while (counters_.open_transactions > 0 && clock_.steady() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  wait_until_milter_runs();
  milter::stop_milter();
  if (mail_.joinable()) mail_.join();
  if (!milter::wait_for_callbacks(kLastCallbacks))
    log_.warning("a callback is still running; its client gets a 451 from the MTA");
  control_server_.reset();
  delivery_filter_.stop();
  opening_.stop();
  house_.stop();
  ingest_.stop();
  mail_log_.stop();
  notifier_.stop();
  dkim_watch_.stop();
  self_check_.stop();
  if (opening_.is_open()) limits_.save();
  if (auto stored = ingest_.store_recipients(); !stored)
    log_.error("the recipients of the last second could not be counted: " + stored.error().text);
  if (process_.milter_socket.kind == system::SocketAddress::Kind::unix_path)
    unlink(process_.milter_socket.path.c_str());
  log_.info("stopped");
  return !limits_.failing();
}

}  // namespace signpost::daemon
