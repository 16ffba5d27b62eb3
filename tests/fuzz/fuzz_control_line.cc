// Command lines, whatever a client sends: what parses is written so that it parses to the same, and the
// command table takes or refuses it in one line. Also a value of each kind, the client's side (a status line, text and
// JSON), and the level's word.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/commands/line.h"
#include "daemon/commands/table.h"
#include "daemon/control/client.h"
#include "daemon/control/json_writer.h"
#include "system/daemon_log.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)signpost::daemon::control::parse_status_line(text);
  if (const auto level = signpost::system::parse_level(text);
      level && signpost::system::level_word(*level) != text)
    __builtin_trap();

  const auto json = signpost::daemon::control::parse_json_status(text);
  if (!json && json.error().text.empty()) __builtin_trap();
  for (int kind = 0; kind <= static_cast<int>(signpost::daemon::commands::ValueKind::words); ++kind) {
    const auto value = signpost::daemon::commands::parse_argument(
        static_cast<signpost::daemon::commands::ValueKind>(kind), text);
    if (!value && value.error().text.empty()) __builtin_trap();
  }

  const auto words = signpost::daemon::commands::parse_command_line(text);
  if (!words) return 0;
  const auto again =
      signpost::daemon::commands::parse_command_line(signpost::daemon::commands::format_command_line(*words));
  if (!again || *again != *words) __builtin_trap();
  const signpost::daemon::commands::Command* command = signpost::daemon::commands::find_command(*words);
  if (command == nullptr) {
    if (signpost::daemon::commands::unknown_command(*words).kind != "usage") __builtin_trap();
    return 0;
  }
  const auto request = signpost::daemon::commands::fill(*command, *words);
  if (!request && request.error().text.empty()) __builtin_trap();
  return 0;
}
