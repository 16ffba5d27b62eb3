// judge(): the checks of a stage in their order, each a pure function of what is known. The table is
// policy/checks.cc; CONTRIBUTING.md explains how to add a check. Nothing here talks to an MTA or changes
// state. How checks, probation and limits follow each other is policy/judging.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mail/envelope.h"
#include "mail/message.h"
#include "policy/limits/overrides.h"
#include "policy/settings.h"
#include "policy/suppression.h"
#include "policy/words.h"

namespace signpost::policy {

enum class Action { accept, refuse, defer, hold, drop, discard, pass, observe };
const char* action_word(Action action);

/// What the MTA tells its client. The enhanced code's class always equals the code's (a mismatch breaks a
/// Postfix session). Printable ASCII, "%" not yet doubled (milter/apply does).
struct Reply {
  int code = 0;          ///< 4xx or 5xx, never 421
  std::string enhanced;  ///< "5.7.1"
  std::string text;
  std::string format() const;  ///< "550 5.7.1 text"
};

/// The answer of a check or of all of them.
struct Verdict {
  Action action = Action::accept;
  Why reason = Why::none;
  std::string rule = {};  ///< the listing's reason, the limit's name, the check or the setting; empty: none
  Reply reply = {};       ///< for refuse and defer
  bool trap = false;      ///< the recipient is a spam trap: an alarm, and it counts against the tenant
};

enum class Stage { mail, rcpt, message };
const char* stage_word(Stage stage);

/// Everything a check may look at. References live as long as the call.
struct Facts {
  const Settings& settings;
  const limits::Overrides& overrides;
  const mail::Envelope& envelope;
  const Tenant& tenant;
  const mail::Recipient* recipient = nullptr;  ///< at Stage::rcpt
  /// What the list says of the recipient, looked up once by policy/judging; nullptr: it has no say.
  const base::Result<SuppressionAnswer>* listed = nullptr;
  const std::vector<mail::Field>* fields = nullptr;  ///< the header, at Stage::message
  /// Limits were charged for the whole message when it passed here before: not again.
  bool charged_before = false;
  base::Wall now{};
};

/// A check returns accept to let the next one speak. Verdicts with Action::observe are logged and do
/// not end the judging.
using CheckFunction = Verdict (*)(const Facts&);
struct Check {
  const char* name;  ///< as in log, stats, explain and docs
  Stage stage;
  const char* summary;  ///< one sentence for docs and explain
  CheckFunction run;
};
const std::vector<Check>& checks();

/// All checks of the stage in table order: the first verdict that is not accept or observe, with the
/// observations made before it.
struct Judgement {
  Verdict verdict;
  std::vector<Verdict> observed;
};
struct Trace;
/// With a trace all of them are asked, and each adds its step; the judgement is the same.
Judgement judge(Stage stage, const Facts& facts, Trace* trace = nullptr);

/// Whether the list has a say about the recipient: an address, not of a report of the MTA; in role egress, of mail that was
/// judged at submit, only if the settings say so.
bool is_listable(const Facts& facts);
/// What the listings found for the recipient mean for this tenant, stream and moment. For mail that was judged at submit,
/// those that ended are over: the trial that it may be began there.
SuppressionAnswer decide_listings(const Facts& facts, const std::vector<Listing>& listings);

// Probation: judged after the checks, because letting a message through changes the store (policy/probation).

/// What came of asking for it: observe (reason=probation) if the message may go, else what the listing says.
Verdict probation_verdict(const Facts& facts, const Listing& listing, const base::Result<bool>& begun);

}  // namespace signpost::policy
