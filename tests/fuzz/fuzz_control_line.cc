// Command lines, whatever a client sends: what parses is written so that it parses to the same, and the
// command table takes or refuses it in one line. Also the client's side: a status line, and the level's word.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "programs/control_client.h"
#include "programs/control_line.h"
#include "programs/control_table.h"
#include "programs/daemon_log.h"

using namespace signpost::programs;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_status_line(text);
  if (const auto level = parse_level(text); level && level_word(*level) != text) __builtin_trap();

  const auto words = parse_command_line(text);
  if (!words) return 0;
  const auto again = parse_command_line(format_command_line(*words));
  if (!again || *again != *words) __builtin_trap();
  const Command* command = find_command(*words);
  if (command == nullptr) {
    if (unknown_command(*words).kind != "usage") __builtin_trap();
    return 0;
  }
  const auto request = fill(*command, *words);
  if (!request && request.error().text.empty()) __builtin_trap();
  return 0;
}
