// What a newsletter looked like, without what it said: boxes, the lengths of texts, the sizes of images, and
// where each tracked link stood. Kept once a campaign for its click map. Pure: a rewritten message
// in, a skeleton out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/message.h"
#include "track/token.h"

namespace signpost::campaign {

constexpr std::size_t kMaxSkeletonItems = 4000;
constexpr std::size_t kMaxSkeletonDepth = 40;

struct SkeletonItem {
  enum class Kind : char {
    block = 'b',
    row = 'r',      ///< of a table
    cell = 'c',     ///< size: its width in pixels, 0 if it does not say
    heading = 'h',  ///< a block with large text
    link = 'a',     ///< size: the link's index
    close = ']',    ///< ends the last of the above that is open
    text = 't',     ///< size: characters
    image = 'i',    ///< size and height in pixels, 0 if they are not known
    line_break = 'n',
    rule = '-',
  };
  Kind kind = Kind::block;
  std::uint32_t size = 0;
  std::uint32_t height = 0;
  bool operator==(const SkeletonItem&) const = default;
};

struct SkeletonLink {
  std::uint16_t index = 0;
  std::string place;  ///< track::place_of its target, cut
  bool operator==(const SkeletonLink&) const = default;
};

struct Skeleton {
  std::vector<SkeletonItem> items;  ///< balanced: each that opens is closed
  std::vector<SkeletonLink> links;  ///< by index
  bool operator==(const Skeleton&) const = default;
};

/// Of the HTML parts of a message as rewrite left it: links are known by their tokens, so their indexes are
/// those that hits carry. What is hidden (display:none) is left out. Linear; what is beyond the
/// bounds is cut off.
Skeleton make_skeleton(const std::vector<mail::Field>& fields, std::string_view body,
                       const track::Sealer& sealer);

/// One line of items, then one "INDEX PLACE" a link. The round trip is exact.
std::string format_skeleton(const Skeleton& skeleton);
/// Error `invalid` for what format_skeleton does not write, items out of balance among it.
base::Result<Skeleton> parse_skeleton(std::string_view text);

}  // namespace signpost::campaign
