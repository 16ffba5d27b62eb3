// A file that another program writes and rotates, read line by line from where reading ended last time, also across a rotation
// that happened while we were away. Knows nothing about the lines; whoever reads keeps the marks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "system/descriptor.h"

namespace signpost::daemon::ingest {

/// Some whole lines, each with its end.
struct LogChunk {
  std::string source;  ///< names the file by its first line, so it stays the same when the file is renamed
  std::uint64_t from = 0;
  std::uint64_t to = 0;  ///< equal: there is nothing new
  std::string text = {};
};

/// For one thread.
class GrowingLog {
 public:
  /// How far a source was read; 0 for one never seen.
  using Mark = std::function<base::Result<std::uint64_t>(const std::string& source)>;

  /// `kind` begins the name of each source.
  GrowingLog(std::string path, std::string kind, Mark mark)
      : path_(std::move(path)), kind_(std::move(kind)), mark_(std::move(mark)) {}

  /// What comes next, at most kMaxChunk; the same again until `advance`. Where nothing was ever read, reading begins at the
  /// end of the file: then the first chunk has a place and no text. Errors: not_found, unavailable, and the mark's.
  /// Limitations: a file that is compressed or removed before it was read to its end is lost; so is what a
  /// program that truncates the file in place (copytruncate) wrote since the last call.
  base::Result<LogChunk> next();
  /// The chunk was taken in, and its mark is kept.
  void advance(const LogChunk& chunk);

  static constexpr std::size_t kMaxChunk = std::size_t{256} * 1024;

 private:
  base::Result<void> find_place();
  base::Result<bool> use_former();
  base::Result<LogChunk> read();
  bool is_replaced() const;

  const std::string path_;
  const std::string kind_;
  const Mark mark_;
  system::Descriptor file_;
  std::string source_;       ///< empty: no place was found yet
  bool has_looked_ = false;  ///< for former files; what the path holds later is read from its beginning
  std::uint64_t at_ = 0;
  bool begins_at_end_ = false;
};

}  // namespace signpost::daemon::ingest
