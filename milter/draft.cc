#include "milter/draft.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "base/text.h"
#include "milter/plan.h"

namespace signpost::milter {
namespace {

/// Edits that remove our own fields, the last one first, so that the numbers of the others stay valid.
std::vector<mail::Edit> strip_own_fields(const std::vector<mail::Field>& fields, bool judged_before) {
  std::vector<mail::Edit> edits;
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!is_removed(fields[i], judged_before)) continue;
    const std::size_t nth = ++seen[base::lower(fields[i].name)];
    edits.emplace_back(mail::RemoveField{fields[i].name, nth, i, fields[i].value});
  }
  std::reverse(edits.begin(), edits.end());
  return edits;
}

/// Removing is said without the value.
struct EditedField {
  std::size_t operator()(const mail::InsertField& edit) const { return edit.name.size() + edit.value.size(); }
  std::size_t operator()(const mail::AppendField& edit) const { return edit.name.size() + edit.value.size(); }
  std::size_t operator()(const mail::ChangeField& edit) const { return edit.name.size() + edit.after.size(); }
  std::size_t operator()(const auto&) const { return 0; }
};

}  // namespace

Draft::Draft(const Transaction& transaction)
    : fields_(without_own_fields(transaction.header.fields(), was_judged_before(transaction))),
      edits_(strip_own_fields(transaction.header.fields(), was_judged_before(transaction))),
      body_(transaction.body.bytes()) {}

bool Draft::edit(mail::Edit edit) {
  if (std::visit(EditedField{}, edit) > kMaxEditedField || !mail::apply_edit(fields_, edit)) return false;
  edits_.push_back(std::move(edit));
  return true;
}

Outcome Draft::take() && {
  Outcome outcome;
  outcome.edits = std::move(edits_);
  if (body_.changed()) outcome.body = std::move(body_);
  return outcome;
}

}  // namespace signpost::milter
