// The command table as text for people: usage lines, `help`, docs/control.md.
#include <algorithm>

#include "base/text.h"
#include "daemon/commands/handlers.h"

namespace signpost::daemon::commands {
namespace {

/// The anchor that Markdown makes of a heading.
std::string anchor(std::string_view heading) {
  std::string text(heading);
  std::replace(text.begin(), text.end(), ' ', '-');
  return text;
}

std::string bracketed(const std::string& text, bool required) {
  return required ? text : "[" + text + "]";
}

std::string show_option(const Argument& option) {
  return bracketed(std::string(option.name) + "=" + std::string(option.shown), option.required);
}

constexpr std::string_view kDocsBegin = R"(# Control socket commands

<!-- Generated from the command table, daemon/commands/rows. After a change there run
     UPDATE_GOLDEN=1 build/dev/tests/daemon/test_daemon --gtest_filter='ControlDocs.*';
     a test fails while this file is stale. -->

One command per line, at most 64 KiB, any number on a connection; `signpostctl COMMAND …` sends the same
words. Words are separated by blanks; a value that contains blanks must be in double quotes, where `\"`, `\\` and
`\xNN` are escapes. A reply is one status line (`ok …` or `error KIND text`), body lines (`key=value`), for
a list a last line `end n=… [next=…]`, then an empty line. KIND is one of `usage`, `invalid`, `not-found`,
`denied`, `conflict`, `unavailable`, `limit`, `internal`.

*read* commands need membership in `control.read_group` or `control.admin_group`, *write* and *admin* commands in
`control.admin_group`; root and the daemon's own user may give every command. All others are refused.

## JSON
A line that begins with `form=json` (`form=json suppress list`; `signpostctl --json suppress list`) is answered in
JSON, one object a line, then an empty line. Numbers are numbers, yes and no are booleans, `-` is null, values joined
by commas are arrays. A reply about one thing is one object: `ok` is true, `result` is the word after `ok`, body lines
with one value are members, those with several are objects in the array `lines`; a key that can occur more than once
(`problem`, `hint`, `warning`, `needs-restart`) always has an array. A list is one object per line, after one with `ok`
if its status line has more to say, and before `{"next":KEY}` if there are more entries. Lines of `export`, `help` and
`metrics` are objects with `line`. An error is `{"ok":false,"kind":KIND,"text":…}`; after lines of a list it means
that the list is incomplete. Only a connection that is turned away and a line that is too long are answered in text.

## Exit codes
The codes are those of sysexits.h. Those of `signpostctl`: 0 success, 64 wrong usage, 65 the request was refused
because of its data, 66 a file is missing, 69 the daemon cannot be reached, 70 internal error, 73 an output file cannot
be created, 74 standard output cannot be written, 75 try again, 77 denied by the daemon or by the permissions of a file
or of the socket, 78 the configuration has errors. `message run` also exits with the verdict: 0 if the message would be
sent or discarded, 65 if it would be refused, 75 if it would be deferred. For monitoring, 1 means that the command
worked and found something wrong:

| command | 0 | 1 | 3 |
|---|---|---|---|
| `status` | the daemon is healthy | `state=degraded` | the daemon is not running |
| `dkim check` | every key and record is correct | `wrong` is not 0 | |
| `suppress check` | listed | not listed | |
| `suppress import` | every record was taken | `bad` is not 0 | |

`signpostd` and `signpost-web` exit with 0 if they were stopped or, with `-t`, found no error; 64 wrong usage, 66 the
configuration file is missing, 77 it may not be read, 78 it has errors. At start, 73 means that a socket, the policy
log or the spool cannot be opened. `signpostd` also exits with 70 after an internal error or if the state of limits
could not be saved when it stopped, 74 if the store is damaged, of another version or cannot be read, 75 if it cannot be
opened now (missing permissions, a full disk, or another process that has it open), and 78 if `suppression.key_file`
lacks a key that hashed listings need.

## Commands

)";

}  // namespace

std::string_view right_word(Right right) {
  switch (right) {
    case Right::read:
      return "read";
    case Right::write:
      return "write";
    case Right::admin:
      return "admin";
  }
  return "admin";
}

std::string usage_line(const Command& command) {
  std::string usage(command.words);
  for (const Argument& hole : command.holes) usage += " " + bracketed(std::string(hole.name), hole.required);
  for (const Argument& option : command.options) usage += " " + show_option(option);
  return usage;
}

std::string help_text(const Command& command) {
  std::string text = usage_line(command) + "\n" + std::string(command.summary);
  if (!command.details.empty()) text += "\n" + std::string(command.details);
  for (const Argument& hole : command.holes) {
    text += "\n  " + std::string(hole.name) + ": " + std::string(describe_kind(hole.kind));
  }
  for (const Argument& option : command.options) {
    text += "\n  " + show_option(option) + ": " + std::string(describe_kind(option.kind));
  }
  return text + "\n  needs: " + std::string(right_word(command.needs));
}

std::string format_control_docs() {
  std::string docs(kDocsBegin);
  docs += "| command | needs | what it does |\n|---|---|---|\n";
  for (const Command& command : commands()) {
    docs += "| [`" + std::string(command.words) + "`](#" + anchor(command.words) + ") | " +
            std::string(right_word(command.needs)) + " | " + std::string(command.summary) + " |\n";
  }
  for (const Command& command : commands()) {
    docs += "\n### " + std::string(command.words) + "\n```\n" + usage_line(command) + "\n```\n" +
            std::string(command.summary);
    if (!command.details.empty()) docs += " " + std::string(command.details);
    docs += "\n";
    for (const Argument& option : command.options) {
      docs += "- `" + std::string(option.name) + "`: " + std::string(describe_kind(option.kind)) + "\n";
    }
  }
  return docs;
}

void answer_help(std::string_view asked, Reply& reply) {
  if (asked.empty()) {
    reply.ok();
    for (const Command& command : commands()) reply.raw(usage_line(command));
    return;
  }
  std::vector<const Command*> found;
  for (const Command& command : commands()) {
    if (command.words == asked || command.words.starts_with(std::string(asked) + " "))
      found.push_back(&command);
  }
  if (found.empty()) return reply.error("usage", unknown_command({{"", std::string(asked)}}).text);
  reply.ok();
  for (const Command* command : found) {
    const std::string text = help_text(*command);
    for (const std::string_view line : base::split(text, '\n')) reply.raw(line);
  }
}

void help(const Request& request, ControlContext&, LineSource&, Reply& reply) {
  answer_help(request.text("COMMAND"), reply);
}

}  // namespace signpost::daemon::commands
