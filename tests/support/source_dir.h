// Where the source tree is: in one source file, so that no other test's compile command names the place of
// the clone, and a compiler cache serves every clone.
#pragma once

#include <string>

namespace signpost::tests {

/// Absolute, without a slash at its end.
std::string source_dir();

}  // namespace signpost::tests
