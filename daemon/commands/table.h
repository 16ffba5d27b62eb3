// The command table: a row for each command of the control socket, from which come dispatch, `help`, usage
// errors and docs/control.md. What a command does is in control_suppress, control_limit, …; one file a
// family.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/commands/channel.h"
#include "daemon/commands/context.h"
#include "daemon/commands/line.h"
#include "daemon/commands/reply.h"

namespace signpost::daemon::commands {

enum class Level { read, write };

/// What a value must look like. control_values.cc has the check and the description of each.
enum class ValueKind {
  address,
  listing,
  ip,
  domain,
  name,
  reason,
  number,
  duration,
  yes,
  rates,
  mode,
  log_level,
  path,
  key,
  text,
  words
};

/// A hole (a word at its place) or an option (key=value).
struct Argument {
  std::string_view name;  ///< hole: as usage shows it ("ADDRESS"); option: its key
  ValueKind kind;
  std::string_view shown = {};  ///< option: how usage shows the value ("30d")
  bool required = true;         ///< options are optional unless said; optional holes stand last
};

struct Request;
using HandlerFunction = void(const Request&, ControlContext&, ControlChannel&, Reply&);

struct Command {
  std::string_view words;  ///< "suppress add"
  Level level;
  std::vector<Argument> holes;
  std::vector<Argument> options;
  std::string_view summary;  ///< one sentence
  std::string_view details;  ///< what the reader cannot guess; may be empty
  HandlerFunction* run;
  /// Lines follow the command up to one that is ".": they are read even if the command itself is refused, so
  /// that data is never taken for commands.
  bool takes_lines = false;
  /// Body lines are text for people or other programs, not key=value.
  bool raw_body = false;
};

/// All commands, in the order of `help`.
const std::vector<Command>& commands();

/// A command with its values, each checked by its kind.
struct Request {
  const Command* command = nullptr;
  ControlPeer peer;
  std::map<std::string, std::string, std::less<>> values;
  /// The value of a hole or an option; empty if it was not given.
  const std::string& get(std::string_view name) const;
  bool has(std::string_view name) const { return values.find(name) != values.end(); }
};

/// Why words are no command: a KIND of the protocol and a text.
struct Refusal {
  std::string_view kind;
  std::string text;
  bool operator==(const Refusal&) const = default;
};

/// The longest row whose words begin `words`, or nullptr.
const Command* find_command(const std::vector<Word>& words);
/// Fills the row's holes and options. Errors name the argument, what was expected, and the nearest known
/// word.
tl::expected<Request, Refusal> fill(const Command& command, const std::vector<Word>& words);
/// For words that begin no row.
Refusal unknown_command(const std::vector<Word>& words);

/// "suppress add ADDRESS|@DOMAIN [reason=R] …".
std::string usage_line(const Command& command);
/// Body of `help COMMAND`, lines joined by "\n".
std::string help_text(const Command& command);
/// docs/control.md.
std::string format_control_docs();

/// Error `invalid` with what was expected.
base::Result<void> check_value(ValueKind kind, std::string_view value);
/// "an address", "a duration such as 30d".
std::string_view describe_kind(ValueKind kind);

}  // namespace signpost::daemon::commands
