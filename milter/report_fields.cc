#include "milter/report_fields.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "mail/field/author.h"
#include "milter/return_path.h"
#include "track/token.h"

namespace signpost::milter {
namespace {

constexpr std::size_t kMaxPart = 40;  ///< of a Feedback-ID

/// The domain is the other one or below it.
bool is_within(std::string_view name, std::string_view domain) {
  if (name.size() <= domain.size()) return name == domain;
  return name.ends_with(domain) && name[name.size() - domain.size() - 1] == '.';
}

bool is_aligned(const Transaction& transaction, const Draft& draft, std::string_view bounce_domain) {
  const auto author = mail::find_author(draft.fields());
  if (!author || !is_within(bounce_domain, author->domain)) return false;
  const auto& keys = transaction.plan.selection.keys;
  return std::any_of(keys.begin(), keys.end(),
                     [&](const dkim::SigningKey& key) { return is_within(author->domain, key.domain); });
}

/// What may stand between the colons.
std::string feedback_part(std::string_view text) {
  std::string part(text.substr(0, kMaxPart));
  for (char& c : part) {
    if (!base::is_alnum(c) && c != '-' && c != '.') c = '_';
  }
  return part;
}

/// Without brackets.
std::string_view bare(std::string_view address) {
  if (address.starts_with('<')) address.remove_prefix(1);
  if (address.ends_with('>')) address.remove_suffix(1);
  return address;
}

}  // namespace

void add_report_fields(const Transaction& transaction, Draft& draft) {
  if (transaction.return_path.empty()) return;
  const mail::Envelope& envelope = transaction.envelope;
  const feedback::Settings& settings = transaction.snapshot->feedback;
  const auto sealed = transaction.snapshot->sealed_ids->seal(
      transaction.tenant_id, track::stream_code(envelope.stream), envelope.id,
      only_recipient(envelope).value_or(""),
      settings.forwards(envelope.stream) ? bare(envelope.sender_given) : std::string_view());
  if (!sealed) return;
  draft.edit(mail::AppendField{std::string(feedback::kIdField), " " + *sealed});
  if (!settings.sender_id.empty() && mail::find_field(draft.fields(), feedback::kFeedbackIdField) == nullptr)
    draft.edit(mail::AppendField{std::string(feedback::kFeedbackIdField),
                                 " " + feedback_part(transaction.plan.campaign) + ":" +
                                     feedback_part(envelope.tenant) + ":" + feedback_part(envelope.stream) +
                                     ":" + settings.sender_id});
  const std::string& domain = settings.domain_of(transaction.tenant_id);
  const bool has_own = mail::find_field(draft.fields(), feedback::kCfblField) != nullptr ||
                       mail::find_field(draft.fields(), feedback::kCfblIdField) != nullptr;
  if (!settings.cfbl || has_own || !is_aligned(transaction, draft, domain)) return;
  draft.edit(mail::AppendField{std::string(feedback::kCfblField), " fbl@" + domain + "; report=arf"});
  draft.edit(mail::AppendField{std::string(feedback::kCfblIdField), " " + *sealed});
}

}  // namespace signpost::milter
