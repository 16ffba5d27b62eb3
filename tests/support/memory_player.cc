// One Session, driven as the callbacks would drive it, and commands as a control connection would bring them.
#include "tests/support/memory_player.h"

#include <algorithm>

#include "base/text.h"
#include "daemon/commands/context.h"
#include "daemon/commands/overrides.h"
#include "daemon/control/dispatch.h"
#include "daemon/upkeep/list_upkeep.h"
#include "system/log_writer.h"
#include "tests/support/daemon_twin.h"
#include "tests/support/milter_wire.h"
#include "tests/support/returned_twin.h"
#include "tests/support/string_channel.h"
#include "tests/support/workplace.h"
#include "tests/support/zone_lookup.h"

namespace signpost::tests {

namespace {

using base::Result;

/// What the MTA's client would read.
std::string answer_word(const policy::Verdict& verdict) {
  switch (verdict.action) {
    case policy::Action::refuse:
    case policy::Action::defer:
      return verdict.reply.format();
    case policy::Action::discard:
      return "discard";
    default:
      return "accept";
  }
}

std::vector<SeenEdit> seen(const milter::Outcome& outcome) {
  std::vector<SeenEdit> edits;
  for (const mail::Edit& edit : outcome.edits) {
    if (const auto* insert = std::get_if<mail::InsertField>(&edit))
      edits.push_back({"insert-header", insert->name, insert->value});
    if (const auto* append = std::get_if<mail::AppendField>(&edit))
      edits.push_back({"add-header", append->name, append->value});
    if (const auto* remove = std::get_if<mail::RemoveField>(&edit))
      edits.push_back({"remove-header", remove->name, remove->value});
    if (const auto* change = std::get_if<mail::ChangeField>(&edit))
      edits.push_back({"change-header", change->name, change->after});
    if (const auto* sender = std::get_if<mail::ChangeSender>(&edit)) {
      const auto address = mail::parse_address(sender->sender);
      edits.push_back(
          {"change-sender", address ? mail::format_address(*address) : sender->sender, sender->parameters});
    }
    if (const auto* add = std::get_if<mail::AddRecipient>(&edit))
      edits.push_back({"add-recipient", add->address.substr(1, add->address.size() - 2), {}});
    if (const auto* drop = std::get_if<mail::DeleteRecipient>(&edit)) {
      const auto address = mail::parse_address(drop->given);
      edits.push_back({"delete-recipient", address ? mail::format_address(*address) : drop->given, {}});
    }
  }
  if (outcome.body) edits.push_back({"replace-body", {}, outcome.body->copy()});
  return edits;
}

}  // namespace

Result<config::LoadedConfig> MemoryPlayer::load(const std::string& config) const {
  if (auto written = write_configuration(directory_, config); !written)
    return tl::unexpected(written.error());
  config::LoadedConfig loaded = config::load_config(directory_ + "/signpost.toml", {}, files_);
  if (loaded.ok()) {
    if (!loaded.snapshot->identity_sealer) loaded.snapshot->identity_sealer = sealer_;
    return loaded;
  }
  std::string text;
  for (const config::reader::Diagnostic& diagnostic : loaded.diagnostics)
    text += config::reader::format_diagnostic(diagnostic) + "\n";
  return base::invalid(text);
}

void MemoryPlayer::keep_limits(const policy::Settings& settings) {
  std::vector<policy::LimitSettings> limits = settings.limits;
  limits.push_back(settings.report_limit);
  limits.push_back(settings.reinjected_limit);
  buckets_.retain(limits, clock_.steady());
}

Result<void> MemoryPlayer::start(const std::string& config) {
  auto loaded = load(config);
  if (!loaded) return tl::unexpected(loaded.error());
  snapshots_ = std::make_unique<milter::SnapshotHolder>(loaded->snapshot);
  keep_limits(loaded->snapshot->policy);
  auto store = store::Store::open(loaded->process.store_path);
  if (!store) return tl::unexpected(store.error());
  store_ = std::move(*store);
  suppressions_ = std::make_unique<BreakableSuppressions>(store_->suppressions());
  return store_->suppressions()
      .use_keys(store::list::HashKeys(loaded->process.suppression_keys))
      .and_then([&] {
        return store_->suppressions().folded().use(daemon::upkeep::foldings_of(loaded->snapshot->policy));
      });
}

Result<std::string> MemoryPlayer::reload(const std::string& config) {
  auto loaded = load(config);
  if (!loaded) return loaded.error().text;
  if (auto folded =
          store_->suppressions().folded().use(daemon::upkeep::foldings_of(loaded->snapshot->policy));
      !folded)
    return tl::unexpected(folded.error());
  snapshots_->set(loaded->snapshot);
  keep_limits(loaded->snapshot->policy);
  return "ok";
}

Result<std::vector<std::string>> MemoryPlayer::control(const std::string& command) {
  using enum daemon::commands::Right;
  DaemonTwin twin(*store_);
  daemon::commands::OverrideEditor override_editor(overrides_, twin);
  daemon::upkeep::LinkSwitch links(store_->links(), directory_ + "/blocked-links");
  Zone zone;
  auto writer = system::LogWriter::open(system::LogTarget::standard_error);
  if (!writer) return tl::unexpected(writer.error());
  system::DaemonLog log(std::move(*writer), clock_);
  daemon::upkeep::DkimWatch dkim_watch(store_->keys(), *snapshots_, clock_, log, zone.lookups());
  const std::vector<daemon::upkeep::SubjectSource> subjects;
  auto events = store::EventFiles::open(directory_ + "/events", 1 << 30);
  if (!events) return tl::unexpected(events.error());
  const policy::AddressForms as_they_are = [](std::string_view text) {
    return std::vector<std::string>{std::string(text)};
  };
  const store::StoredTraffic traffic{store_->hits()};
  ReturnedTwin returned;
  const milter::Services services{*snapshots_, overrides_, *suppressions_, buckets_,
                                  sink_,       clock_,     counters_};
  daemon::upkeep::HoldKeeper holds(nullptr, store_->held(), services, log);
  daemon::commands::ControlContext context{clock_,
                                           *snapshots_,
                                           overrides_,
                                           override_editor,
                                           buckets_,
                                           counters_,
                                           store_->suppressions(),
                                           store_->bulk(),
                                           store_->hits(),
                                           traffic,
                                           store_->pictures(),
                                           links,
                                           dkim_watch,
                                           **events,
                                           as_they_are,
                                           subjects,
                                           returned,
                                           holds,
                                           [](base::Wall, bool, const auto&) { return base::Result<void>(); },
                                           twin};
  StringChannel channel({command});
  daemon::control::converse(channel, {{read, write, admin}, "test", std::nullopt}, context);
  std::vector<std::string> lines;
  for (const std::string_view line : base::split(channel.written, '\n'))
    if (!line.empty()) lines.emplace_back(line);
  return lines;
}

Result<void> MemoryPlayer::break_store() {
  suppressions_->break_down();
  return {};
}

Result<void> MemoryPlayer::tick(std::chrono::milliseconds by) {
  clock_.tick(by);
  return {};
}

Result<void> MemoryPlayer::connect(const Caller& caller) {
  session_ = std::make_unique<milter::Session>(
      milter::Services{*snapshots_, overrides_, *suppressions_, buckets_, sink_, clock_, counters_,
                       &store_->suppressions(), nullptr, nullptr, &passed_before_});
  local_ = caller.local;
  id_known_ = caller.local || caller.sendmail_style;
  milter::Session::Connection connection;
  connection.client_name = caller.local ? "localhost" : caller.name;
  connection.port = caller.local ? 0 : 40000;
  connection.daemon_name = caller.daemon_name;
  connection.host = "mx.example";
  connection.mta = milter::mta_of(caller.sendmail_style ? "8.17.1.9" : "Postfix 3.7.11");
  auto ip = base::parse_ip(caller.local ? "127.0.0.1" : caller.ip);
  if (!ip) return tl::unexpected(ip.error());
  connection.client = *ip;
  session_->connect(connection);
  session_->helo(connection.client_name);
  return {};
}

Result<void> MemoryPlayer::mail(const std::string& sender, const std::vector<std::string>& parameters,
                                const std::string& login) {
  queue_id_ = "4TEST" + std::to_string(++messages_);
  const std::string given = local_ ? sender : "<" + sender + ">";
  session_->mail({given, parameters, login, id_known_ ? queue_id_ : std::string{}});
  return {};
}

Result<std::string> MemoryPlayer::rcpt(const std::string& recipient) {
  const policy::Verdict verdict = session_->rcpt(local_ ? recipient : "<" + recipient + ">", {});
  const std::string word = answer_word(verdict);
  return word == "accept" ? "continue" : word;
}

Result<Sent> MemoryPlayer::send(const mail::Message& message) {
  for (const mail::Field& field : message.fields) session_->header(field.name, field.value);
  session_->end_of_headers();
  std::string_view rest = message.body;
  while (!rest.empty()) {
    session_->body(rest.substr(0, wire::kChunk));
    rest.remove_prefix(std::min(rest.size(), wire::kChunk));
  }
  const milter::Outcome outcome = session_->end_of_message(queue_id_);
  Sent sent{answer_word(outcome.verdict), seen(outcome)};  // the outcome refers to the message's body
  session_->finish(true);
  return sent;
}

Result<void> MemoryPlayer::abort() {
  session_->abort();
  return {};
}

Result<void> MemoryPlayer::quit() {
  session_.reset();
  return {};
}

}  // namespace signpost::tests
