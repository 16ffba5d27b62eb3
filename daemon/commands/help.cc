// What the command table says to people: usage lines, `help`, docs/control.md.
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

<!-- Generated from the command table, daemon/commands/table.cc. After a change there run
     UPDATE_GOLDEN=1 build/dev/tests/daemon/test_daemon --gtest_filter='ControlDocs.*';
     a test fails while this file is stale. -->

One command a line, at most 64 KiB, any number on a connection; `signpostctl COMMAND …` sends the same
words. Words are separated by blanks; a value with blanks stands in double quotes, where `\"`, `\\` and
`\xNN` are escapes. A reply is one status line (`ok …` or `error KIND text`), body lines (`key=value`), for
a list a last line `end n=… [next=…]`, then an empty line. KIND is one of `usage`, `invalid`, `not-found`,
`denied`, `conflict`, `unavailable`, `limit`, `internal`.

*read* commands need membership in `control.read_group` or `control.admin_group`, *write* commands in
`control.admin_group`; root and the daemon's own user may do both. Nobody else gets an answer.

)";

}  // namespace

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
  return text + "\n  needs: " + (command.level == Level::write ? "write" : "read");
}

std::string format_control_docs() {
  std::string docs(kDocsBegin);
  docs += "| command | needs | what it does |\n|---|---|---|\n";
  for (const Command& command : commands()) {
    docs += "| [`" + std::string(command.words) + "`](#" + anchor(command.words) + ") | " +
            (command.level == Level::write ? "write" : "read") + " | " + std::string(command.summary) +
            " |\n";
  }
  for (const Command& command : commands()) {
    docs += "\n## " + std::string(command.words) + "\n```\n" + usage_line(command) + "\n```\n" +
            std::string(command.summary);
    if (!command.details.empty()) docs += " " + std::string(command.details);
    docs += "\n";
    for (const Argument& option : command.options) {
      docs += "- `" + std::string(option.name) + "`: " + std::string(describe_kind(option.kind)) + "\n";
    }
  }
  return docs;
}

void help(const Request& request, ControlContext&, ControlChannel&, Reply& reply) {
  if (!request.has("COMMAND")) {
    reply.ok();
    for (const Command& command : commands()) reply.raw(usage_line(command));
    return;
  }
  std::vector<const Command*> found;
  const std::string& asked = request.get("COMMAND");
  for (const Command& command : commands()) {
    if (command.words == asked || command.words.starts_with(asked + " ")) found.push_back(&command);
  }
  if (found.empty()) return reply.error("not-found", unknown_command({{"", asked}}).text);
  reply.ok();
  for (const Command* command : found) {
    const std::string text = help_text(*command);
    for (const std::string_view line : base::split(text, '\n')) reply.raw(line);
  }
}

}  // namespace signpost::daemon::commands
