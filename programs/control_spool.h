// Text lines on disk until they are wanted again: a file without a name, so that a long import needs little
// memory and a crash leaves nothing behind.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::programs {

/// Written to the end, then read from the beginning. One thread.
class LineSpool {
 public:
  static base::Result<LineSpool> open(const std::string& directory);
  /// False once a write failed.
  bool add(std::string_view line);
  /// Ends the writing. Error `unavailable` if anything was not written.
  base::Result<void> rewind();
  /// False at the end.
  bool next(std::string& line);

 private:
  struct Close {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };
  explicit LineSpool(std::FILE* file) : file_(file) {}
  std::unique_ptr<std::FILE, Close> file_;
  bool failed_ = false;
};

}  // namespace signpost::programs
