#include "tests/support/source_dir.h"

namespace signpost::tests {

std::string source_dir() {
  return SIGNPOST_SOURCE_DIR;
}

}  // namespace signpost::tests
