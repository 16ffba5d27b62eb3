// The click map of a campaign: one HTML file that an operator opens. Data in, text out; nothing here asks the
// daemon or opens files. Everything in the data is hostile: a campaign's name comes from a header,
// a link from a mail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "campaign/skeleton.h"

namespace signpost::campaign {

/// Hits by grade.
struct MapHits {
  std::uint64_t human = 0;
  std::uint64_t prefetch = 0;
  std::uint64_t scanner = 0;
};

struct MapLink {
  std::uint16_t index = 0;
  MapHits hits;
  std::string place = {};  ///< where it leads, if the skeleton does not say
};

/// One hour of a campaign, human hits alone.
struct MapHour {
  base::Wall begin{};
  std::uint64_t opens = 0;
  std::uint64_t clicks = 0;
};

struct MapData {
  std::string campaign;
  std::string tenant;
  std::uint64_t recipients = 0;
  MapHits opens;
  std::vector<MapLink> links;   ///< in any order; those never clicked may be missing
  std::vector<MapHour> hours;   ///< ascending; hours without hits may be missing
  campaign::Skeleton skeleton;  ///< empty if none was kept
  std::string sample;           ///< as campaign::make_sample writes it, shown instead; empty if none was kept
  base::Wall now{};
};

/// A whole document: no script, nothing loaded from anywhere (its own policy forbids both), readable without
/// colours. The newsletter's boxes with each link's share of the human clicks, opens and clicks
/// over time, a table.
std::string format_map(const MapData& data);
/// What every such document begins with, and no other does.
extern const std::string_view kMapBegin;

/// Human opens and clicks over time as an SVG element, at most 96 columns; empty if there was neither.
std::string format_plot(const std::vector<MapHour>& hours);

/// Text that stands for itself in HTML, also in attributes. Control bytes and what reorders text
/// are shown as U+FFFD.
std::string escape_html(std::string_view text);

}  // namespace signpost::campaign
