// One line of the file of told ids: all that is known of one message. Pure. The file is release/told_file's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "release/sight.h"

namespace signpost::release {

struct ToldRecord {
  enum class State : std::uint8_t {
    coming,     ///< told; not seen in the hold queue yet
    hold,       ///< seen there: `moved` says which holding of the message it is
    gone,       ///< left it, or never came
    forgotten,  ///< what earlier lines say of this id no longer counts
  };
  State state = State::coming;
  std::string instance;
  std::string id;
  base::Wall since{};    ///< when it was told
  base::Wall changed{};  ///< when it came into this state
  FileMark mark;
  std::int64_t moved = 0;  ///< for `hold`: Sight::changed
  bool operator==(const ToldRecord&) const = default;
};

/// With a checksum first and a newline at the end.
std::string format_told_record(const ToldRecord& record);
/// A line without its newline. Error `corrupt` for what format_told_record does not write.
base::Result<ToldRecord> parse_told_record(std::string_view line);

}  // namespace signpost::release
