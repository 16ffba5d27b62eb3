#include "milter/prepare.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dkim/canonical.h"
#include "dkim/sign.h"
#include "mail/field/address_field.h"
#include "mail/field/author.h"
#include "mail/field/date.h"
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

bool is_signed_field(const Transaction& transaction, const mail::Field& field) {
  return dkim::would_sign(transaction.snapshot->dkim, base::lower(base::trim(field.name)));
}

bool has_long_header_line(const mail::Field& field) {
  return field.name.size() + 1 + field.value.size() > mail::kMaxLine &&
         mail::has_long_line(field.name + ":" + field.value);
}

/// Asks `change` for the new value of each field that will be signed; nullopt leaves it.
template <class Change>
void change_fields(const Transaction& transaction, Draft& draft, Change&& change) {
  std::vector<mail::Edit> edits;
  for (std::size_t i = 0; i < draft.fields().size(); ++i) {
    const mail::Field& field = draft.fields()[i];
    std::optional<std::string> value = change(field);
    if (!value || *value == field.value || !is_signed_field(transaction, field)) continue;
    std::size_t nth = 1;
    for (std::size_t before = 0; before < i; ++before)
      nth += mail::has_name(draft.fields()[before], field.name) ? 1 : 0;
    edits.emplace_back(mail::ChangeField{field.name, nth, field.value, std::move(*value)});
  }
  for (mail::Edit& edit : edits) draft.edit(std::move(edit));
}

/// A list of addresses may be folded behind each comma, one of message ids between two (RFC 5322 §3.6.4), any other field
/// only where it has blanks.
std::string folded(const mail::Field& field) {
  if (mail::is_address_field(field.name)) {
    if (auto form = mail::sendmail_form(field.name, field.value, {})) return std::move(*form);
  }
  std::string value = field.value;
  if (mail::has_name(field, "References") || mail::has_name(field, "In-Reply-To")) {
    for (std::size_t at = value.find("><"); at != value.npos; at = value.find("><", at))
      value.insert(at + 1, " ");
  }
  return mail::refold(field.name, value);
}

void fold_long_fields(const Transaction& transaction, Draft& draft) {
  change_fields(transaction, draft, [](const mail::Field& field) {
    return has_long_header_line(field) ? std::optional(folded(field)) : std::nullopt;
  });
}

// ---- address fields

/// Whether the MTA writes them anew after signing.
bool is_rewriting_mta(const Transaction& transaction) {
  const AddressFields setting = transaction.snapshot->milter.address_fields;
  return setting == AddressFields::sendmail || transaction.envelope.mta == mail::Mta::sendmail;
}

bool is_same_signed(const Transaction& transaction, const mail::Field& field, const std::string& value) {
  std::string was;
  std::string is;
  dkim::append_canonical(was, field, transaction.snapshot->dkim.header_canon);
  dkim::append_canonical(is, {field.name, value}, transaction.snapshot->dkim.header_canon);
  return was == is;
}

void write_address_fields(const Transaction& transaction, Draft& draft) {
  if (transaction.snapshot->milter.address_fields == AddressFields::keep || !is_rewriting_mta(transaction))
    return;
  change_fields(transaction, draft, [&](const mail::Field& field) -> std::optional<std::string> {
    if (!mail::is_address_field(field.name)) return {};
    auto form = mail::sendmail_form(field.name, field.value, transaction.envelope.host);
    if (!form || is_same_signed(transaction, field, *form)) return {};
    return std::move(*form);
  });
}

/// Why Sendmail may write this field otherwise than it is signed; nullptr: it does not.
const char* address_risk(const Transaction& transaction, const mail::Field& field) {
  if (!mail::is_address_field(field.name) || !is_signed_field(transaction, field)) return nullptr;
  const auto form = mail::sendmail_form(field.name, field.value, transaction.envelope.host);
  if (form) return is_same_signed(transaction, field, *form) ? nullptr : "address-field";
  return form.error() == mail::AddressTrouble::long_name ? "long-name" : "address-field";
}

void note_address_fields(const Transaction& transaction, const Draft& draft,
                         std::vector<std::string>& fragile) {
  if (!is_rewriting_mta(transaction)) return;
  for (const mail::Field& field : draft.fields()) {
    const char* risk = address_risk(transaction, field);
    if (risk != nullptr && std::find(fragile.begin(), fragile.end(), risk) == fragile.end())
      fragile.emplace_back(risk);
  }
}

bool recode_body(Transaction& transaction, Draft& draft, const mail::RecodeRules& rules) {
  mail::Recoded recoded = mail::recode(draft.fields(), draft.body(), rules);
  if (recoded.parts == 0 && recoded.body.empty() && recoded.header.empty()) return false;
  if (!draft.replace(std::move(recoded.body))) return false;
  for (mail::Edit& edit : recoded.header) draft.edit(std::move(edit));
  transaction.tally.recoded += recoded.parts;
  return true;
}

}  // namespace

void prepare(Transaction& transaction, Draft& draft, base::Wall now) {
  const Settings& settings = transaction.snapshot->milter;
  if (settings.add_missing_fields) add_missing(transaction, draft, now);
  if (!transaction.plan.selection.keys.empty()) {
    write_address_fields(transaction, draft);
    if (settings.fold_long_fields) fold_long_fields(transaction, draft);
  }
  if (transaction.body.collected() && !transaction.plan.keeps_body &&
      (settings.recode_long_lines || settings.recode_eight_bit))
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
  mail::LongLineScan long_lines;
  bool eight_bit = false;
  if (changed) {
    draft.changed_body().for_each_piece([&](std::string_view piece) {
      long_lines.update(piece);
      eight_bit = eight_bit || mail::has_eight_bit(piece);
    });
  }
  if (changed ? long_lines.found() : transaction.body.has_long_line()) fragile.emplace_back("long-line");
  const bool has_long_field =
      std::any_of(draft.fields().begin(), draft.fields().end(), [&](const mail::Field& field) {
        return has_long_header_line(field) && is_signed_field(transaction, field);
      });
  if (has_long_field) fragile.emplace_back("long-header");
  note_address_fields(transaction, draft, fragile);
  if (changed ? eight_bit : transaction.body.has_eight_bit()) fragile.emplace_back("8bit");
}

}  // namespace signpost::milter
