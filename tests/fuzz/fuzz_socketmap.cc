// Requests of a socketmap: client, whatever is sent: what parses lies within the bytes and is the netstring that it says; more
// bytes behind it change nothing, and of its first bytes alone nothing is made.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "system/socketmap/protocol.h"

using namespace signpost::system::socketmap;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto request = parse_socketmap_request(bytes);
  if (!request) {
    require(!request.error().text.empty());
    // More bytes do not mend it.
    require(!parse_socketmap_request(std::string(bytes) + "0:,"));
    return 0;
  }
  if (!*request) {
    require(size <= kMaxRequest + 7);
    return 0;
  }
  const Request& found = **request;
  require(found.bytes <= size && !found.map.empty());
  const std::string content = std::string(found.map) + " " + std::string(found.key);
  require(content.size() <= kMaxRequest);
  const std::string whole = std::to_string(content.size()) + ":" + content + ",";
  require(bytes.substr(0, found.bytes) == whole);
  for (const std::size_t cut : {std::size_t{0}, found.bytes / 2, found.bytes - 1}) {
    const auto early = parse_socketmap_request(bytes.substr(0, cut));
    require(early && !*early);
  }
  const auto late = parse_socketmap_request(whole + "x");
  require(late && *late && (*late)->bytes == found.bytes);

  const std::string reply = format_reply({Reply::Kind::ok, std::string(found.key)});
  require(reply.ends_with(",") && reply.find(":OK ") != std::string::npos);
  return 0;
}
