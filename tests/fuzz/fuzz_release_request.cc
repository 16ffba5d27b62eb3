// Requests to signpost-release, whatever is sent: what parses is written back byte for byte, and its id cannot be an option, a path
// or a word of postsuper; and the bytes as a conversation, in pieces, give the same answers as in one.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "release/conversation.h"
#include "release/protocol.h"
#include "release/queue_id.h"

using namespace signpost;
using namespace signpost::release;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check_request(std::string_view line) {
  const auto request = parse_release_request(line);
  if (!request) {
    require(!request.error().text.empty());
    return;
  }
  require(format_release_request(*request) == std::string(line) + "\n");
  if (request->verb == Verb::list) return;
  const std::string& id = request->id;
  require(is_postfix_id(id) || is_sendmail_id(id));
  require(id.size() >= 6 && id.size() <= kMaxQueueId);
  for (const char c : id) require(base::is_alnum(c));
  for (int depth = 0; depth < 4; ++depth)
    require(hashed_directory(id, depth).size() == 2 * static_cast<std::size_t>(depth));
}

/// All answers to bytes that come in pieces.
std::string converse(std::string_view bytes, std::size_t piece) {
  Conversation talk;
  std::string out;
  for (std::size_t at = 0; at < bytes.size() && talk.takes_bytes(); at += piece) {
    talk.receive(bytes.substr(at, piece));
    do {
      for (const auto& asked : talk.take_requests(7)) {
        const Verb verb = asked.request ? asked.request->verb : Verb::list;
        talk.answer(asked.slot, format_reply(verb, asked.request ? Reply{} : Reply{Answer::invalid, "x"}));
      }
    } while (talk.has_more());
    out += talk.out();
    talk.sent(talk.out().size());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  for (const std::string_view line : base::split(bytes, '\n')) check_request(line);
  if (size < Conversation::kMaxIn) require(converse(bytes, 1) == converse(bytes, size + 1));
  return 0;
}
