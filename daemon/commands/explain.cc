// explain recipient: shows, step by step, how a recipient would be judged (daemon/commands/explanation).
#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "daemon/commands/explanation.h"
#include "daemon/commands/handlers.h"
#include "daemon/commands/listing.h"
#include "daemon/commands/overrides.h"
#include "daemon/commands/trace_fields.h"
#include "milter/unsigned_mail.h"
#include "policy/limits/limits.h"
#include "policy/tenant.h"

namespace signpost::daemon::commands {
namespace {

/// The role of that name, as a port would have it; nullopt if there is no such role.
std::optional<mail::Role> role_option(const Request& request) {
  if (!request.has("role")) return mail::Role::all;
  const mail::Role role = policy::parse_role("signpost-" + request.text("role"));
  return role == mail::Role::unknown ? std::nullopt : std::optional(role);
}

/// The question; without one, the error is already in the reply.
std::optional<Question> read_question(const Request& request, Reply& reply) {
  Question question;
  question.recipient = request.address("ADDRESS").given;
  if (request.has("sender")) question.sender = request.text("sender");
  question.login = request.text("login");
  if (const auto* client = request.find<base::Ip>("client")) question.client = *client;
  question.stream = request.text("stream");
  if (request.has("origin")) {
    const auto origin = mail::parse_origin(request.text("origin"));
    if (!origin) {
      reply.error("invalid", "origin: " + origin.error().text);
      return std::nullopt;
    }
    question.origin = *origin;
  }
  const auto role = role_option(request);
  if (role) {
    question.role = *role;
    return question;
  }
  reply.error("invalid", "role: expected submit, egress or inbound");
  return std::nullopt;
}

/// Why a listing does, or does not, block this mail.
const char* tell_why(const policy::Listing& listing, const std::vector<policy::Listing>& all,
                     const Explanation& made) {
  const std::string& stream = made.envelope.stream;
  const std::string& tenant = made.tenant->name;
  const policy::Facts facts = made.facts();
  const auto decide = [&](const std::vector<policy::Listing>& listings) {
    return policy::decide_listings(facts, listings);
  };
  const policy::SuppressionAnswer whole = decide(all);
  if (whole.blocked && whole.deciding == listing) return "decides";
  if (std::find(whole.due.begin(), whole.due.end(), listing) != whole.due.end()) return "due-for-trial";
  if (listing.until && *listing.until <= made.now && !decide({listing}).blocked) return "has-ended";
  if (!listing.tenant.empty() && listing.tenant != tenant) return "other-tenant";
  if (!policy::names_stream(listing.stream, stream)) return "other-stream";
  if (listing.reason == policy::Reason::allow) return "exception";
  if (!decide({listing}).blocked) return "does-not-block-stream";
  std::vector<policy::Listing> with_exceptions = {listing};
  std::copy_if(all.begin(), all.end(), std::back_inserter(with_exceptions),
               [](const policy::Listing& other) { return other.reason == policy::Reason::allow; });
  return decide(with_exceptions).blocked ? "narrower-one-decides" : "allowed-by-exception";
}

/// Writes the body's lines and counts them.
class Lines {
 public:
  explicit Lines(Reply& reply) : reply_(reply) {}
  void add(Fields fields) {
    reply_.line(std::move(fields));
    ++count_;
  }
  std::uint64_t count() const { return count_; }

 private:
  Reply& reply_;
  std::uint64_t count_ = 0;
};

void show_recipient(const Explanation& made, Lines& lines) {
  const mail::Address address = made.recipient.address.value_or(mail::Address{});
  const mail::Folds folds = made.tenant->folds();
  Fields fields = {{"what", "recipient"}, {"key", mail::canonical_key(address)}};
  if (folds.any()) fields.emplace_back("folded", mail::canonical_key(mail::fold(address, folds)));
  fields.emplace_back("origin", mail::origin_word(made.envelope.origin));
  fields.emplace_back("class", made.outbound() ? "outbound" : "other");
  fields.emplace_back("tenant", made.tenant->name);
  fields.emplace_back("stream", made.envelope.stream);
  lines.add(fields);
  for (const mail::Address& other : made.recipient.also)
    lines.add({{"what", "reading"}, {"key", mail::canonical_key(other)}});
}

void show_listings(const Explanation& made, Lines& lines) {
  if (!made.trace.listings) return;
  const auto& listings = *made.trace.listings;
  if (!listings) {
    lines.add({{"what", "listing"}, {"error", listings.error().text}});
    return;
  }
  for (const policy::Listing& listing : *listings) {
    Fields fields = {{"what", "listing"}, {"why", tell_why(listing, *listings, made)}};
    const Fields entry = listing_fields(listing);
    fields.insert(fields.end(), entry.begin(), entry.end());
    lines.add(fields);
  }
}

/// The reply to the client; in the milter's mode `observe` there is none.
void show_verdict(const char* what, const policy::Verdict& verdict, bool observe, Lines& lines) {
  Fields fields = {{"what", what}};
  add_verdict(verdict, fields);
  if (observe) fields.emplace_back("mode", "observe");
  lines.add(fields);
}

/// The state that the judgement used, so that `signpostctl message run` can use the same.
void show_state(const Explanation& made, const ControlContext& context, Lines& lines) {
  for (const auto& [tenant, pause] : made.overrides->paused) {
    if (tenant == made.tenant->name)
      lines.add({{"what", "pause"}, {"tenant", tenant}, {"until", format_until(pause.until)}});
  }
  const policy::Facts facts = made.facts();
  std::vector<std::string> messages_charged;
  std::vector<policy::limits::Charge> charges =
      policy::limits::charges_for_recipient(facts, messages_charged);
  for (policy::limits::Charge& charge : policy::limits::charges_for_bytes(facts, 1))
    charges.push_back(std::move(charge));
  for (const policy::limits::Charge& charge : charges) {
    if (!charge.changed) continue;
    lines.add({{"what", "rates"}, {"limit", charge.limit->name}, {"rate", rate_value(charge.limit->rates)}});
  }
  lines.add({{"what", "buckets"},
             {"saved", base::encode_base64(context.limiter.save(charges, context.clock.steady()))}});
}

}  // namespace

void explain_recipient(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto question = read_question(request, reply);
  if (!question) return;
  const Explanation made =
      explain(*question, context.snapshots.get(), context.overrides.get(),
              {context.suppressions, context.limiter, &context.suppressions, context.clock.steady()},
              context.clock.wall());
  reply.ok();
  Lines lines(reply);
  show_recipient(made, lines);
  show_listings(made, lines);
  for (const policy::Step& step : made.trace.steps) lines.add(step_fields(step, false));
  if (request.has("state")) show_state(made, context, lines);
  const bool observe = made.snapshot->milter.observe;
  if (made.outbound()) {
    // Whether it can be signed depends on the author in its header; a report of the MTA passes in any case.
    if (milter::stops_unsigned(made.snapshot->milter.unsigned_mail) && !made.envelope.is_report())
      lines.add({{"what", "signing"}, {"stage", "message"}, {"action", "unknown"}});
    show_verdict("message", made.message, observe, lines);
  }
  show_verdict("verdict", made.verdict, observe, lines);
  reply.end(lines.count());
}

}  // namespace signpost::daemon::commands
