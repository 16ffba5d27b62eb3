// Recipients that the suppression list cannot be asked about, because they cannot be read, or in more ways than can
// be looked up (mail/readings). Passing them would let a listed address through in another spelling (an unclosed
// quote): the MTA may unwrap it and deliver. So only a plain name without a domain passes: it is the MTA's own
// mailbox (`root`), and the MTA judges it.
#include <algorithm>

#include "base/text.h"
#include "policy/checks.h"

namespace signpost::policy {

namespace {

std::string_view without_brackets(std::string_view given) {
  if (given.size() >= 2 && given.front() == '<' && given.back() == '>')
    given = given.substr(1, given.size() - 2);
  return given;
}

/// No "%" or "!", which MTAs turn into a domain, and nothing that needs quotes.
bool is_local_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return base::is_alnum(c) || std::string_view("+-._=").find(c) != std::string_view::npos;
  });
}

}  // namespace

Verdict check_recipient(const Facts& facts) {
  if (!facts.recipient || was_judged_at_submit(facts.envelope)) return {};
  if (facts.recipient->address && !facts.recipient->too_many_readings) return {};
  if (facts.envelope.is_report() || is_local_name(without_brackets(facts.recipient->given))) return {};
  return {Action::refuse, Why::bad_recipient, "recipient", {550, "5.1.3", "Bad recipient address"}};
}

}  // namespace signpost::policy
