#include "milter/session.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"
#include "mail/readings.h"
#include "milter/hold.h"
#include "milter/origin.h"
#include "milter/passed_before.h"
#include "milter/pipeline.h"
#include "milter/plan.h"
#include "milter/recipient.h"
#include "milter/record.h"
#include "milter/return_path.h"
#include "milter/returned.h"
#include "milter/seal.h"
#include "milter/second_pass.h"
#include "milter/self_check.h"
#include "milter/transaction.h"
#include "policy/tenant.h"

namespace signpost::milter {
namespace {

using policy::Action;

/// SIZE= of RFC 1870; 0 if absent or unreadable.
std::uint64_t declared_size(const std::vector<std::string>& parameters) {
  for (const std::string& parameter : parameters) {
    if (base::starts_with_ignore_case(parameter, "SIZE=")) {
      return base::parse_number(std::string_view(parameter).substr(5)).value_or(0);
    }
  }
  return 0;
}

void read_sender(Transaction& transaction, const Session::MailFrom& from) {
  mail::Envelope& envelope = transaction.envelope;
  envelope.sender_given = from.sender;
  envelope.queue_id = from.queue_id;
  envelope.declared_size = declared_size(from.parameters);
  transaction.login = from.login;
  if (envelope.null_sender()) return;
  if (auto parsed = mail::parse_address(from.sender)) envelope.sender = std::move(*parsed);
  read_return_path(transaction);
}

/// Of a stranger's mail that its header cannot make ours, little is needed.
Header::Keep header_wanted(const Transaction& transaction) {
  const bool all =
      transaction.judged() || !transaction.envelope.origin_settled || may_be_returned(transaction);
  return all ? Header::Keep::all : Header::Keep::few;
}

/// Ours, but its header is not all there: nothing can be signed or found in it.
void judge_header(Transaction& transaction) {
  std::optional<policy::Verdict>& late = transaction.late_verdict;
  if (late && late->action == Action::refuse) return;
  if (transaction.header.too_large()) {
    late = policy::Verdict{Action::refuse,
                           policy::Why::header_too_large,
                           "milter.max_header",
                           {552, "5.3.4", "Message header too large"}};
  } else if (transaction.header.no_room()) {
    late = policy::Verdict{Action::defer,
                           policy::Why::no_memory,
                           "milter.max_held",
                           {451, "4.3.1", "Insufficient memory, try again"}};
  }
}

/// Whose the message is, and that its limits are charged, is remembered until it comes back; of a stranger's, its sender.
void remember(const Transaction& transaction, const Services& services) {
  const mail::Envelope& envelope = transaction.envelope;
  if (services.passed_before == nullptr || transaction.passed_before) return;
  if (envelope.role != mail::Role::all || transaction.snapshot->milter.remember_passed.count() == 0) return;
  const base::Steady now = services.clock.steady();
  if (!transaction.judged()) {
    const bool is_strangers =
        envelope.origin == mail::Origin::foreign && policy::way_of(envelope) == policy::Way::network;
    if (is_strangers) services.passed_before->add({stranger_mark(envelope)}, nullptr, now);
    return;
  }
  if (envelope.is_report() || transaction.marks.empty()) return;
  const auto whose = std::make_shared<const mail::Identity>(identity_of(transaction, services.clock.wall()));
  services.passed_before->add(transaction.marks, whose, now);
}

/// What came back and did not go on comes back again.
void remember_again(Transaction& transaction, const Services& services) {
  if (transaction.passed_before)
    services.passed_before->add(transaction.marks, transaction.passed_before, services.clock.steady());
  transaction.passed_before = nullptr;
}

Body::Mode body_mode(const Transaction& transaction) {
  const Plan& plan = transaction.plan;
  const Settings& settings = transaction.snapshot->milter;
  const bool is_signed = !plan.selection.keys.empty();
  const bool may_recode = is_signed && (settings.recode_long_lines || settings.recode_eight_bit);
  if (plan.rewrite || may_recode || transaction.self_check) return Body::Mode::collect;
  return is_signed ? Body::Mode::hash : Body::Mode::ignore;
}

}  // namespace

mail::Mta mta_of(std::string_view version) {
  if (version.starts_with("8.")) return mail::Mta::sendmail;
  return version.starts_with("Postfix") ? mail::Mta::postfix : mail::Mta::unknown;
}

Session::Session(const Services& services) : services_(services) {
  const std::string random = base::random_bytes(entropy_.size());
  std::copy(random.begin(), random.end(), entropy_.begin());
  ++services_.counters.connections;
  ++services_.counters.connections_open;
}

Session::~Session() {
  try {
    abort();
  } catch (const std::exception&) {  // no memory for the log line: the connection ends all the same
    ++services_.counters.errors;
    if (transaction_) end_transaction();
  }
  --services_.counters.connections_open;
}

void Session::connect(const Connection& connection) {
  connection_ = {};
  connection_.conn = base::encode_hex(base::random_bytes(4));
  connection_.client = connection.client;
  connection_.client_name = connection.client_name;
  connection_.daemon_name = connection.daemon_name;
  connection_.host = connection.host;
  connection_.daemon_port = connection.daemon_port;
  connection_.client_port = connection.port;
  connection_.daemon_address = connection.daemon_address;
  connection_.mta = connection.mta;
  assumed_origin_ = connection.assumed_origin;
  connection_.role = policy::parse_role(connection.daemon_name);
  // Postfix hands pickup mail over as coming from "localhost", port 0; no TCP peer has port 0.
  connection_.local_submission = connection.port == 0 && connection.client_name == "localhost";
}

void Session::helo(std::string_view name) {
  connection_.helo = name;
}

/// One above the last within a connection, as ULIDs of one moment are made: asking the system's generator for
/// each message is 1 % of its cost.
std::string Session::new_id() {
  for (std::size_t i = entropy_.size(); i-- > 0 && ++entropy_[i] == 0;) {
  }
  return base::format_ulid(services_.clock.wall(), entropy_);
}

void Session::mail(const MailFrom& from) {
  abort();
  transaction_ = std::make_unique<Transaction>(services_);
  ++services_.counters.open_transactions;
  transaction_->envelope = connection_;
  transaction_->envelope.id = new_id();
  transaction_->assumed_origin = assumed_origin_;
  read_sender(*transaction_, from);
  find_origin(*transaction_, services_, from.parameters);
  judge_sender(*transaction_, services_, "mail");
  const Settings& settings = transaction_->snapshot->milter;
  transaction_->header.begin(header_wanted(*transaction_), settings.max_header, settings.max_held);
}

policy::Verdict Session::rcpt(std::string_view recipient, std::string_view queue_id,
                              std::string_view resolved) {
  if (!transaction_ || failed_)
    return internal_failure(services_.snapshots.get()->milter.failure_answer(), policy::Why::internal);
  if (!queue_id.empty()) transaction_->envelope.queue_id = queue_id;
  const mail::Envelope& envelope = transaction_->envelope;
  if (envelope.local_submission) resolved = {};
  return judge_recipient(*transaction_, services_, mail::read_recipient(recipient, resolved, envelope.host));
}

void Session::header(std::string_view name, std::string_view value) {
  if (transaction_) transaction_->header.add(name, value);
}

void Session::end_of_headers() {
  if (!transaction_) return;
  mail::Envelope& envelope = transaction_->envelope;
  services_.counters.headless_aborts.forget(envelope.port());
  const bool is_another = settle_origin(*transaction_, services_);
  policy::LateStream late;
  if (transaction_->judged())
    late = policy::stream_by_header(*transaction_->tenant, envelope.stream, transaction_->header.fields());
  const bool changes_stream = transaction_->judged() && late.stream != envelope.stream;
  if (changes_stream) envelope.stream = std::move(late.stream);
  if (is_another) {
    judge_anew(*transaction_, services_);
  } else if (changes_stream) {
    judge_again(*transaction_, services_);
  }
  begin_returned(*transaction_);
  if (!transaction_->returned) charge_reinjected(*transaction_, services_);
  if (!transaction_->judged()) return;
  refuse_what_never_fits(*transaction_, services_);
  judge_header(*transaction_);
  transaction_->plan = make_plan(*transaction_, services_);
  transaction_->plan.stream_ignored = std::move(late.ignored);
  schedule(*transaction_, services_);
  choose_sample(*transaction_, services_);
  const Snapshot& snapshot = *transaction_->snapshot;
  transaction_->body.begin(body_mode(*transaction_), canons_wanted(*transaction_, services_.clock.wall()),
                           snapshot.milter.max_body, snapshot.milter.max_held);
  transaction_->body.expect(envelope.declared_size);
}

void Session::body(std::string_view bytes) {
  if (!transaction_) return;
  transaction_->body.update(bytes);
  if (transaction_->returned) transaction_->returned->add(bytes, transaction_->snapshot->milter.max_held);
}

Outcome Session::end_of_message(std::string_view queue_id) {
  if (!transaction_)
    return {
        internal_failure(services_.snapshots.get()->milter.failure_answer(), policy::Why::internal), {}, {}};
  Transaction& transaction = *transaction_;
  if (failed_) {
    transaction.plan.selection.why_not = dkim::Unsigned::internal;
    transaction.verdict =
        internal_failure(transaction.snapshot->milter.failure_answer(), policy::Why::internal);
    return {transaction.verdict, {}, {}};
  }
  if (!queue_id.empty()) transaction.envelope.queue_id = queue_id;
  transaction.end_of_message = services_.clock.steady();
  Outcome outcome;
  if (transaction.judged()) {
    outcome = run_pipeline(transaction, services_);
  } else if (transaction.mail_verdict.action != Action::accept) {
    outcome.verdict = transaction.mail_verdict;
  } else if (transaction.returned) {
    outcome = take_returned(transaction, services_);
  } else {
    outcome = pass_on(transaction, services_);
  }
  transaction.verdict = outcome.verdict;
  const bool is_taken = outcome.verdict.action == Action::accept || outcome.verdict.action == Action::hold;
  if (transaction.self_check && is_taken) transaction.handed_over = outcome;
  return outcome;
}

policy::Verdict Session::apply_failed(std::string_view what) {
  ++services_.counters.errors;
  if (!transaction_) return internal_failure(OnError::defer, policy::Why::apply_failed);
  transaction_->verdict =
      internal_failure(transaction_->snapshot->milter.failure_answer(), policy::Why::apply_failed);
  transaction_->verdict.rule = what;
  transaction_->tally.signatures.clear();
  transaction_->plan.selection.why_not = dkim::Unsigned::apply_failed;
  return transaction_->verdict;
}

void Session::finish(bool applied) {
  if (!transaction_) return;
  const Action action = transaction_->verdict.action;
  const bool sent = applied && action != Action::refuse && action != Action::defer;
  const base::Steady now = services_.clock.steady();
  if (sent) {
    for (policy::limits::ReservationId id : transaction_->reservations) services_.limiter.commit(id, now);
    transaction_->reservations.clear();
    // Held, it has tried nothing yet: the trial begins when it is released.
    if (action != Action::hold) transaction_->trials.clear();
    remember(*transaction_, services_);
  } else {
    remember_again(*transaction_, services_);
    give_up_hold(*transaction_, services_);
  }
  release_reservations(*transaction_, services_);
  record_message(services_, *transaction_);
  if (sent) offer_sample(*transaction_, services_);
  if (sent && transaction_->sample) services_.samples->offer(std::move(*transaction_->sample));
  end_transaction();
}

void Session::abort() {
  failed_ = false;
  if (!transaction_) return;
  give_up_hold(*transaction_, services_);
  release_reservations(*transaction_, services_);
  remember_again(*transaction_, services_);
  const mail::Envelope& envelope = transaction_->envelope;
  if (transaction_->header.empty() && transaction_->judged() && !envelope.recipients.empty())
    services_.counters.headless_aborts.add(envelope.port());
  record_abort(services_, *transaction_);
  end_transaction();
}

void Session::end_transaction() {
  transaction_.reset();
  --services_.counters.open_transactions;
}

}  // namespace signpost::milter
