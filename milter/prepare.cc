#include "milter/prepare.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "mail/author.h"
#include "mail/date.h"
#include "mail/recode.h"

namespace signpost::milter {
namespace {

/// RFC 5322 §3.6 requires Date and recommends Message-ID; Sendmail adds both after the milter, Postfix before
/// it or not at all. Both write "Message-Id"; Sendmail also where a milter added it otherwise, which breaks
/// a `simple` header.
void add_missing(Transaction& transaction, Draft& draft, base::Wall now) {
  if (mail::find_field(draft.fields(), "Message-ID") == nullptr) {
    if (const auto author = mail::find_author(draft.fields())) {
      transaction.tally.added_message_id = transaction.envelope.id + "@" + author->domain;
      draft.edit(mail::AppendField{"Message-Id", " <" + transaction.tally.added_message_id + ">"});
    }
  }
  if (mail::find_field(draft.fields(), "Date") == nullptr)
    draft.edit(mail::AppendField{"Date", " " + mail::format_date(now)});
}

bool has_long_header_line(const mail::Field& field) {
  return field.name.size() + 1 + field.value.size() > mail::kMaxLine &&
         mail::has_long_line(field.name + ":" + field.value);
}

void refold_header(Draft& draft) {
  std::vector<mail::Edit> edits;
  for (std::size_t i = 0; i < draft.fields().size(); ++i) {
    const mail::Field& field = draft.fields()[i];
    if (!has_long_header_line(field)) continue;
    std::string folded = mail::refold(field.name, field.value);
    if (folded == field.value) continue;
    std::size_t nth = 1;
    for (std::size_t before = 0; before < i; ++before)
      nth += mail::has_name(draft.fields()[before], field.name) ? 1 : 0;
    edits.emplace_back(mail::ChangeField{field.name, nth, field.value, std::move(folded)});
  }
  for (mail::Edit& edit : edits) draft.edit(std::move(edit));
}

bool recode_body(Transaction& transaction, Draft& draft, const mail::RecodeRules& rules) {
  mail::Recoded recoded = mail::recode(draft.fields(), draft.body(), rules);
  if (recoded.parts == 0 && recoded.body.empty() && recoded.header.empty()) return false;
  if (!draft.splice(std::move(recoded.body))) return false;
  for (mail::Edit& edit : recoded.header) draft.edit(std::move(edit));
  transaction.tally.recoded += recoded.parts;
  return true;
}

}  // namespace

void prepare(Transaction& transaction, Draft& draft, base::Wall now) {
  const Settings& settings = transaction.snapshot->milter;
  if (settings.add_missing_fields) add_missing(transaction, draft, now);
  if (settings.recode_long_lines) refold_header(draft);
  if (transaction.body.collected() && (settings.recode_long_lines || settings.recode_eight_bit))
    recode_body(transaction, draft, {settings.recode_long_lines, settings.recode_eight_bit});
}

bool recode_parts(Transaction& transaction, Draft& draft, std::vector<std::size_t> parts) {
  mail::RecodeRules rules;
  rules.long_lines = false;
  rules.parts = std::move(parts);
  return recode_body(transaction, draft, rules);
}

void note_fragile(Transaction& transaction, const Draft& draft) {
  std::vector<std::string>& fragile = transaction.tally.fragile;
  const bool changed = draft.body_changed();
  if (changed ? mail::has_long_line(draft.body()) : transaction.body.has_long_line())
    fragile.emplace_back("long-line");
  if (std::any_of(draft.fields().begin(), draft.fields().end(), has_long_header_line))
    fragile.emplace_back("long-header");
  if (changed ? mail::has_eight_bit(draft.body()) : transaction.body.has_eight_bit())
    fragile.emplace_back("8bit");
}

}  // namespace signpost::milter
