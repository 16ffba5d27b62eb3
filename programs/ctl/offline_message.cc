#include "programs/ctl/offline_message.h"

#include <utility>

#include "daemon/commands/fields.h"
#include "daemon/commands/trace_fields.h"
#include "mail/edit.h"
#include "mail/envelope.h"
#include "mail/file/edit_file.h"
#include "mail/message.h"
#include "milter/services.h"
#include "milter/session.h"
#include "policy/limits/buckets.h"

namespace signpost::programs {
namespace {

/// What the daemon said about each recipient; without a daemon no one is listed.
class KnownListings final : public policy::Suppressions {
 public:
  explicit KnownListings(const DaemonState& state) : state_(state) {}
  base::Result<std::vector<policy::Listing>> find(const mail::Address& address) const override {
    const auto found = state_.listings.find(mail::canonical_key(address));
    if (found == state_.listings.end()) return std::vector<policy::Listing>{};
    return found->second;
  }

 private:
  const DaemonState& state_;
};

/// Trials are let through and not recorded.
class UntoldTrials final : public policy::Probation {
 public:
  base::Result<bool> begin(const std::vector<policy::Listing>&, base::Wall) override { return true; }
  base::Result<void> give_back(const std::vector<policy::Listing>&, base::Wall) override { return {}; }
  base::Result<bool> end(const policy::Listing&, policy::TrialResult, std::optional<base::Wall>) override {
    return false;
  }
};

/// Keeps the lines instead of writing them.
class LineCollector final : public policy::EventSink {
 public:
  void write(const policy::Event& event) override { lines.push_back(policy::format_event_text(event)); }
  std::vector<std::string> lines;
};

/// Likewise what was asked.
class StepCollector final : public policy::TraceSink {
 public:
  void add(const mail::Recipient* recipient, const policy::Trace& trace) override {
    for (const policy::Step& step : trace.steps) {
      daemon::commands::Fields fields;
      if (recipient != nullptr) fields.emplace_back("to", recipient->given);
      for (auto& field : daemon::commands::step_fields(step, recipient == nullptr))
        fields.push_back(std::move(field));
      lines.push_back(daemon::commands::format_fields_text(fields));
    }
  }
  std::vector<std::string> lines;
};

base::Result<milter::Session::Connection> make_connection(const MessageRun& run) {
  milter::Session::Connection connection;
  connection.host = run.host;
  connection.mta = run.mta;
  connection.assumed_origin = run.origin;
  if (door_of(run) == mail::Door::command) {
    connection.client_name = "localhost";  // with port 0: how Postfix hands over local submission
    connection.client = mail::kLocalClient;
    return connection;
  }
  connection.client_name = "unknown";
  connection.port = 1;
  if (run.client.empty()) return connection;
  auto client = base::parse_ip(run.client);
  if (!client) return tl::unexpected(base::in_context("client", client.error()));
  connection.client = *client;
  return connection;
}

/// The protocol steps of one message. True if at least one recipient was accepted.
bool play(milter::Session& session, const MessageRun& run, const mail::Message& message, std::size_t size) {
  session.mail({run.sender, {"SIZE=" + std::to_string(size)}, run.login, {}});
  bool accepted = false;
  for (const std::string& recipient : run.recipients) {
    accepted = session.rcpt(recipient, {}).action == policy::Action::accept || accepted;
  }
  if (!accepted) return false;
  for (const mail::Field& field : message.fields) session.header(field.name, field.value);
  session.end_of_headers();
  session.body(message.body);
  return true;
}

/// Buckets as full as the daemon's are.
base::Result<void> fill(policy::limits::Buckets& buckets, const DaemonState& state, base::Steady now) {
  for (const std::string& saved : state.buckets) {
    if (auto added = buckets.add(saved, now, now); !added) return tl::unexpected(added.error());
  }
  return {};
}

bool is_sent(policy::Action action) {
  return action == policy::Action::accept || action == policy::Action::pass ||
         action == policy::Action::observe;
}

}  // namespace

mail::Door door_of(const MessageRun& run) {
  return run.client.empty() && run.login.empty() ? mail::Door::command : mail::Door::smtp;
}

mail::Envelope make_envelope(const MessageRun& run) {
  mail::Envelope envelope;
  envelope.login = run.login;
  envelope.host = run.host;
  envelope.local_submission = run.login.empty() && run.client.empty();
  if (envelope.local_submission) envelope.client = mail::kLocalClient;
  if (auto client = base::parse_ip(run.client)) envelope.client = *client;
  envelope.sender_given = run.sender;
  if (envelope.null_sender()) return envelope;
  if (auto sender = mail::parse_address(run.sender)) envelope.sender = std::move(*sender);
  return envelope;
}

base::Result<MessageResult> run_message(std::string_view raw, const MessageRun& run,
                                        std::shared_ptr<const milter::Snapshot> snapshot,
                                        const base::Clock& clock, const DaemonState* state) {
  const auto connection = make_connection(run);
  if (!connection) return tl::unexpected(connection.error());
  auto [wire, form] = mail::to_wire(raw, door_of(run));
  const mail::Message message = mail::parse_message(wire);

  milter::SnapshotHolder snapshots(std::move(snapshot));
  const DaemonState unknown;
  const DaemonState& known = state == nullptr ? unknown : *state;
  milter::OverridesHolder overrides;
  overrides.set(std::make_shared<const policy::limits::Overrides>(known.overrides));
  const KnownListings listings(known);
  UntoldTrials trials;
  policy::limits::Buckets buckets;
  if (auto filled = fill(buckets, known, clock.steady()); !filled) return tl::unexpected(filled.error());
  LineCollector events;
  milter::Counters counters;
  StepCollector steps;
  milter::Services services{snapshots, overrides, listings, buckets, events, clock, counters, &trials};
  services.traces = &steps;
  milter::Session session(services);
  session.connect(*connection);

  MessageResult result;
  if (!play(session, run, message, wire.size())) {
    session.abort();
    result.action = policy::Action::refuse;
    result.log = std::move(events.lines);
    result.trace = std::move(steps.lines);
    return result;
  }
  const milter::Outcome outcome = session.end_of_message({});
  const std::vector<mail::Edit> edits = outcome.all_edits();
  session.finish(true);
  result.action = outcome.verdict.action;
  result.log = std::move(events.lines);
  result.trace = std::move(steps.lines);
  if (!is_sent(result.action)) return result;
  const auto changed = mail::apply_edits(message, edits);
  if (!changed) return tl::unexpected(base::in_context("the edits do not fit the message", changed.error()));
  result.message = mail::format_message(*changed);
  if (form.newlines.all_lf) result.message = mail::from_crlf(result.message, form.newlines);
  result.edits = mail::format_edits({std::move(form), edits});
  return result;
}

base::Result<std::string> undo_message(std::string_view raw, std::string_view edits) {
  const auto file = mail::parse_edits(edits);
  if (!file) return tl::unexpected(base::in_context("edits", file.error()));
  const std::string wire = mail::to_crlf(raw).first;
  const auto original = mail::undo_edits(mail::parse_message(wire), file->edits);
  if (!original)
    return tl::unexpected(base::in_context("the edits belong to another message", original.error()));
  return mail::from_wire(mail::format_message(*original), file->form);
}

}  // namespace signpost::programs
