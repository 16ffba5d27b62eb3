// parse_form: the first line is the content type, the rest the body. No value is longer than the body.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "system/http_form.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view type = text.substr(0, text.find('\n'));
  const std::string_view body = text.substr(type.size() == size ? size : type.size() + 1);
  const auto fields = signpost::system::parse_form(type, body);
  if (!fields) return 0;
  std::size_t sum = 0;
  for (const auto& [name, value] : *fields) sum += name.size() + value.size();
  if (fields->size() > 64 || sum > size) __builtin_trap();
  return 0;
}
