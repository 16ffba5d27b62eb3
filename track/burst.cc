#include "track/burst.h"

#include <algorithm>
#include <set>

#include "track/token.h"

namespace signpost::track {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAtOnce{60};

/// For a link that comes so soon behind another one. A hand needs some 150 ms from one tab to the next.
int haste(milliseconds gap) {
  if (gap < kAtOnce) return 25;
  if (gap < milliseconds(150)) return 15;
  if (gap < milliseconds(400)) return 6;
  return gap < milliseconds(1000) ? 3 : 1;
}

/// Mail that has just been sent is seldom read yet, and always scanned.
int earliness(milliseconds since) {
  if (since < milliseconds(3000)) return 30;
  if (since < milliseconds(15000)) return 20;
  return since < milliseconds(60000) ? 8 : 0;
}

}  // namespace

int suspicion(std::span<const Fetch> burst, std::optional<base::Wall> sent) {
  std::set<std::uint16_t> links;
  bool opens = false;
  bool hosted = false;
  bool at_once = false;
  int points = 0;
  base::Wall before{};
  for (const Fetch& fetch : burst) {
    hosted = hosted || fetch.network == Network::hosting;
    opens = opens || fetch.is_open;
    if (fetch.is_open) continue;
    if (fetch.link == kTrapLink) return 100;
    const bool follows = !links.empty();
    // The same link again is a double click.
    if (!links.insert(fetch.link).second) continue;
    const milliseconds gap = std::max(fetch.at - before, milliseconds(0));
    if (follows) points += haste(gap);
    at_once = at_once || (follows && gap < kAtOnce);
    before = fetch.at;
  }
  if (links.empty()) return 0;  // an image alone is what every mail program fetches
  if (links.size() >= 3) points += 10;
  if (opens && links.size() >= 2) points += at_once ? 30 : 20;
  if (sent && burst.front().at >= *sent) points += earliness(burst.front().at - *sent);
  if (hosted) points += 25;
  return std::min(points, links.size() == 1 ? kSuspicious - 1 : 100);
}

}  // namespace signpost::track
