// The fixed words of `reason=` in the log, as values: a verdict carries one, code compares values, and only the
// written line contains the text. A released word never changes; docs/log.md explains each. dkim/unsigned has the
// words of `unsigned=`, track those of `unrewritten=` and `unsub=`.
#pragma once

#include <iosfwd>
#include <span>

namespace signpost::policy {

/// The reason of a verdict.
enum class Why {
  none,  ///< "-": there was no objection
  suppressed,
  trap,
  probation,
  self_check,
  limit,
  sender_not_allowed,
  from_not_allowed,
  bad_from,
  foreign_from,
  bad_sender,
  bad_recipient,
  tenant_paused,
  bad_role,
  no_key,
  store_unavailable,
  sign_error,
  apply_failed,
  internal,
  negotiation,
  shutting_down,
  all_dropped,
  all_refused,
  all_deferred,
  aborted,
  not_outbound,
  reinjected,
  strangers_submission,
  too_many_recipients,
  not_signed,
  header_too_large,
  no_memory,
  hold_unavailable,
  send_at,
  bad_send_at,
  feedback,
};

struct WhyWord {
  Why why;
  const char* word;
};
/// All of them, in the order of the enumerators.
std::span<const WhyWord> why_words();
const char* why_word(Why why);
/// For the messages of tests.
std::ostream& operator<<(std::ostream& out, Why why);

}  // namespace signpost::policy
