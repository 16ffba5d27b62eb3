// What can be seen of a message in an MTA's queue, as data: where it is, and which file it is. A queue id alone is not enough,
// since Postfix gives short ids again.
#pragma once

#include <cstdint>

namespace signpost::release {

/// Which file it is; the same from the time of its reception on.
struct FileMark {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileMark&) const = default;
};

struct Sight {
  enum class Place : std::uint8_t {
    none,        ///< not where a message is received, nor held
    receiving,   ///< the MTA has not accepted it yet: filters may still be asked
    passed,      ///< accepted, and not held
    being_held,  ///< in the hold queue, not complete yet
    held,        ///< in the hold queue
  };
  Place place = Place::none;
  FileMark mark;  ///< unless the place is `none`
  /// For `held`: when what lies in the hold queue was last moved or changed, in nanoseconds since 1970 (ctime). Nobody but the
  /// kernel sets it: the message that is released and held again has another.
  std::int64_t changed = 0;
};

}  // namespace signpost::release
