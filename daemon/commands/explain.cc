// explain recipient: judges a recipient that nobody sent to, by the same checks and limits as real mail, and
// shows what each one saw.
#include <algorithm>

#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/listing.h"
#include "policy/limits/limits.h"
#include "policy/policy.h"
#include "policy/tenant.h"

namespace signpost::daemon::commands {
namespace {

using policy::Action;

/// Stands for the sender where the command names none: one that is not null and that the tenant may use.
constexpr const char* kAnySender = "any-sender";

/// One imagined recipient. Owns what policy::Facts refers to.
struct Imagined {
  std::shared_ptr<const milter::Snapshot> snapshot;
  std::shared_ptr<const policy::limits::Overrides> overrides;
  mail::Envelope envelope;
  const policy::Tenant* tenant = nullptr;
  mail::Recipient recipient;
  base::Wall now{};

  policy::Facts facts(const policy::Suppressions& suppressions) const {
    return {snapshot->policy, *overrides, envelope, *tenant, &recipient, &suppressions, nullptr, now};
  }
};

void set_sender(Imagined& imagined, const Request& request) {
  mail::Envelope& envelope = imagined.envelope;
  const auto* sender = request.find<AddressValue>("sender");
  if (sender == nullptr) {
    envelope.sender_given = kAnySender;
    return;
  }
  envelope.sender_given = sender->given;
  envelope.sender = sender->address;
}

Imagined imagine(const Request& request, ControlContext& context) {
  Imagined imagined;
  imagined.snapshot = context.snapshots.get();
  imagined.overrides = context.overrides.get();
  imagined.now = context.clock.wall();
  const policy::Settings& settings = imagined.snapshot->policy;
  mail::Envelope& envelope = imagined.envelope;
  set_sender(imagined, request);
  envelope.login = request.text("login");
  if (const auto* client = request.find<base::Ip>("client")) envelope.client = *client;
  // Without login and client the question is about outbound mail as such.
  const bool any_client = envelope.login.empty() && !envelope.client;
  envelope.mail_class = any_client ? mail::MailClass::outbound : policy::classify(envelope, settings);
  imagined.tenant = &policy::resolve_tenant(settings, envelope);
  if (!envelope.sender && !imagined.tenant->sender_domains.empty()) {
    envelope.sender = mail::Address{kAnySender, imagined.tenant->sender_domains.front()};
  }
  envelope.tenant = imagined.tenant->name;
  envelope.stream =
      request.has("stream") ? request.text("stream") : policy::stream_by_rules(*imagined.tenant, envelope);
  imagined.recipient.given = request.address("ADDRESS").given;
  imagined.recipient.address = request.address("ADDRESS").address;
  return imagined;
}

/// Why a listing does, or does not, block this mail.
const char* tell_why(const policy::Listing& listing, const std::vector<policy::Listing>& all,
                     const Imagined& imagined) {
  const std::string& stream = imagined.envelope.stream;
  const std::string& tenant = imagined.tenant->name;
  const auto decide = [&](const std::vector<policy::Listing>& listings) {
    return policy::decide(listings, policy::blocks_of(imagined.snapshot->policy, *imagined.tenant), tenant,
                          stream, imagined.now, imagined.snapshot->policy.probation);
  };
  const policy::SuppressionAnswer whole = decide(all);
  if (whole.blocked && whole.deciding == listing) return "decides";
  if (std::find(whole.due.begin(), whole.due.end(), listing) != whole.due.end()) return "wants-a-trial";
  if (listing.until && *listing.until <= imagined.now && !decide({listing}).blocked) return "has-ended";
  if (!listing.tenant.empty() && listing.tenant != tenant) return "other-tenant";
  if (!listing.stream.empty() && listing.stream != stream) return "other-stream";
  if (listing.reason == policy::Reason::allow) return "exception";
  if (!decide({listing}).blocked) return "does-not-block-stream";
  std::vector<policy::Listing> with_exceptions = {listing};
  std::copy_if(all.begin(), all.end(), std::back_inserter(with_exceptions),
               [](const policy::Listing& other) { return other.reason == policy::Reason::allow; });
  return decide(with_exceptions).blocked ? "narrower-one-decides" : "allowed-by-exception";
}

void show_recipient(const Imagined& imagined, Reply& reply) {
  const mail::Folds folds = imagined.tenant->folds();
  Fields fields = {{"what", "recipient"}, {"key", mail::canonical_key(*imagined.recipient.address)}};
  if (folds.any())
    fields.emplace_back("folded", mail::canonical_key(mail::fold(*imagined.recipient.address, folds)));
  const bool outbound = imagined.envelope.mail_class == mail::MailClass::outbound;
  fields.emplace_back("class", outbound ? "outbound" : "other");
  fields.emplace_back("tenant", imagined.tenant->name);
  fields.emplace_back("stream", imagined.envelope.stream);
  reply.line(std::move(fields));
}

std::uint64_t show_listings(const Imagined& imagined, const policy::Suppressions& suppressions,
                            Reply& reply) {
  const auto listings = suppressions.find(*imagined.recipient.address);
  if (!listings) {
    reply.line({{"what", "listing"}, {"error", listings.error().text}});
    return 1;
  }
  for (const policy::Listing& listing : *listings) {
    Fields fields = {{"what", "listing"}, {"why", tell_why(listing, *listings, imagined)}};
    const Fields entry = listing_fields(listing);
    fields.insert(fields.end(), entry.begin(), entry.end());
    reply.line(std::move(fields));
  }
  return listings->size();
}

/// The use of one bucket under each rate; 0 if it has none.
Value::Numbers used_of(const policy::limits::Charge& charge, const policy::limits::Buckets& buckets,
                       base::Steady now) {
  Value::Numbers used;
  for (const policy::limits::BucketState& bucket : buckets.list(charge.limit->name, buckets.size(), now)) {
    if (bucket.key != charge.key) continue;
    for (const std::uint64_t amount : bucket.used) used.push_back(amount);
  }
  return used.empty() ? Value::Numbers{0} : used;
}

/// One limit by itself: would one more recipient pass?
void show_limit_state(const policy::limits::Charge& charge, ControlContext& context, Reply& reply) {
  const base::Steady now = context.clock.steady();
  Fields fields = {{"what", "limit"},
                   {"limit", charge.limit->name},
                   {"key", charge.key},
                   {"used", used_of(charge, context.buckets, now)}};
  const auto judged = context.buckets.judge({charge}, now);
  const policy::limits::LimitHit* hit = nullptr;
  if (!judged) hit = &judged.error();
  if (judged && !judged->empty()) hit = &judged->front();
  fields.emplace_back("state", hit == nullptr ? "passes" : "full");
  if (hit != nullptr) fields.emplace_back("retry-after", hit->retry_after.count());
  reply.line(std::move(fields));
}

/// What a message with this one recipient would charge before its size is known.
std::vector<policy::limits::Charge> charges_of(const policy::Facts& facts) {
  std::vector<std::string> messages_charged;
  return policy::limits::charges_for_recipient(facts, messages_charged);
}

policy::Verdict judge_all(const policy::Facts& facts, ControlContext& context) {
  for (const policy::Stage stage : {policy::Stage::mail, policy::Stage::rcpt}) {
    policy::Judgement judgement = policy::judge(stage, facts);
    if (judgement.verdict.action != Action::accept) return std::move(judgement.verdict);
  }
  const auto judged = context.buckets.judge(charges_of(facts), context.clock.steady());
  return judged ? policy::Verdict{} : policy::limits::verdict_of(judged.error());
}

/// What the client hears; the milter's `observe` mode answers nothing.
void show_verdict(const policy::Verdict& verdict, bool observe, Reply& reply) {
  Fields fields = {{"what", "verdict"},
                   {"action", policy::action_word(verdict.action)},
                   {"reason", word_or_none(verdict.reason)},
                   {"rule", word_or_none(verdict.rule)}};
  if (verdict.reply.code != 0) fields.emplace_back("reply", verdict.reply.format());
  if (observe) fields.emplace_back("mode", "observe");
  reply.line(std::move(fields));
}

}  // namespace

void explain_recipient(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const Imagined imagined = imagine(request, context);
  const policy::Facts facts = imagined.facts(context.suppressions);
  const bool outbound = imagined.envelope.mail_class == mail::MailClass::outbound;
  reply.ok();
  show_recipient(imagined, reply);
  std::uint64_t lines = 2 + show_listings(imagined, context.suppressions, reply);
  policy::Verdict verdict = {Action::pass, "not-outbound", "-", {}};
  if (outbound) {
    for (const policy::limits::Charge& charge : charges_of(facts)) {
      show_limit_state(charge, context, reply);
      ++lines;
    }
    verdict = judge_all(facts, context);
  }
  show_verdict(verdict, imagined.snapshot->milter.observe, reply);
  reply.end(lines);
}

}  // namespace signpost::daemon::commands
