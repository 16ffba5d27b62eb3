// The file of told ids: lines are appended, and now and then it is written anew. Knows how to keep them through a crash; what they
// mean is release/keeper's.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "release/told_record.h"
#include "system/descriptor.h"

namespace signpost::release {

/// What the file holds, for who only looks: it is neither locked nor changed. Errors: `not_found`, else as of ToldFile::open.
base::Result<std::vector<ToldRecord>> read_told_file(const std::string& path);

/// Not thread-safe. One process at a time has it open: it is locked.
class ToldFile {
 public:
  /// Calls `each` for every line in order; makes the file if there is none. What a crash left of a last line is cut off: nobody
  /// was told that it is kept. Errors: `corrupt` with the number of a line in the middle that cannot be read, or if it is another
  /// kind of file; `unavailable` if another process has it, or it cannot be opened.
  static base::Result<ToldFile> open(const std::string& path, const std::function<void(ToldRecord)>& each);

  /// On disk if `durable`, else it may be lost with the power. After an error only `rewrite` helps.
  base::Result<void> append(const std::string& lines, bool durable);
  /// Replaces all lines; on disk when it returns. After an error the former file is unchanged.
  base::Result<void> rewrite(const std::string& lines);
  std::size_t lines() const { return lines_; }

 private:
  ToldFile(std::string path, system::Descriptor file, std::size_t lines)
      : path_(std::move(path)), file_(std::move(file)), lines_(lines) {}
  std::string path_;
  system::Descriptor file_;
  std::size_t lines_ = 0;
  bool synced_ = true;
};

}  // namespace signpost::release
