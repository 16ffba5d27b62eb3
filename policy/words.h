// The fixed words of `reason=` in the log, as values: a verdict carries one, code compares values, and only the
// line that is written has text. The words never change once they were released; docs/log.md explains each. The
// words of `unsigned=` are dkim/unsigned's, those of `unrewritten=` and `unsub=` track's.
#pragma once

#include <iosfwd>
#include <span>

namespace signpost::policy {

/// Why a verdict is what it is.
enum class Why {
  none,  ///< "-": nothing stood against it
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
