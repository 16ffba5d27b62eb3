// Times and reasons in other services' exports: a time that is read is written and read to the same moment.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/commands/import_formats.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto time = daemon::commands::parse_foreign_time(text);
  if (time) {
    const auto again = daemon::commands::parse_foreign_time(base::format_time(*time));
    if (!again || *again != *time) __builtin_trap();
  }
  const auto* format = daemon::commands::find_import_format({"EmailAddress", "Reason"});
  if (format == nullptr) __builtin_trap();
  (void)daemon::commands::parse_foreign_reason(*format, text);
  return 0;
}
