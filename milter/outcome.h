// What a Session answers at end of message, as data: a Verdict and Edits. milter/apply turns it into
// libmilter's calls.
#pragma once

#include <optional>
#include <vector>

#include "mail/edit.h"
#include "mail/patch.h"
#include "policy/policy.h"

namespace signpost::milter {

/// The most that a field of an edit may have, name and value: libmilter sends an edit as one packet of at most 65,535 octets
/// (MILTER_MAX_DATA_SIZE) and fails otherwise.
constexpr std::size_t kMaxEditedField = 65000;

/// What the MTA is asked to do at end of message.
struct Outcome {
  policy::Verdict verdict;        ///< accept, refuse, defer, discard or pass
  std::vector<mail::Edit> edits;  ///< on header and recipients, in order
  /// The new body, if it changes. It refers to the message's own, which lives until Session::finish or abort.
  std::optional<mail::Patch> body;

  /// All of it, for files and undo.
  std::vector<mail::Edit> all_edits() const {
    std::vector<mail::Edit> all = edits;
    if (!body) return all;
    for (mail::Splice& splice : body->splices()) all.emplace_back(std::move(splice));
    return all;
  }
};

}  // namespace signpost::milter
