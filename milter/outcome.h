// What a Session answers at end of message, as data: a Verdict and Edits. milter/apply turns it into
// libmilter's calls.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mail/edit.h"
#include "policy/policy.h"

namespace signpost::milter {

/// The most that a field of an edit may have, name and value: libmilter sends an edit as one packet of at most 65,535 octets
/// (MILTER_MAX_DATA_SIZE) and fails otherwise.
constexpr std::size_t kMaxEditedField = 65000;

/// What the MTA is asked to do at end of message. Edits are ordered; body splices are already merged into `new_body`.
struct Outcome {
  policy::Verdict verdict;  ///< accept, refuse, defer, discard or pass
  /// Header and recipient edits, and (for tools and tests) the body's splices.
  std::vector<mail::Edit> edits;
  std::optional<std::string> new_body;  ///< whole body if it changes
};

}  // namespace signpost::milter
