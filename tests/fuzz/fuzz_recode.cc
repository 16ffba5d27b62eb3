// Recoding: whatever the message, edits apply, undo to the original, and a second pass finds nothing to do.
#include <cstdint>
#include <string_view>

#include "mail/message.h"
#include "mail/recode.h"

namespace {

using namespace signpost;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(const mail::Message& message, const mail::RecodeRules& rules) {
  const mail::Recoded recoded = mail::recode(message.fields, message.body, rules);
  std::vector<mail::Edit> edits = recoded.header;
  require(mail::are_in_order(recoded.body, message.body.size()));
  for (mail::Splice& splice : mail::splices_of(message.body, recoded.body))
    edits.emplace_back(std::move(splice));
  const auto changed = mail::apply_edits(message, edits);
  require(changed.has_value());
  const auto undone = mail::undo_edits(*changed, edits);
  require(undone && undone->fields == message.fields && undone->body == message.body);
  require(mail::recode(changed->fields, changed->body, rules).parts == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mail::Message message = mail::parse_message({reinterpret_cast<const char*>(data), size});
  check(message, {true, true, 100});
  check(message, {true, false, mail::kMaxLine});
  for (const mail::Field& field : message.fields)
    require(mail::unfold(mail::refold(field.name, field.value)) == mail::unfold(field.value));
  return 0;
}
