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
  days_.erase(days_.begin(), days_.lower_bound(today - kKept));
  std::uint64_t lines = 0;
  for (const store::Day day : *there) {
    if (day < today - kKept) continue;
    OfDay& known = days_[day];
    // Only a line of an hour ago would still come into a file of the day before yesterday.
    if (known.read > 0 && day + std::chrono::days(2) <= today) continue;
    bool is_over = false;
    auto done = files_.visit({day, known.read}, [&](const store::EventPlace& place, std::string_view raw) {
      take(raw, known.entries);
      known.read = place.offset + raw.size() + 1;
      is_over = ++lines % kLinesBetweenStops == 0 && stops();
      return !is_over;
    });
    if (!done || is_over) return done;
  }
  while (size() > max_ && days_.size() > 1) days_.erase(days_.begin());
  return {};
}

void QueuedMessages::take(std::string_view raw, Entries& entries) {
  if (policy::find_raw_value(raw, "stage") != "message") return;
  const auto line = policy::parse_event_text(raw);
  if (!line) return;
  const std::string_view queue_id = line->value("qid");
  const std::string_view id = line->value("id");
  if (queue_id.empty() || !base::is_ulid(id)) return;
  Entry& entry = entries[std::string(queue_id)];
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
  for (auto day = days_.rbegin(); day != days_.rend(); ++day) {
    const auto found = day->second.entries.find(queue_id);
    if (found == day->second.entries.end()) continue;
    const auto& [tenant, stream] = identities_[found->second.identity];
    return QueuedMessage{{found->second.id.begin(), found->second.id.end()}, tenant, stream};
  }
  return {};
}

std::size_t QueuedMessages::size() const {
  std::size_t size = 0;
  for (const auto& [day, known] : days_) size += known.entries.size();
  return size;
}

}  // namespace signpost::daemon::ingest
