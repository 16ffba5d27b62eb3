// parse_mime and parse_content_value: a message file in; every range lies within its parent's, in order.
#include <cstdint>
#include <string_view>

#include "mail/message.h"
#include "mail/mime.h"

using signpost::mail::Part;
using signpost::mail::Range;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

std::size_t check(const Part& part, const Range& within) {
  require(within.begin <= part.header.begin && part.header.begin <= part.header.end);
  require(part.content.begin <= part.content.end && part.content.end <= within.end);
  std::size_t parts = 1;
  std::size_t done = part.content.begin;
  for (const Part& child : part.children) {
    require(done <= child.header.begin && child.header.end <= child.content.begin);
    parts += check(child, part.content);
    done = child.content.end;
  }
  return parts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto message = signpost::mail::parse_message(input);
  const auto structure = signpost::mail::parse_mime(message.fields, message.body);
  require(check(structure.root, {0, message.body.size()}) <= 1001);
  require(signpost::mail::parse_content_value(input).parameters.size() <= 100);
  return 0;
}
