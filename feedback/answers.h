// What a refusal means and what to do about it, in words for whoever runs the mail: a table of our own, from the most
// special row to the most general. feedback/classify says which rule and reason a reply has; this only explains.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "feedback/classify.h"

namespace signpost::feedback {

struct Answer {
  /// A rule's name or a reason; the first row that fits in all of its columns answers.
  std::string_view of;
  Provider provider = Provider::any;
  std::string_view text = {};  ///< stands in the normalized reply; empty: any
  std::string_view means;
  std::string_view remedy;
};

std::span<const Answer> answers();

/// Never fails: every reason has a row. `text` is the reply as it came.
const Answer& find_answer(const Classification& found, Provider provider, std::string_view text);

struct Diagnosis {
  Classification found;
  Provider provider = Provider::any;
  const Answer* answer = nullptr;  ///< never null
};
/// Of one reply, as pasted from a log or a bounce: "550 5.7.1 ...", or a whole line of a log. At most 4 KiB are read.
Diagnosis diagnose(std::string_view reply);

/// Lines of "key: value" for people, or one JSON object and a line end. Printable bytes only.
std::string format_diagnosis(const Diagnosis& diagnosis, bool json);

/// "google", "microsoft", "yahoo"; empty for any.
std::string_view provider_word(Provider provider);

}  // namespace signpost::feedback
