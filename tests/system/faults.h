// A machine that fails, for the tests of system/file: the calls below are wrapped when test_system is linked
// (--wrap), so that the product's own code runs as it is. Without a planned fault every call is the system's own.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace signpost::system::faults {

/// What a call does instead of its work. Each fault happens once, in the order in which they are planned for
/// that call.
struct Fault {
  std::string call;       ///< "write", "pwrite", "read", "pread", "fsync", "close", "renameat"
  int error = 0;          ///< fails with this errno; 0: does a part only
  std::size_t bytes = 1;  ///< then at most so many
  std::size_t after = 0;  ///< how many calls of that name go well before
};

/// From now on until its end, for the calling thread's calls. Only one at a time.
class Plan {
 public:
  explicit Plan(std::vector<Fault> faults);
  ~Plan();
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  /// True if every fault has happened: the test would prove nothing otherwise.
  bool is_spent() const;
};

}  // namespace signpost::system::faults
