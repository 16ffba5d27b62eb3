// What a task of signpostctl says and leaves behind: complaints on standard error, its result on standard output or in a file,
// and the exit status that goes with it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::programs {

inline constexpr int kExitNotRunning = 3;  ///< `status`, as for init scripts
inline constexpr int kExitNotWhole = 1;  ///< something was found wrong, as with kAlarms of programs/ctl/reply

void complain(const std::string& text);

/// Prints what went wrong with a file and returns the exit code for it.
int file_failed(const base::Error& error, int unavailable_code);

/// To standard output. Returns the exit code.
int put(std::string_view text);

/// Writes over an earlier file of the kind, else only with --replace. `begin`: how all of the kind begin. Returns the exit code.
int write_output(const std::string& path, std::string_view text, const char* what, std::string_view begin,
                 bool replace);

}  // namespace signpost::programs
