// Which reason a word stands for that programs and people write.
#include <utility>

#include "importers/families.h"
#include "importers/records.h"

namespace signpost::importers {
namespace {

/// Words that programs and people write for a reason.
const std::vector<std::pair<std::string_view, Meaning>>& words() {
  static const std::vector<std::pair<std::string_view, Meaning>> kWords = {
      {"hardbounce", kHard},
      {"hardbounced", kHard},
      {"bounce", kHard},
      {"bounced", kHard},
      {"hard", kHard},
      {"invalid", kHard},
      {"invalidemail", kHard},
      {"softbounce", kSoft},
      {"softbounced", kSoft},
      {"soft", kSoft},
      {"complaint", kComplaint},
      {"complained", kComplaint},
      {"spam", kComplaint},
      {"spamcomplaint", kComplaint},
      {"spamreport", kComplaint},
      {"abuse", kComplaint},
      {"markedasspam", kComplaint},
      {"unsubscribe", kOptOut},
      {"unsubscribed", kOptOut},
      {"unsub", kOptOut},
      {"optout", kOptOut},
      {"optedout", kOptOut},
      {"manual", kManual},
      {"dncunsubscribed", kOptOut},
      {"dncbounced", kHard},
      {"dncmanuallyunsubscribed", kManualBulk},
      {"subscribed", kIgnored},
      {"active", kIgnored},
      {"enabled", kIgnored},
      {"ok", kIgnored}};
  return kWords;
}

}  // namespace

std::optional<Meaning> meaning_of_word(std::string_view word) {
  if (const auto own = policy::parse_reason(word))
    return Meaning{Fate::take, *own, Scope::by_reason, true, false};
  const std::string wanted = squeeze(word);
  for (const auto& [spelling, meaning] : words()) {
    if (spelling == wanted) return meaning;
  }
  return std::nullopt;
}

}  // namespace signpost::importers
