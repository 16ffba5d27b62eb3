#include "policy/words.h"

#include <cstddef>
#include <iterator>
#include <ostream>

namespace signpost::policy {
namespace {

constexpr WhyWord kWords[] = {
    {Why::none, "-"},
    {Why::suppressed, "suppressed"},
    {Why::trap, "trap"},
    {Why::probation, "probation"},
    {Why::self_check, "self-check"},
    {Why::limit, "limit"},
    {Why::sender_not_allowed, "sender-not-allowed"},
    {Why::from_not_allowed, "from-not-allowed"},
    {Why::bad_from, "bad-from"},
    {Why::foreign_from, "foreign-from"},
    {Why::bad_sender, "bad-sender"},
    {Why::bad_recipient, "bad-recipient"},
    {Why::tenant_paused, "tenant-paused"},
    {Why::bad_role, "bad-role"},
    {Why::no_key, "no-key"},
    {Why::store_unavailable, "store-unavailable"},
    {Why::sign_error, "sign-error"},
    {Why::apply_failed, "apply-failed"},
    {Why::internal, "internal"},
    {Why::negotiation, "negotiation"},
    {Why::shutting_down, "shutting-down"},
    {Why::all_dropped, "all-dropped"},
    {Why::all_refused, "all-refused"},
    {Why::all_deferred, "all-deferred"},
    {Why::aborted, "aborted"},
    {Why::not_outbound, "not-outbound"},
    {Why::reinjected, "reinjected"},
    {Why::strangers_submission, "strangers-submission"},
    {Why::too_many_recipients, "too-many-recipients"},
    {Why::not_signed, "not-signed"},
    {Why::header_too_large, "header-too-large"},
    {Why::no_memory, "no-memory"},
    {Why::hold_unavailable, "hold-unavailable"},
    {Why::send_at, "send-at"},
    {Why::bad_send_at, "bad-send-at"},
    {Why::feedback, "feedback"},
};

constexpr bool are_in_order() {
  for (std::size_t i = 0; i < std::size(kWords); ++i) {
    if (static_cast<std::size_t>(kWords[i].why) != i) return false;
  }
  return std::size(kWords) == static_cast<std::size_t>(Why::feedback) + 1;
}
static_assert(are_in_order());

}  // namespace

std::span<const WhyWord> why_words() {
  return kWords;
}

const char* why_word(Why why) {
  return kWords[static_cast<std::size_t>(why)].word;
}

std::ostream& operator<<(std::ostream& out, Why why) {
  return out << why_word(why);
}

}  // namespace signpost::policy
