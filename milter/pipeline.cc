#include "milter/pipeline.h"

#include <chrono>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "base/memory_scope.h"
#include "dkim/select.h"
#include "dkim/sign.h"
#include "milter/draft.h"
#include "milter/hold.h"
#include "milter/plan.h"
#include "milter/prepare.h"
#include "milter/recipient.h"
#include "milter/record.h"
#include "milter/report_fields.h"
#include "milter/return_path.h"
#include "milter/seal.h"
#include "milter/second_pass.h"
#include "milter/unsigned_mail.h"
#include "policy/judging.h"
#include "track/rewrite.h"

namespace signpost::milter {
namespace {

using dkim::Unsigned;
using policy::Action;
using policy::Verdict;
using policy::Why;

constexpr std::string_view kSignatureName = "DKIM-Signature";

// ---- check

/// No recipient is left: 550 where the sender still gets the answer, otherwise the message is discarded, as
/// `drop` requires.
Verdict judge_recipients_left(const Transaction& transaction) {
  const auto& recipients = transaction.envelope.recipients;
  if (recipients.empty() || transaction.tally.recipients_dropped < recipients.size()) return {};
  if (transaction.blocked) return *transaction.blocked;
  return {Action::discard, Why::all_dropped};
}

/// What the settings say if no key signs.
Verdict signing_verdict(const Transaction& transaction) {
  return judge_unsigned(transaction.snapshot->milter.unsigned_mail, transaction.plan.selection.why_not,
                        transaction.envelope.is_report());
}

Verdict check(Transaction& transaction, const Services& services) {
  if (transaction.mail_verdict.action != Action::accept) return transaction.mail_verdict;
  if (transaction.late_verdict) return *transaction.late_verdict;
  Verdict verdict = judge_recipients_left(transaction);
  if (verdict.action != Action::accept) return verdict;

  policy::Facts facts = transaction.facts(services);
  facts.fields = &transaction.header.fields();
  policy::Trace trace;
  policy::Judged judged = policy::judge_message(
      signing_verdict(transaction), facts, transaction.header.size() + transaction.body.size(),
      transaction.ports(services), services.traces != nullptr ? &trace : nullptr);
  if (services.traces != nullptr) services.traces->add(nullptr, trace);
  for (const Verdict& observed : judged.observed) {
    record_decision(services, transaction, "message", observed, nullptr);
  }
  if (judged.reservation != 0) transaction.reservations.push_back(judged.reservation);
  note_held(transaction, judged);
  return std::move(judged.verdict);
}

// ---- transform

void add_unsubscribe(Transaction& transaction, const Services& services, Draft& draft) {
  track::Unsubscribe done =
      track::plan_unsubscribe(draft.fields(), unsubscribe_context(transaction, services));
  for (mail::Field& field : done.added)
    draft.edit(mail::AppendField{std::move(field.name), std::move(field.value)});
  for (mail::ChangeField& change : done.decoded)
    transaction.tally.unsubscribe_decoded =
        draft.edit(std::move(change)) || transaction.tally.unsubscribe_decoded;
  transaction.tally.unsubscribe_link = !done.added.empty();
  transaction.tally.unsubscribe = std::move(done.word);
}

void rewrite_links(Transaction& transaction, Draft& draft) {
  Plan& plan = transaction.plan;
  if (!plan.rewrite) return;
  if (!transaction.body.collected()) {
    plan.unrewritten = "too-large";
    return;
  }
  track::Rewritten rewritten = track::rewrite(draft.fields(), draft.body(), plan.tracking);
  if (plan.tracking.settings->recode_long_lines && !rewritten.too_long.empty() &&
      recode_parts(transaction, draft, std::move(rewritten.too_long)))
    rewritten = track::rewrite(draft.fields(), draft.body(), plan.tracking);
  transaction.tally.links = rewritten.links;
  plan.unrewritten = rewritten.reason;
  if (!draft.replace(std::move(rewritten.replacements))) {
    plan.unrewritten = "internal";
    return;
  }
  transaction.tally.rewritten = rewritten.rewritten;
  transaction.tally.html_size = rewritten.html_size;
  transaction.tally.pixel = rewritten.pixel;
  transaction.tally.no_pixel = std::move(rewritten.no_pixel);
}

/// The message is copied once per campaign; it is used only if the MTA accepts the edits.
void take_sample(Transaction& transaction, const Services& services, Draft& draft) {
  if (!services.samples || transaction.tally.rewritten == 0) return;
  const std::uint32_t tenant = transaction.tenant_id;
  const std::string& campaign = transaction.plan.campaign;
  if (!services.samples->needs(tenant, campaign, draft.changed_body().size())) return;
  // Not counted as work on the message: what waits is bounded by CampaignSamples.
  transaction.sample = CampaignSample{tenant, campaign, transaction.plan.tracking.recipient, draft.fields(),
                                      std::string(draft.body())};
}

/// Signs what will be sent. Returns a verdict if signing fails and the settings do not let the message pass.
Verdict sign(Transaction& transaction, const Services& services, Draft& draft) {
  if (transaction.plan.selection.keys.empty()) return {};
  note_fragile(transaction, draft);
  const base::Wall now = services.clock.wall();
  const std::vector<dkim::SigningKey> keys = keys_left(transaction, draft, now);
  if (keys.empty()) return {};
  std::optional<dkim::Settings> later;
  if (transaction.due != base::Wall{}) later = signing_settings(transaction, now);
  const dkim::Settings& settings = later ? *later : transaction.snapshot->dkim;
  auto values =
      dkim::sign_all(keys, settings, draft.fields(), body_hash(transaction, draft, settings.body_canon), now,
                     transaction.envelope.stream);
  if (!values) {
    transaction.plan.selection.why_not = Unsigned::sign_error;
    ++services.counters.errors;
    return signing_verdict(transaction);
  }
  for (const std::string& value : *values) {
    if (value.size() + kSignatureName.size() <= kMaxEditedField) continue;
    transaction.plan.selection.why_not = Unsigned::too_many_fields;
    return signing_verdict(transaction);
  }
  // Each goes on top of the one before: the last inserted is read first, so RSA, the first key, goes last.
  for (std::size_t i = values->size(); i-- > 0;)
    draft.edit(mail::InsertField{0, std::string(kSignatureName), std::move((*values)[i])});
  for (const dkim::SigningKey& key : keys)
    transaction.tally.signatures.push_back(key.selector + ":" + key.domain);
  return {};
}

void delete_dropped(const mail::Envelope& envelope, std::vector<mail::Edit>& edits) {
  for (const mail::Recipient& recipient : envelope.recipients) {
    if (recipient.dropped) edits.emplace_back(mail::DeleteRecipient{recipient.given});
  }
}

// ---- memory

/// How long a message waits for others to end before it goes out unrewritten; an MTA waits for minutes.
constexpr std::chrono::seconds kPatience{30};
/// What the transform may need beside what is held: three times the body (measured: docs/performance.md, Memory), each field
/// in several forms, and what every message needs.
constexpr std::uint64_t kOfBody = 3;
constexpr std::uint64_t kOfHeader = 16;
constexpr std::uint64_t kAlways = 512 << 10;

bool changes_body(const Transaction& transaction) {
  return transaction.body.collected() && !transaction.plan.keeps_body;
}

std::uint64_t memory_needed(const Transaction& transaction) {
  const std::uint64_t body = changes_body(transaction) ? transaction.body.size() : 0;
  return kAlways + kOfHeader * transaction.header.cost() + kOfBody * body;
}

/// The body goes out as it came.
void keep_body(Plan& plan) {
  plan.keeps_body = true;
  if (!plan.rewrite) return;
  plan.rewrite = false;
  plan.unrewritten = "memory";
}

/// Everything that changes the message, in its order. Throws std::bad_alloc if it needs more than memory_needed.
Verdict transform(Transaction& transaction, const Services& services, Draft& draft) {
  const base::MemoryScope scope(memory_needed(transaction));
  date_as_sent(transaction, draft);
  if (!transaction.plan.selection.keys.empty() || seals(transaction))
    prepare(transaction, draft, services.clock.wall());
  choose_return_path(transaction, services);
  add_report_fields(transaction, draft);
  add_unsubscribe(transaction, services, draft);
  rewrite_links(transaction, draft);
  Verdict verdict = sign(transaction, services, draft);
  transaction.working.shrink_to(scope.live());
  return verdict;
}

/// Within the memory that there is: if it is not enough to change the body, everything else is done all the same.
Verdict transform_within_memory(Transaction& transaction, const Services& services,
                                std::optional<Draft>& draft) {
  const std::uint64_t max_held = transaction.snapshot->milter.max_held;
  const Tally tally = transaction.tally;
  // NOLINTNEXTLINE(clang-analyzer-deadcode.DeadStores): it is read where memory ran out
  const dkim::Unsigned why_not = transaction.plan.selection.why_not;
  bool has_room = transaction.working.wait_to_grow(memory_needed(transaction), max_held, kPatience);
  if (!has_room && changes_body(transaction)) {
    keep_body(transaction.plan);
    has_room = transaction.working.wait_to_grow(memory_needed(transaction), max_held, kPatience);
  }
  if (!has_room) {
    draft.emplace(transaction);
    return {
        Action::defer, Why::no_memory, "milter.max_held", {451, "4.3.1", "Insufficient memory, try again"}};
  }
  try {
    return transform(transaction, services, draft.emplace(transaction));
  } catch (const std::bad_alloc&) {
    if (!changes_body(transaction)) throw;
  }
  draft.reset();
  transaction.tally = tally;
  transaction.plan.selection.why_not = why_not;
  keep_body(transaction.plan);
  return transform(transaction, services, draft.emplace(transaction));
}

}  // namespace

policy::Verdict internal_failure(OnError on_error, policy::Why why) {
  if (on_error == OnError::accept) return {};
  return {Action::defer, why, {}, {451, "4.3.0", "Temporary failure"}};
}

Outcome run_pipeline(Transaction& transaction, const Services& services) {
  Verdict verdict = check(transaction, services);
  if (verdict.action != Action::accept && !transaction.observing()) return {std::move(verdict), {}, {}};
  Verdict observed = std::move(verdict);

  std::optional<Draft> changed;
  verdict = transform_within_memory(transaction, services, changed);
  Draft& draft = *changed;
  if (transaction.observing()) {
    if (observed.action == Action::accept) observed = std::move(verdict);
    observed.action = Action::observe;
    return {std::move(observed), {}, {}};
  }
  take_sample(transaction, services, draft);
  seal(transaction, services, draft);
  if (!transaction.passed_before) transaction.marks = message_marks(transaction, draft.fields());
  Outcome outcome = std::move(draft).take();
  outcome.verdict = std::move(verdict);
  delete_dropped(transaction.envelope, outcome.edits);
  const bool is_held = outcome.verdict.action == Action::accept && is_to_be_held(transaction);
  return is_held ? hold(transaction, services, std::move(outcome)) : outcome;
}

Outcome pass_on(Transaction& transaction, const Services& services) {
  Outcome outcome;
  outcome.verdict.action = Action::pass;
  const bool came_back = transaction.envelope.origin == mail::Origin::reinjected;
  outcome.verdict.reason = came_back ? Why::reinjected : Why::not_outbound;
  outcome.edits = seal_strangers(transaction, services);
  return outcome;
}

}  // namespace signpost::milter
