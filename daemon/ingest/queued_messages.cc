#include "daemon/ingest/queued_messages.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "policy/event_line.h"

namespace signpost::daemon::ingest {
namespace {

constexpr std::uint64_t kLinesBetweenStops = 4096;

}  // namespace

base::Result<void> QueuedMessages::catch_up(store::Day today, const std::function<bool()>& stops) {
  const auto there = files_.days();
  if (!there) return tl::unexpected(there.error());
  read_.erase(read_.begin(), read_.lower_bound(today - kKept));
  while (!generations_.empty() && generations_.front().last < today - kKept) generations_.pop_front();
  std::uint64_t lines = 0;
  for (const store::Day day : *there) {
    if (day < today - kKept) continue;
    std::uint64_t& read = read_[day];
    // Only a line of an hour ago would still come into a file of the day before yesterday.
    if (read > 0 && day + std::chrono::days(2) <= today) continue;
    const auto size = files_.size(day);
    if (!size) return tl::unexpected(size.error());
    if (*size < read) read = 0;  // it is another file
    bool is_over = false;
    auto done = files_.visit({day, read}, [&](const store::EventPlace& place, std::string_view raw) {
      take(day, raw);
      read = place.offset + raw.size() + 1;
      is_over = ++lines % kLinesBetweenStops == 0 && stops();
      return !is_over;
    });
    if (!done || is_over) return done;
  }
  return {};
}

void QueuedMessages::take(store::Day day, std::string_view raw) {
  if (policy::find_raw_value(raw, "stage") != "message") return;
  const auto line = policy::parse_event_text(raw);
  if (!line) return;
  const std::string_view queue_id = line->value("qid");
  const std::string_view id = line->value("id");
  if (queue_id.empty() || !base::is_ulid(id)) return;
  if (generations_.empty() || generations_.back().entries.size() >= max_of_generation_) {
    if (generations_.size() == kGenerations) generations_.pop_front();
    generations_.emplace_back();
  }
  generations_.back().last = day;
  Entry& entry = generations_.back().entries[std::string(queue_id)];
  std::copy(id.begin(), id.end(), entry.id.begin());
  entry.identity = identity_of(line->value("tenant"), line->value("stream"));
}

std::uint32_t QueuedMessages::identity_of(std::string_view tenant, std::string_view stream) {
  const auto [known, is_new] = numbers_.try_emplace({std::string(tenant), std::string(stream)},
                                                    static_cast<std::uint32_t>(identities_.size()));
  if (is_new) identities_.emplace_back(tenant, stream);
  return known->second;
}

std::optional<QueuedMessage> QueuedMessages::find(std::string_view queue_id) const {
  for (auto generation = generations_.rbegin(); generation != generations_.rend(); ++generation) {
    const auto found = generation->entries.find(queue_id);
    if (found == generation->entries.end()) continue;
    const auto& [tenant, stream] = identities_[found->second.identity];
    return QueuedMessage{{found->second.id.begin(), found->second.id.end()}, tenant, stream};
  }
  return {};
}

std::size_t QueuedMessages::size() const {
  std::size_t size = 0;
  for (const Generation& generation : generations_) size += generation.entries.size();
  return size;
}

}  // namespace signpost::daemon::ingest
