// The version, as CMakeLists.txt's project() has it.
#pragma once

namespace signpost::base {

inline constexpr const char* kVersion = SIGNPOST_VERSION;

}  // namespace signpost::base
