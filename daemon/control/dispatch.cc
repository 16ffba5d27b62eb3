#include "daemon/control/dispatch.h"

#include <memory>
#include <string>
#include <vector>

#include "daemon/commands/line.h"
#include "daemon/commands/reply.h"
#include "daemon/commands/table.h"
#include "daemon/control/json_writer.h"
#include "daemon/control/text_writer.h"

namespace signpost::daemon::control {
namespace {

using commands::Refusal;

constexpr std::string_view kForm = "form";  ///< the key of the first word that asks for a form

/// Removes the form from the words; without one it is text. Refusal `usage` for an unknown form.
tl::expected<std::unique_ptr<commands::ReplySink>, Refusal> take_form(std::vector<commands::Word>& words,
                                                                      ControlChannel& channel) {
  if (words.empty() || words.front().key != kForm) return std::make_unique<TextWriter>(channel);
  const std::string form = words.front().value;
  words.erase(words.begin());
  if (form == "json") return std::make_unique<JsonWriter>(channel);
  if (form == "text") return std::make_unique<TextWriter>(channel);
  return tl::unexpected(Refusal{"usage", "form must be text or json"});
}

/// What the words ask for, or why not.
tl::expected<commands::Request, Refusal> read_request(const commands::Command* command,
                                                      const std::vector<commands::Word>& words,
                                                      const commands::Caller& caller) {
  if (command == nullptr) return tl::unexpected(commands::unknown_command(words));
  return commands::admit(*command, words, caller);
}

bool refuse(commands::ReplySink& sink, const Refusal& refusal) {
  commands::Reply reply(commands::Body::fields, sink);
  reply.error(refusal.kind, refusal.text);
  return reply.finish();
}

/// For a line that was not understood: its first word tells the form.
bool refuse_line(std::string_view line, ControlChannel& channel, const Refusal& refusal) {
  if (line.starts_with(kAskForJson)) {
    JsonWriter writer(channel);
    return refuse(writer, refusal);
  }
  TextWriter writer(channel);
  return refuse(writer, refusal);
}

}  // namespace

bool answer_line(std::string_view line, ControlChannel& channel, const commands::Caller& caller,
                 commands::ControlContext& context) {
  auto words = commands::parse_command_line(line);
  if (!words) return refuse_line(line, channel, commands::refusal_of(words.error()));
  if (words->empty()) return true;
  auto sink = take_form(*words, channel);
  const commands::Command* command = commands::find_command(*words);
  const auto request = sink ? read_request(command, *words, caller) : tl::unexpected(sink.error());
  if (!request) {
    if (command != nullptr && command->takes_lines && !commands::skip_lines(channel)) return false;
    return sink ? refuse(**sink, request.error()) : refuse_line({}, channel, request.error());
  }
  commands::Reply reply(command->body, **sink);
  command->run(*request, context, channel, reply);
  return reply.finish();
}

void converse(ControlChannel& channel, const commands::Caller& caller, commands::ControlContext& context) {
  std::string line;
  for (bool open = true; open;) {
    switch (channel.read_line(line)) {
      case commands::LineStatus::line:
        open = answer_line(line, channel, caller, context);
        break;
      case commands::LineStatus::too_long:
        open = refuse_line({}, channel,
                           {"limit", "a line must not be longer than " +
                                         std::to_string(commands::kMaxCommandLine) + " bytes"});
        break;
      case commands::LineStatus::closed:
        open = false;
        break;
    }
  }
}

}  // namespace signpost::daemon::control
