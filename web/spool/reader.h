// The daemon's side of the web program's spool. The directory belongs to a program that faces the internet,
// so nothing in it is believed: only regular files of the right owner, name and size are opened, and only
// whole records are read.
//
// The caller's loop, for each of segments(): read() from its mark, commit what the hits do together with the
// new mark in one transaction, then, if the batch says `finished`, remove() the segment and after that the
// mark. Killed anywhere, each hit is committed exactly once. Marks of segments that are gone may be dropped
// at any time: names are never used twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "system/descriptor.h"
#include "track/hit.h"

namespace signpost::web::spool {

/// How far a segment has been read. Offset 0: not at all.
struct SpoolMark {
  std::string segment;
  std::uint64_t offset = 0;
  bool operator==(const SpoolMark&) const = default;
};

struct SpoolBatch {
  std::vector<track::Hit> hits;
  SpoolMark mark;             ///< behind the last of them
  bool finished = false;      ///< nothing is or will be behind the mark
  std::uint64_t damaged = 0;  ///< bytes given up: a torn or poisoned end
};

/// Thread-safe: holds no position.
class SpoolReader {
 public:
  /// `owner`: the user of signpost-web. Error `not_found` if there is no such directory.
  static base::Result<SpoolReader> open(const std::string& directory, uid_t owner);

  /// The spool belongs to the web program's user, and so must all that is read from it. nullopt if there is no such
  /// directory.
  static base::Result<std::optional<SpoolReader>> open_if_there(const std::string& directory);

  /// Names, oldest first; at most kMaxSegments of them.
  base::Result<std::vector<std::string>> segments() const;
  /// At most `max_hits` from `mark` on. Errors: `not_found` if the segment is gone, `invalid` if its name,
  /// kind, owner or size is not what signpost-web makes: it is not read, and remove() may clear it away; `unavailable`
  /// if it cannot be read now, or at the mark is a record of a version that this program does not know yet.
  base::Result<SpoolBatch> read(const SpoolMark& mark, std::size_t max_hits) const;
  base::Result<void> remove(const std::string& segment) const;

  static constexpr std::size_t kMaxSegments = 1024;
  static constexpr std::uint64_t kMaxSegmentBytes = 64u << 20;

 private:
  SpoolReader(system::Descriptor directory, uid_t owner) : directory_(std::move(directory)), owner_(owner) {}
  system::Descriptor directory_;
  uid_t owner_;
};

}  // namespace signpost::web::spool
