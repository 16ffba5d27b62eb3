// The kill switch's file between the two programs: the daemon publishes it, the web program follows it. What
// it says is track/blocks. A missing or damaged file never opens a switch that was thrown: the
// last good copy counts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "system/descriptor.h"
#include "track/blocks.h"

namespace signpost::web::spool {

/// Writes the file anew, atomically and durably, readable by everybody. For the daemon, at start
/// and at each change.
base::Result<void> publish_blocks(const std::string& path, const track::Blocks& blocks);

/// Follows a published file. Belongs to one thread.
class BlocksFollower {
 public:
  /// Keeps its copy of the last good file in `copy_directory`, so that a restart does not lose it.
  static base::Result<BlocksFollower> open(const std::string& path, const std::string& copy_directory);

  /// Looks whether the file has changed. True if blocks() or failure() did.
  bool refresh();
  const std::shared_ptr<const track::Blocks>& blocks() const { return blocks_; }
  /// Why the last good copy is in use; empty while the file itself is.
  const std::string& failure() const { return failure_; }

 private:
  /// What tells one published file from the next.
  struct Version {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_s = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Version&) const = default;
  };
  BlocksFollower(std::string path, system::Descriptor copies)
      : path_(std::move(path)), copies_(std::move(copies)) {}
  bool set_failure(std::string text);

  std::string path_;
  system::Descriptor copies_;
  std::shared_ptr<const track::Blocks> blocks_ = std::make_shared<track::Blocks>();
  std::string failure_;
  Version seen_;
};

}  // namespace signpost::web::spool
