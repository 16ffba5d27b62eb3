// The exit codes of all programs (those of sysexits.h), by name. Scripts rely on them: docs and tests
// use the same words.
#pragma once

namespace signpost::system {

inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 64;         ///< wrong command line
inline constexpr int kExitDataError = 65;     ///< bad input
inline constexpr int kExitNoInput = 66;       ///< a file is missing
inline constexpr int kExitUnavailable = 69;   ///< the daemon cannot be reached
inline constexpr int kExitSoftware = 70;      ///< internal error
inline constexpr int kExitCannotCreate = 73;  ///< an output file or socket cannot be made
inline constexpr int kExitIoError = 74;
inline constexpr int kExitTemporary = 75;
inline constexpr int kExitNoPermission = 77;
inline constexpr int kExitConfig = 78;

}  // namespace signpost::system
