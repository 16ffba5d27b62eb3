// Words of actions and stages, the spelling of a reply, and the loop over the checks of a stage.
#include "policy/policy.h"

#include <utility>

namespace signpost::policy {

const char* action_word(Action action) {
  switch (action) {
    case Action::accept:
      return "accept";
    case Action::refuse:
      return "refuse";
    case Action::defer:
      return "defer";
    case Action::drop:
      return "drop";
    case Action::discard:
      return "discard";
    case Action::pass:
      return "pass";
    case Action::observe:
      return "observe";
  }
  return "accept";
}

const char* stage_word(Stage stage) {
  switch (stage) {
    case Stage::mail:
      return "mail";
    case Stage::rcpt:
      return "rcpt";
    case Stage::message:
      return "message";
  }
  return "message";
}

std::string Reply::format() const {
  std::string line = std::to_string(code) + " " + enhanced + " " + text;
  for (char& c : line) {
    if (c < ' ' || c > '~') c = '?';  // RFC 5321 §4.2: a reply is printable ASCII
  }
  return line;
}

Judgement judge(Stage stage, const Facts& facts) {
  Judgement judgement;
  for (const Check& check : checks()) {
    if (check.stage != stage) continue;
    Verdict verdict = check.run(facts);
    if (verdict.action == Action::accept) continue;
    if (verdict.action == Action::observe) {
      judgement.observed.push_back(std::move(verdict));
      continue;
    }
    judgement.verdict = std::move(verdict);
    break;
  }
  return judgement;
}

}  // namespace signpost::policy
