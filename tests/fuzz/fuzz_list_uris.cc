// parse_list_uris: what comes out holds no blank and no bracket, and reads back the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "track/unsubscribe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace signpost;
  const auto uris = track::parse_list_uris({reinterpret_cast<const char*>(data), size});
  if (!uris) return 0;
  std::string again;
  for (const std::string& uri : *uris) {
    if (uri.empty() || uri.find_first_of("<>") != uri.npos) __builtin_trap();
    again += "<" + uri + ">, ";
  }
  if (track::parse_list_uris(again) != *uris) __builtin_trap();
  return 0;
}
