// Lines straight to stderr, for a program that logs little: no queue, no thread, no library.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/mutex.h"
#include "system/log_lines.h"

namespace signpost::system {

/// Thread-safe; lines of several threads do not mix. If the reader of stderr (a pipe, the journal's socket) does
/// not take a line at once, the line is lost.
/// Limitation: if stderr is a file, writing waits for a slow disk.
class StandardError final : public LogLines {
 public:
  /// Writes to another descriptor in tests, which must stay open.
  explicit StandardError(int descriptor = 2) : descriptor_(descriptor) {}
  /// Must be moved only before it is used.
  StandardError(StandardError&& other) noexcept : descriptor_(other.descriptor_) {}
  void write(std::string_view line, int syslog_priority) override;
  std::uint64_t lost() const;

 private:
  const int descriptor_;
  /// Held across I/O: while a line is written, so that lines do not mix. See the limitation above.
  mutable base::Mutex mutex_;
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
};

}  // namespace signpost::system
