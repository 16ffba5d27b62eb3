#include "programs/control_dispatch.h"

#include <string>

#include "programs/control_line.h"
#include "programs/control_reply.h"
#include "programs/control_table.h"

namespace signpost::programs {
namespace {

/// What the words ask for, or why not.
tl::expected<Request, Refusal> read_request(const Command* command, const std::vector<Word>& words,
                                            const ControlPeer& peer) {
  if (command == nullptr) return tl::unexpected(unknown_command(words));
  if (command->level == Level::write && peer.may != ControlPeer::May::write) {
    return tl::unexpected(
        Refusal{"denied", std::string(command->words) + " needs membership in control.admin_group"});
  }
  auto request = fill(*command, words);
  if (request) request->peer = peer;
  return request;
}

bool refuse(ControlChannel& channel, std::string_view kind, std::string_view text) {
  Reply reply(channel);
  reply.error(kind, text);
  return reply.finish();
}

}  // namespace

bool answer_line(std::string_view line, ControlChannel& channel, const ControlPeer& peer,
                 ControlContext& context) {
  const auto words = parse_command_line(line);
  if (!words) return refuse(channel, base::kind_word(words.error().kind), words.error().text);
  if (words->empty()) return true;
  const Command* command = find_command(*words);
  const auto request = read_request(command, *words, peer);
  if (!request) {
    if (command != nullptr && command->takes_lines && !skip_lines(channel)) return false;
    return refuse(channel, request.error().kind, request.error().text);
  }
  Reply reply(channel);
  command->run(*request, context, channel, reply);
  return reply.finish();
}

void converse(ControlChannel& channel, const ControlPeer& peer, ControlContext& context) {
  std::string line;
  for (bool open = true; open;) {
    switch (channel.read_line(line)) {
      case LineStatus::line:
        open = answer_line(line, channel, peer, context);
        break;
      case LineStatus::too_long:
        open = refuse(channel, "limit", "a line holds at most " + std::to_string(kMaxCommandLine) + " bytes");
        break;
      case LineStatus::closed:
        open = false;
        break;
    }
  }
}

}  // namespace signpost::programs
