#include "daemon/ingest/bursts.h"

#include <utility>

#include "base/encoding.h"

namespace signpost::daemon::ingest {

BurstVerdict Bursts::take(std::string_view message, const track::Fetch& fetch, CountedHit counted) {
  const auto [place, is_new] = messages_.try_emplace(std::string(message));
  Message& burst = place->second;
  if (is_new) order_.push_back(place->first);
  const auto gap = fetch.at > burst.last ? fetch.at - burst.last : burst.last - fetch.at;
  if (!is_new && gap > track::kBurstGap) burst = {};
  burst.last = fetch.at;
  BurstVerdict verdict;
  if (!burst.is_program && burst.fetches.size() < kMaxFetches) {
    burst.fetches.push_back(fetch);
    burst.is_program = track::suspicion(burst.fetches, base::ulid_time(message)) >= track::kSuspicious;
    if (burst.is_program) verdict.earlier = std::exchange(burst.counted, {});
    if (!burst.is_program) burst.counted.push_back(std::move(counted));
  }
  verdict.is_program = burst.is_program;
  if (is_new) make_room();
  return verdict;
}

void Bursts::make_room() {
  while (order_.size() > kMaxMessages) {
    messages_.erase(order_.front());
    order_.pop_front();
  }
}

void Bursts::clear() {
  messages_.clear();
  order_.clear();
}

}  // namespace signpost::daemon::ingest
