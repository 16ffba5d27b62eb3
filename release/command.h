// Runs one program to its end: by its absolute path, without a shell, with an environment, a directory and descriptors of its
// own, and for a limited time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace signpost::release {

struct CommandResult {
  int status = 0;      ///< the exit code, or 128 and the signal that ended it
  std::string output;  ///< the first kMaxOutput bytes of standard output and error
};
inline constexpr std::size_t kMaxOutput = std::size_t{64} << 10;

/// `words[0]` is an absolute path. `input` is its whole standard input. Its environment is PATH of the system's directories only,
/// its directory "/"; it inherits no other descriptor, no signal mask and no ignored signal. After `limit` it is killed with
/// all of its process group. Errors: not_found, unavailable (it could not be started, or took too long).
base::Result<CommandResult> run_command(const std::vector<std::string>& words, std::string_view input,
                                        std::chrono::milliseconds limit);

/// The first line of an output that says something, without control bytes and cut off at 200, for a log.
std::string first_line(std::string_view output);

}  // namespace signpost::release
