#include "daemon/ingest/bursts.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "track/token.h"

namespace signpost::daemon::ingest {
namespace {

base::Wall::duration gap_between(base::Wall one, base::Wall other) {
  return one > other ? one - other : other - one;
}

}  // namespace

BurstVerdict Bursts::take(std::string_view message, const track::Fetch& fetch, CountedHit counted) {
  forget_ended(fetch.at);
  const auto [place, is_new] = messages_.try_emplace(std::string(message));
  Message& burst = place->second;
  if (is_new) order_.push_back(place->first);
  if (!is_new && gap_between(burst.last, fetch.at) > track::kBurstGap) burst = {};
  burst.last = fetch.at;
  if (!burst.is_program) {
    const bool is_known = std::any_of(
        burst.fetches.begin(), burst.fetches.end(),
        [&](const track::Fetch& one) { return one.is_open == fetch.is_open && one.link == fetch.link; });
    const bool is_trap = !fetch.is_open && fetch.link == track::kTrapLink;
    if (!is_known && (is_trap || burst.fetches.size() < kMaxFetches)) {
      burst.fetches.push_back(fetch);
      burst.is_program = track::suspicion(burst.fetches, base::ulid_time(message)) >= track::kSuspicious;
    }
  }
  if (burst.is_program) return {true, std::exchange(burst.counted, {})};
  const auto same = std::find_if(burst.counted.begin(), burst.counted.end(),
                                 [&](const auto& one) { return one.first == counted; });
  if (same != burst.counted.end()) {
    ++same->second;
  } else if (burst.counted.size() < kMaxFetches) {
    burst.counted.emplace_back(std::move(counted), 1);
  }
  return {};
}

/// From the oldest on, so that each costs no more than its own end.
void Bursts::forget_ended(base::Wall now) {
  while (!order_.empty()) {
    const auto oldest = messages_.find(order_.front());
    const bool is_over =
        oldest == messages_.end() || gap_between(oldest->second.last, now) > track::kBurstGap;
    if (!is_over && order_.size() < kMaxMessages) return;
    if (oldest != messages_.end()) messages_.erase(oldest);
    order_.pop_front();
  }
}

void Bursts::clear() {
  messages_.clear();
  order_.clear();
}

}  // namespace signpost::daemon::ingest
