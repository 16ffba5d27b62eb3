// A dialogue: one conversation with the filter in a text file that reads like the protocol, one step a line.
// Knows the words and their shape; what a step does is told by the two players (in memory,
// against the daemon).
//
// clang-format off
//   config … end        the configuration (TOML lines between); before the first step, or before `reload`
//   store suppress ADDRESS REASON [option=value…]    as `suppress add`; tenant=- if none is named
//   store broken        (memory only) nothing can be looked up any more
//   control COMMAND => TEXT       some line of the answer is, or holds, the text
//   style postfix|sendmail        how the MTA speaks; before connect
//   connect [client=IP] [name=HOST] [daemon=NAME] | connect local [daemon=NAME]   implied by the first `mail`
//   mail ADDRESS [auth=LOGIN] [size=N] [envid=ID|again]    `again` is the id that the last message got; `<>` is the null sender; implies abort of an open transaction
//   rcpt ADDRESS => continue | CODE ENHANCED [text…]
//   send FILE => accept | discard | CODE ENHANCED [text…]    FILE beside the dialogue, or data/…
//   again [body|subject|signature] => …    the last message with its edits, that part changed if named
//   edit KIND [NAME|ADDRESS] [~ text]      some edit of the last message: insert-header, add-header, change-header,
//                       remove-header, delete-recipient, replace-body, change-sender (its parameters); `edit none`: no edit at all
//   no-edit KIND [NAME|ADDRESS] [~ text]
//   log KEY=VALUE…      some line since the last `mail` has all of these; no-log: none has
//   abort | quit | cut  RSET; end of the connection in order; without a word
//   tick DURATION       (memory only) the clock moves on
//   reload => ok | error    takes the latest config
// clang-format on
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace signpost::tests {

struct Step {
  int line = 0;
  std::string verb;
  std::vector<std::string> words;              ///< plain ones, in order
  std::map<std::string, std::string> options;  ///< key=value ones; values may be in double quotes
  std::optional<std::string> near;             ///< after "~"
  std::string expected;                        ///< after "=>"
  std::string text;                            ///< all between the verb and "=>", as written
  std::string block;                           ///< config: the lines up to `end`
};

struct Dialogue {
  std::vector<Step> steps;
  /// Uses a step that only the player in memory has (tick, store broken).
  bool memory_only = false;
};

/// Errors name the line: an unknown verb, a block without end, a missing expectation.
base::Result<Dialogue> parse_dialogue(std::string_view text);

/// True if the answer fits: equal, or the expected text is a prefix ending at a word's end ("550 5.7.1" fits
/// "550 5.7.1 Recipient suppressed (manual)").
bool fits(std::string_view expected, std::string_view answer);

/// The keys of one policy-log line in text form, addresses without their brackets; the time is under "at".
std::map<std::string, std::string> parse_log_line(std::string_view line);

}  // namespace signpost::tests
