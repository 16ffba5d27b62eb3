#include "milter/plan.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "mail/field/author.h"
#include "policy/tenant.h"

namespace signpost::milter {
namespace {

constexpr std::size_t kMaxCampaign = 64;
constexpr std::size_t kMaxMetadata = 1024;

/// The value of a Signpost-* field, trimmed and cut; empty if absent.
std::string own_value(const std::vector<mail::Field>& fields, std::string_view name, std::size_t max_bytes) {
  const mail::Field* field = mail::find_field(fields, name);
  if (!field) return {};
  std::string value = mail::unfold(field->value);
  if (value.size() > max_bytes) value.resize(max_bytes);
  return value;
}

dkim::Selection select_keys(const Transaction& transaction) {
  const policy::Settings& settings = transaction.snapshot->policy;
  const policy::Tenant& tenant = *transaction.tenant;
  const auto author = mail::find_author(transaction.header.fields());
  dkim::Sender sender;
  sender.tenant = tenant.name;
  sender.may_use_author = author && policy::may_send_as(settings, tenant, *author);
  sender.is_foreign = [&settings, &tenant](std::string_view domain) {
    const policy::Tenant* owner = policy::owner_of_domain(settings, domain);
    return owner != nullptr && owner->name != tenant.name;
  };
  return dkim::select(transaction.snapshot->dkim, author, sender);
}

/// True if a no-tracking listing covers any of the recipients: one body serves them all.
bool any_opted_out(const mail::Envelope& envelope) {
  return std::any_of(
      envelope.recipients.begin(), envelope.recipients.end(),
      [](const mail::Recipient& recipient) { return !recipient.dropped && recipient.no_tracking; });
}

const track::Settings& tracking_of(const Transaction& transaction) {
  return transaction.snapshot->track.of(transaction.tenant_id);
}

std::vector<const mail::Recipient*> kept_recipients(const mail::Envelope& envelope) {
  std::vector<const mail::Recipient*> kept;
  for (const mail::Recipient& recipient : envelope.recipients) {
    if (!recipient.dropped) kept.push_back(&recipient);
  }
  return kept;
}

/// The narrowest of the configured mode, the header's wish and what the number of recipients allows.
track::Mode narrow_mode(track::Mode configured, const track::Request& request, std::size_t recipients) {
  const track::Mode mode = std::min(configured, request.mode);
  return recipients == 1 ? mode : std::min(mode, track::Mode::anonymous);
}

/// Empty if links may be rewritten, otherwise the fixed word for the reason why not.
std::string why_not_tracked(const Transaction& transaction, const track::Request& request) {
  const track::Settings& settings = tracking_of(transaction);
  const mail::Envelope& envelope = transaction.envelope;
  if (settings.host.empty() || !transaction.snapshot->sealer) return "not-configured";
  if (envelope.role == mail::Role::egress) return "role";
  if (envelope.null_sender()) return "null-sender";
  const auto& streams = settings.streams;
  if (std::find(streams.begin(), streams.end(), envelope.stream) == streams.end()) return "stream";
  const bool wanted = (settings.clicks && request.clicks) || (settings.opens && request.opens);
  if (!wanted || std::min(settings.mode_of(envelope.stream), request.mode) == track::Mode::off) return "off";
  if (std::string word = track::why_not(transaction.header.fields(), settings.plain_text); !word.empty())
    return word;
  if (any_opted_out(envelope)) return "no-tracking";
  return {};
}

void plan_tracking(const Transaction& transaction, const Services& services, Plan& plan) {
  track::Request request;
  if (const mail::Field* field = mail::find_field(transaction.header.fields(), "Signpost-Track")) {
    const auto parsed = track::parse_track_header(mail::unfold(field->value));
    if (!parsed) {
      plan.unrewritten = "bad-track-header";
      return;
    }
    request = *parsed;
  }
  plan.unrewritten = why_not_tracked(transaction, request);
  if (!plan.unrewritten.empty()) return;

  const track::Settings& settings = tracking_of(transaction);
  const auto kept = kept_recipients(transaction.envelope);
  track::Context& context = plan.tracking;
  context.settings = &settings;
  context.sealer = &*transaction.snapshot->sealer;
  context.mode = narrow_mode(settings.mode_of(transaction.envelope.stream), request, kept.size());
  context.clicks = settings.clicks && request.clicks;
  context.opens = settings.opens && request.opens;
  context.tenant = transaction.tenant_id;
  context.campaign = plan.campaign;
  context.stream = transaction.envelope.stream;
  if (kept.size() == 1 && kept.front()->address)
    context.recipient = mail::canonical_key(*kept.front()->address);
  context.message_id = transaction.envelope.id;
  context.now = services.clock.wall();
  plan.rewrite = true;
}

}  // namespace

bool is_removed(const mail::Field& field, bool judged_before) {
  if (judged_before && mail::has_name(field, feedback::kIdField)) return false;
  return base::starts_with_ignore_case(field.name, "Signpost-");
}

bool was_judged_before(const Transaction& transaction) {
  return transaction.envelope.origin == mail::Origin::sealed || transaction.passed_before != nullptr;
}

std::vector<mail::Field> without_own_fields(const std::vector<mail::Field>& fields, bool judged_before) {
  std::vector<mail::Field> kept;
  kept.reserve(fields.size());
  for (const mail::Field& field : fields) {
    if (!is_removed(field, judged_before)) kept.push_back(field);
  }
  return kept;
}

track::UnsubscribeContext unsubscribe_context(const Transaction& transaction, const Services& services) {
  const Snapshot& snapshot = *transaction.snapshot;
  const mail::Envelope& envelope = transaction.envelope;
  const auto kept = kept_recipients(envelope);
  track::UnsubscribeContext context;
  context.settings = &tracking_of(transaction);
  if (snapshot.sealer && envelope.role != mail::Role::egress && !envelope.null_sender())
    context.sealer = &*snapshot.sealer;
  context.tenant = transaction.tenant_id;
  const std::string& bounce_domain = snapshot.feedback.domain_of(transaction.tenant_id);
  if (snapshot.track.unsubscribe_mailto && snapshot.return_paths && !bounce_domain.empty())
    context.mailto = std::string(track::kUnsubscribeLocal) + "@" + bounce_domain;
  context.stream = envelope.stream;
  context.campaign = transaction.plan.campaign;
  context.recipients = kept.size();
  if (kept.size() == 1 && kept.front()->address)
    context.recipient = mail::canonical_key(*kept.front()->address);
  context.now = services.clock.wall();
  return context;
}

Plan make_plan(const Transaction& transaction, const Services& services) {
  Plan plan;
  plan.campaign = own_value(transaction.header.fields(), "Signpost-Campaign", kMaxCampaign);
  plan.metadata = own_value(transaction.header.fields(), "Signpost-Metadata", kMaxMetadata);
  plan.selection = select_keys(transaction);
  plan_tracking(transaction, services, plan);
  return plan;
}

}  // namespace signpost::milter
