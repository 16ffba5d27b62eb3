#include "daemon/control/dispatch.h"

#include <string>

#include "daemon/commands/line.h"
#include "daemon/commands/reply.h"
#include "daemon/commands/table.h"

namespace signpost::daemon::control {
namespace {

/// What the words ask for, or why not.
tl::expected<commands::Request, commands::Refusal> read_request(const commands::Command* command,
                                                                const std::vector<commands::Word>& words,
                                                                const commands::ControlPeer& peer) {
  if (command == nullptr) return tl::unexpected(commands::unknown_command(words));
  if (command->level == commands::Level::write && peer.may != commands::ControlPeer::May::write) {
    return tl::unexpected(commands::Refusal{
        "denied", std::string(command->words) + " needs membership in control.admin_group"});
  }
  auto request = commands::fill(*command, words);
  if (request) request->peer = peer;
  return request;
}

bool refuse(commands::ControlChannel& channel, std::string_view kind, std::string_view text) {
  commands::Reply reply(channel);
  reply.error(kind, text);
  return reply.finish();
}

}  // namespace

bool answer_line(std::string_view line, commands::ControlChannel& channel, const commands::ControlPeer& peer,
                 commands::ControlContext& context) {
  const auto words = commands::parse_command_line(line);
  if (!words) return refuse(channel, base::kind_word(words.error().kind), words.error().text);
  if (words->empty()) return true;
  const commands::Command* command = commands::find_command(*words);
  const auto request = read_request(command, *words, peer);
  if (!request) {
    if (command != nullptr && command->takes_lines && !commands::skip_lines(channel)) return false;
    return refuse(channel, request.error().kind, request.error().text);
  }
  commands::Reply reply(channel);
  command->run(*request, context, channel, reply);
  return reply.finish();
}

void converse(commands::ControlChannel& channel, const commands::ControlPeer& peer,
              commands::ControlContext& context) {
  std::string line;
  for (bool open = true; open;) {
    switch (channel.read_line(line)) {
      case commands::LineStatus::line:
        open = answer_line(line, channel, peer, context);
        break;
      case commands::LineStatus::too_long:
        open = refuse(channel, "limit",
                      "a line holds at most " + std::to_string(commands::kMaxCommandLine) + " bytes");
        break;
      case commands::LineStatus::closed:
        open = false;
        break;
    }
  }
}

}  // namespace signpost::daemon::control
