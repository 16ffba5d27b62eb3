// A kept sample within the click map: a frame in which nothing runs and nothing is loaded, each link with its
// share. campaign/sample decides what a sample may contain.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace signpost::campaign {

/// The colours of links, in the map and in the frame.
inline constexpr std::string_view kHeatStyle =
    ".k0{background:#f0f4f8;color:#1d2733}.k1{background:#d8e7f3;color:#1d2733}"
    ".k2{background:#aacde8;color:#1d2733}.k3{background:#2f78b7;color:#fff}"
    ".k4{background:#1c5c96;color:#fff}.k5{background:#0b3f70;color:#fff}";

/// How a link is shown.
struct SampleLink {
  std::size_t heat = 0;  ///< 0 to 5
  std::string share;     ///< HTML
};

/// An `<iframe>` of HTML that holds the whole sample.
std::string format_sample(std::string_view sample,
                          const std::function<SampleLink(std::uint16_t index)>& link);

}  // namespace signpost::campaign
