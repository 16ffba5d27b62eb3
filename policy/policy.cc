// Words of actions and stages, the spelling of a reply, and the loop over the checks of a stage.
#include "policy/policy.h"

#include <utility>

#include "policy/trace.h"

namespace signpost::policy {

const char* action_word(Action action) {
  switch (action) {
    case Action::accept:
      return "accept";
    case Action::refuse:
      return "refuse";
    case Action::defer:
      return "defer";
    case Action::hold:
      return "hold";
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

Judgement judge(Stage stage, const Facts& facts, Trace* trace) {
  Judgement judgement;
  bool decided = false;
  for (const Check& check : checks()) {
    if (check.stage != stage) continue;
    Verdict verdict = check.run(facts);
    const bool decides = !decided && verdict.action != Action::accept && verdict.action != Action::observe;
    if (trace != nullptr) {
      trace->steps.push_back(step_of(Step::Kind::check, stage, check.name, verdict, decides));
    }
    if (decided || verdict.action == Action::accept) continue;
    if (verdict.action == Action::observe) {
      judgement.observed.push_back(std::move(verdict));
      continue;
    }
    judgement.verdict = std::move(verdict);
    decided = true;
    if (trace == nullptr) break;
  }
  return judgement;
}

}  // namespace signpost::policy
