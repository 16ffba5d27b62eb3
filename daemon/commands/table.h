// The command table: one row for each command. Dispatch, rights, `help`, usage errors and docs/control.md all come from
// it. The handlers are in suppress.cc, limit.cc, …: one file for each family of commands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/commands/caller.h"
#include "daemon/commands/context.h"
#include "daemon/commands/line.h"
#include "daemon/commands/line_source.h"
#include "daemon/commands/reply.h"
#include "daemon/commands/request.h"

namespace signpost::daemon::commands {

/// A hole (a word at its place) or an option (key=value).
struct Argument {
  std::string_view name;  ///< hole: as usage shows it ("ADDRESS"); option: its key
  ValueKind kind;
  std::string_view shown = {};  ///< option: how usage shows the value ("30d")
  bool required = true;         ///< options are optional unless said; optional holes stand last
};

/// What a caller bound to a tenant gets.
enum class ForTenant {
  denied,  ///< nothing
  /// Only what belongs to its tenant: values of the kind `tenant` are that tenant, and the handler asks Caller::sees.
  narrowed,
  same,  ///< the same as other callers: nothing in it belongs to a tenant
};

/// Bulk commands read their lines from `lines`; others do not touch it.
using HandlerFunction = void(const Request&, ControlContext&, LineSource& lines, Reply&);

struct Command {
  std::string_view words;  ///< "suppress add"
  Right needs;
  std::vector<Argument> holes = {};
  std::vector<Argument> options = {};
  std::string_view summary = {};  ///< one sentence
  std::string_view details =
      {};  ///< what the reader cannot guess, in lines of a terminal's width; may be empty
  HandlerFunction* run = nullptr;
  Body body = Body::fields;
  ForTenant for_tenant = ForTenant::denied;
  /// Lines follow the command up to one that is ".": they are read even if the command itself is refused, so
  /// that data is never taken for commands.
  bool takes_lines = false;
};

/// All commands, in the order of `help`.
const std::vector<Command>& commands();

/// The longest row whose words begin `words`, or nullptr.
const Command* find_command(const std::vector<Word>& words);
/// Fills the row's holes and options. Errors name the argument, what was expected, and the nearest known word.
tl::expected<Request, Refusal> fill(const Command& command, const std::vector<Word>& words);
/// The error for words that match no row.
Refusal unknown_command(const std::vector<Word>& words);

/// What the words ask for and who asks; a caller bound to a tenant has its tenant in every place for one. Refusal
/// `denied` if the caller lacks the right, or would reach what is not its tenant's.
tl::expected<Request, Refusal> admit(const Command& command, const std::vector<Word>& words,
                                     const Caller& caller);

/// "suppress add ADDRESS|@DOMAIN [reason=R] …".
std::string usage_line(const Command& command);
/// Body of `help COMMAND`, lines joined by "\n".
std::string help_text(const Command& command);
/// The answer to `help` and to `help ASKED`; needs no daemon.
void answer_help(std::string_view asked, Reply& reply);
/// docs/control.md.
std::string format_control_docs();

}  // namespace signpost::daemon::commands
