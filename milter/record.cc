#include "milter/record.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "policy/limits/provider.h"

namespace signpost::milter {
namespace {

/// With our changes, now or once it is released.
bool is_taken(policy::Action action) {
  return action == policy::Action::accept || action == policy::Action::hold;
}

using Kind = policy::EventField::Kind;

/// Gmail shows about the first 102 kB of HTML and hides the rest, the pixel and the way to unsubscribe with it, behind a
/// link (its makers do not say where exactly; senders measured it).
constexpr std::size_t kClippedAbove = 100'000;

void add_ids(policy::Event& event, const mail::Envelope& envelope) {
  event.add("conn", envelope.conn);
  event.add("id", envelope.id);
  event.add("qid", envelope.queue_id);
}

std::string bare_address(std::string_view given) {
  if (given.size() >= 2 && given.front() == '<' && given.back() == '>')
    given = given.substr(1, given.size() - 2);
  return std::string(given);
}

void add_sender(policy::Event& event, const mail::Envelope& envelope) {
  event.add("from", bare_address(envelope.sender_given), Kind::address);
}

void add_identity(policy::Event& event, const mail::Envelope& envelope) {
  event.add("tenant", envelope.tenant);
  event.add("stream", envelope.stream);
}

std::string client_text(const mail::Envelope& envelope) {
  if (envelope.local_submission) return "local";
  return envelope.client ? base::format_ip(*envelope.client) : "unix";
}

std::string milliseconds(base::Steady from, base::Steady to) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(to - from).count();
  const auto tenths = (std::max<std::int64_t>(microseconds, 0) + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string join_words(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) {
    if (!result.empty()) result += ',';
    result += word;
  }
  return result;
}

/// Where nothing was to be rewritten, the pixel is missing for the same reason.
std::string why_no_pixel(const Transaction& transaction) {
  if (!transaction.tally.no_pixel.empty()) return transaction.tally.no_pixel;
  const std::string& unrewritten = transaction.plan.unrewritten;
  return unrewritten.empty() ? "not-accepted" : unrewritten;
}

/// links, rewritten, pixel, dkim and the reasons why not.
void add_changes(policy::Event& event, const Transaction& transaction) {
  const Tally& tally = transaction.tally;
  event.add("links", tally.links);
  event.add("rewritten", tally.rewritten);
  if (tally.html_size > 0) event.add("html", tally.html_size);
  if (tally.html_size > kClippedAbove) event.add("warn", "html-size");
  event.add("pixel", tally.pixel ? "yes" : "no");
  if (!tally.pixel) event.add("no_pixel", why_no_pixel(transaction));
  if (!tally.unsubscribe.empty()) event.add("unsub", tally.unsubscribe);
  if (tally.unsubscribe_decoded) event.add("unsub_decoded", "yes");
  if (tally.recoded > 0) event.add("recoded", tally.recoded);
  if (!tally.fragile.empty()) event.add("fragile", join_words(tally.fragile), Kind::list);
  if (!transaction.plan.unrewritten.empty()) event.add("unrewritten", transaction.plan.unrewritten);
  if (!tally.kept.empty()) event.add("dkim_kept", join_words(tally.kept), Kind::list);
  if (tally.signatures.empty() && tally.kept.empty()) {
    const dkim::Unsigned why = transaction.plan.selection.why_not;
    event.add("unsigned",
              dkim::unsigned_word(why == dkim::Unsigned::no ? dkim::Unsigned::not_accepted : why));
    if (!transaction.plan.selection.key_error.empty())
      event.add("key_error", transaction.plan.selection.key_error, Kind::text);
  } else if (!tally.signatures.empty()) {
    event.add("dkim", join_words(tally.signatures), Kind::list);
  }
  if (!transaction.plan.stream_ignored.empty()) event.add("stream_ignored", transaction.plan.stream_ignored);
  if (!transaction.return_path.empty() && is_taken(transaction.verdict.action))
    event.add("return_path", transaction.return_path, Kind::address);
  if (!transaction.plan.campaign.empty()) event.add("campaign", transaction.plan.campaign, Kind::text);
  if (!transaction.plan.metadata.empty()) event.add("metadata", transaction.plan.metadata, Kind::text);
}

std::string message_id(const Transaction& transaction) {
  if (!transaction.tally.added_message_id.empty()) return transaction.tally.added_message_id;
  const mail::Field* field = mail::find_field(transaction.header.fields(), "Message-ID");
  return field ? bare_address(mail::unfold(field->value)) : std::string();
}

bool is_signed(const Tally& tally) {
  return !tally.signatures.empty() || !tally.kept.empty();
}

/// True if it went out with a tracked link or pixel: reports count how many recipients got it.
bool carries_links(const Transaction& transaction) {
  const Tally& tally = transaction.tally;
  return is_taken(transaction.verdict.action) &&
         (tally.rewritten > 0 || tally.pixel || tally.unsubscribe_link);
}

/// What limits by login and by client had to count by.
void count_subject(Counters& counters, const mail::Envelope& envelope) {
  if (envelope.role == mail::Role::submit || envelope.is_report()) return;
  if (!envelope.login.empty()) ++counters.charged_logins;
  if (envelope.role != mail::Role::egress) {
    ++counters.charged_without_role;
  } else if (envelope.origin == mail::Origin::sealed) {
    ++counters.sealed_at_egress;
  } else if (envelope.login.empty()) {
    ++counters.nameless_at_egress;
  }
}

/// The recipients of a message that goes out, where it was judged first: another hop counts it no second time. A report of the
/// MTA's own is nobody's mail.
void count_sent(Counters& counters, const Transaction& transaction) {
  const mail::Envelope& envelope = transaction.envelope;
  const policy::Action action = transaction.verdict.action;
  const bool goes_out = is_taken(action) || action == policy::Action::observe;
  if (!transaction.judged() || !goes_out || envelope.is_report()) return;
  if (envelope.origin == mail::Origin::sealed || transaction.passed_before) return;
  SentCounts::Counts sent;
  for (const mail::Recipient& recipient : envelope.recipients) {
    if (recipient.dropped) continue;
    ++sent[{transaction.tenant_id, envelope.stream,
            recipient.address ? policy::limits::known_provider(recipient.address->domain)
                              : policy::limits::kOtherProvider}];
  }
  if (!sent.empty()) counters.sent.add(sent);
}

void count(Counters& counters, const Transaction& transaction) {
  using policy::Action;
  ++counters.messages;
  switch (transaction.verdict.action) {
    case Action::accept:
    case Action::drop:
    case Action::observe:
      ++counters.accepted;
      break;
    case Action::refuse:
      ++counters.refused;
      break;
    case Action::defer:
      ++counters.deferred;
      break;
    case Action::hold:
      ++counters.held;
      break;
    case Action::discard:
      ++counters.discarded;
      break;
    case Action::pass:
      ++counters.passed;
      break;
  }
  counters.recipients_dropped += transaction.tally.recipients_dropped;
  counters.links += transaction.tally.rewritten;
  if (transaction.tally.rewritten > 0) ++counters.rewritten;
  if (carries_links(transaction))
    counters.campaigns.add({transaction.tenant_id, transaction.plan.campaign, transaction.envelope.stream},
                           transaction.envelope.recipients.size() - transaction.tally.recipients_dropped);
  count_sent(counters, transaction);
  if (transaction.judged()) count_subject(counters, transaction.envelope);
  if (transaction.judged()) ++(is_signed(transaction.tally) ? counters.is_signed : counters.not_signed);
}

}  // namespace

namespace {

void write_decision(const Services& services, const Transaction& transaction, std::string_view stage,
                    const policy::Verdict& verdict, const mail::Recipient* recipient) {
  const mail::Envelope& envelope = transaction.envelope;
  policy::Event event;
  event.at = services.clock.wall();
  add_ids(event, envelope);
  event.add("stage", std::string(stage));
  event.add("action",
            policy::action_word(transaction.observing() ? policy::Action::observe : verdict.action));
  event.add("reason", policy::why_word(verdict.reason));
  event.add("rule", verdict.rule);
  add_sender(event, envelope);
  if (recipient) event.add("to", bare_address(recipient->given), Kind::address);
  add_identity(event, envelope);
  event.add("login", envelope.login, Kind::text);
  event.add("client", client_text(envelope));
  event.add("origin", mail::origin_word(envelope.origin));
  if (verdict.reply.code != 0) event.add("reply", verdict.reply.format(), Kind::text);
  services.events.write(event);
}

}  // namespace

void record_decision(const Services& services, const Transaction& transaction, std::string_view stage,
                     const policy::Verdict& verdict, const mail::Recipient* recipient) {
  write_decision(services, transaction, stage, verdict, recipient);
  if (!verdict.trap) return;
  services.counters.trap_hits.count(transaction.envelope.tenant);
  policy::Verdict alarm = verdict;
  alarm.reason = policy::Why::trap;
  alarm.reply = {};
  write_decision(services, transaction, "alarm", alarm, recipient);
}

void record_message(const Services& services, const Transaction& transaction) {
  const mail::Envelope& envelope = transaction.envelope;
  policy::Event event;
  event.at = services.clock.wall();
  event.fields.reserve(32);  // about as many as the line of a message has
  add_ids(event, envelope);
  event.add("stage", policy::stage_word(policy::Stage::message));
  const bool judged = transaction.judged();
  event.add("action", policy::action_word(judged && transaction.observing() ? policy::Action::observe
                                                                            : transaction.verdict.action));
  event.add("reason", policy::why_word(transaction.verdict.reason));
  if (!transaction.verdict.rule.empty()) event.add("rule", transaction.verdict.rule);
  add_sender(event, envelope);
  event.add("rcpts", envelope.recipients.size() - transaction.tally.recipients_dropped);
  event.add("dropped", transaction.tally.recipients_dropped);
  add_identity(event, envelope);
  event.add("login", envelope.login, Kind::text);
  event.add("client", client_text(envelope));
  event.add("origin", mail::origin_word(envelope.origin));
  event.add("origin_by", envelope.origin_by);
  event.add("size", transaction.header.size() + transaction.body.size());
  if (judged) add_changes(event, transaction);
  event.add("msgid", message_id(transaction), Kind::address);
  if (transaction.verdict.reply.code != 0) event.add("reply", transaction.verdict.reply.format(), Kind::text);
  if (transaction.end_of_message != base::Steady{}) {
    event.add("ms", milliseconds(transaction.end_of_message, services.clock.steady()), Kind::number);
  }
  services.events.write(event);
  count(services.counters, transaction);
}

void record_abort(const Services& services, Transaction& transaction) {
  const Tally& tally = transaction.tally;
  policy::Verdict& verdict = transaction.verdict;
  verdict = {};
  if (!transaction.envelope.recipients.empty() || tally.recipients_refused + tally.recipients_deferred == 0) {
    verdict.action = policy::Action::pass;
    verdict.reason = policy::Why::aborted;
    ++services.counters.aborted;
  } else {
    verdict.action = tally.recipients_deferred > 0 ? policy::Action::defer : policy::Action::refuse;
    verdict.reason = tally.recipients_deferred > 0 ? policy::Why::all_deferred : policy::Why::all_refused;
  }
  record_message(services, transaction);
}

}  // namespace signpost::milter
