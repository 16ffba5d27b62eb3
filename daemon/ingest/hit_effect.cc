#include "daemon/ingest/hit_effect.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "daemon/ingest/stream_names.h"
#include "policy/limits/provider.h"
#include "track/blocks.h"
#include "track/kept.h"
#include "track/target.h"
#include "track/undo.h"

namespace signpost::daemon::ingest {
namespace {

using store::Counted;
using track::Grade;
using track::HitKind;
using Kind = policy::EventField::Kind;

Counted counted_as(const track::Hit& hit) {
  // Nobody's privacy service follows links.
  const auto graded = [&hit](Counted human, Counted prefetch, Counted scanner, Counted privacy) {
    switch (hit.grade) {
      case Grade::human:
        return human;
      case Grade::prefetch:
        return prefetch;
      case Grade::scanner:
        return scanner;
      case Grade::privacy:
        return privacy;
    }
    return human;
  };
  switch (hit.kind) {
    case HitKind::click:
      return graded(Counted::click, Counted::click_prefetch, Counted::click_scanner, Counted::click_prefetch);
    case HitKind::open:
      return graded(Counted::open, Counted::open_prefetch, Counted::open_scanner, Counted::open_privacy);
    case HitKind::unsubscribe:
      return Counted::unsubscribe;
    case HitKind::undo:
      return Counted::undo;
  }
  return Counted::click;
}

/// Where reports say that the link leads which no person sees.
constexpr std::string_view kTrapPlace = "(trap)";

policy::Event event_of(const track::Hit& hit, const track::Token& token, const track::Kept& kept,
                       const std::string& tenant, const std::string& stream, base::Wall at) {
  policy::Event event;
  event.at = at;
  event.add("id", kept.message);
  event.add("stage", hit.kind == HitKind::undo ? "unsubscribe" : track::hit_word(hit.kind));
  const bool unsubscribes = token.purpose == track::Purpose::unsubscribe;
  event.add("action", tenant.empty() && !unsubscribes ? "observe" : "accept");
  event.add("reason", tenant.empty() ? "unknown-tenant" : hit.kind == HitKind::undo ? "undo" : hit.reason);
  event.add("grade", track::grade_word(hit.grade));
  const bool is_address = kept.recipient.find('@') != std::string::npos;
  if (is_address) event.add("to", kept.recipient, Kind::address);
  if (!is_address && !kept.recipient.empty()) event.add("person", base::encode_hex(kept.recipient));
  event.add("tenant", tenant);
  if (!stream.empty()) event.add("stream", stream);
  event.add("campaign", token.campaign, Kind::text);
  if (hit.kind == HitKind::click) {
    event.add("link", std::uint64_t{token.link});
    event.add("host", track::target_host(token.target), Kind::text);
  }
  if (!kept.client.empty()) event.add("client", kept.client, Kind::text);
  if (!kept.agent.empty()) event.add("agent", kept.agent, Kind::text);
  return event;
}

store::StreamCounter stream_counter(const CountedHit& counted) {
  const store::Counter& counter = counted.counter;
  return {counter.tenant, counter.campaign, counter.hour, counter.what, counted.stream};
}

}  // namespace

HitEffects::HitEffects(const track::Sealer& sealer, const policy::Settings& settings, Refusals& refusals,
                       Bursts& bursts, Recipients recipients, FormerTenant former_tenant, base::Wall now)
    : sealer_(sealer),
      refusals_(refusals),
      bursts_(bursts),
      recipients_(std::move(recipients)),
      former_tenant_(std::move(former_tenant)),
      now_(now) {
  for (const policy::Tenant& tenant : settings.tenants) tenants_.emplace(tenant.id(), Tenant{&tenant});
}

base::Result<HitEffects::CountedAs> HitEffects::counted_under(const track::Token& token) {
  if (token.purpose == track::Purpose::unsubscribe || token.mode != track::Mode::anonymous)
    return CountedAs{token.campaign};
  const auto name = std::make_pair(token.tenant, token.campaign);
  auto known = reached_.find(name);
  if (known == reached_.end()) {
    const auto reached = recipients_(token.tenant, token.campaign);
    if (!reached) return tl::unexpected(reached.error());
    known = reached_.emplace(name, *reached).first;
  }
  if (known->second.all < kFewRecipients) return CountedAs{std::string(kPooledCampaign), true, false};
  // All streams or none: what one of them lacks is the difference of the others.
  return CountedAs{token.campaign, false, known->second.fewest >= kFewRecipients};
}

std::string HitEffects::stream_of(const track::Token& token) {
  if (token.stream_code == 0) return token.stream;
  const auto tenant = tenants_.find(token.tenant);
  if (tenant == tenants_.end()) return {};
  auto& streams = tenant->second.streams;
  if (!streams) streams = streams_of(*tenant->second.settings);
  const auto known = streams->find(token.stream_code);
  return known == streams->end() ? std::string() : known->second;
}

void HitEffects::change_list(const track::Hit& hit, const track::Token& token, const std::string& tenant,
                             store::Changes& changes) {
  policy::Listing listing;
  listing.address = token.recipient;
  listing.tenant = tenant;
  // Without a name it is listed everywhere: it was acknowledged, and a stream needs a tenant.
  if (!tenant.empty()) listing.stream = token.stream;
  listing.reason = policy::Reason::unsubscribe;
  listing.since = hit.kind == HitKind::undo ? hit.undoes : std::min(hit.at, now_);
  listing.by = policy::kByWeb;
  if (hit.kind == HitKind::unsubscribe && !token.campaign.empty())
    listing.note = "campaign " + token.campaign;
  changes.listings.push_back({std::move(listing), hit.kind == HitKind::undo});
}

void HitEffects::count(const track::Hit& hit, const CountedHit& counted, store::Changes& changes) const {
  ++changes.counts[counted.counter];
  if (!counted.stream.empty() || hit.kind == HitKind::unsubscribe || hit.kind == HitKind::undo)
    ++changes.streams[stream_counter(counted)];
}

/// Lets the hit be a program's if those around it show that it is; then also those that were counted as a person's.
/// Returns how many.
std::size_t HitEffects::grade_again(track::Hit& hit, const track::Kept& kept, CountedHit& counted,
                                    store::Changes& changes) {
  const bool is_open = hit.kind == HitKind::open;
  const bool is_trap = hit.kind == HitKind::click && counted.counter.link == track::kTrapLink;
  if (kept.message.empty() || !(is_open || hit.kind == HitKind::click)) return 0;
  if (hit.grade != Grade::human && !is_trap) return 0;
  const BurstVerdict verdict =
      bursts_.take(kept.message, {hit.at, is_open, counted.counter.link, hit.network}, counted);
  if (!verdict.is_program) return 0;
  hit.grade = Grade::scanner;
  if (!is_trap) hit.reason = "burst";
  counted.counter.what = counted_as(hit);
  std::size_t regraded = 0;
  for (const auto& [earlier, times] : verdict.earlier) {
    regraded += times;
    changes.taken_back[earlier.counter] += times;
    if (!earlier.stream.empty()) changes.streams_taken_back[stream_counter(earlier)] += times;
    CountedHit now = earlier;
    now.counter.what = now.counter.what == Counted::open ? Counted::open_scanner : Counted::click_scanner;
    changes.counts[now.counter] += times;
    if (!now.stream.empty()) changes.streams[stream_counter(now)] += times;
  }
  return regraded;
}

base::Result<void> HitEffects::take(const track::Hit& spooled, Effects& effects) {
  track::Hit hit = spooled;
  const auto token = sealer_.open(hit.token, track::purpose_of(hit.kind));
  // The web program does not offer to undo later than that.
  const bool undoes_too_late =
      hit.kind == HitKind::undo && (hit.undoes > hit.at || hit.at - hit.undoes > track::kUndoTime);
  if (!token || undoes_too_late) {
    ++effects.refused;
    return {};
  }
  const bool unsubscribes = token->purpose == track::Purpose::unsubscribe;
  base::Result<bool> refuses = false;
  if (!unsubscribes && token->mode >= track::Mode::pseudonymous)
    refuses = refusals_.refuses(*token, sealer_, now_);
  if (!refuses) return tl::unexpected(refuses.error());
  const auto counted_as_campaign = counted_under(*token);
  if (!counted_as_campaign) return tl::unexpected(counted_as_campaign.error());
  const auto& [campaign, pooled, by_stream] = *counted_as_campaign;

  const track::Kept kept = track::kept_of(*token, hit, *refuses);
  const std::uint16_t link = pooled || hit.kind != HitKind::click ? std::uint16_t{0} : token->link;
  const base::Wall at = std::min(hit.at, now_);
  const auto named = tenants_.find(token->tenant);
  base::Result<std::string> former = std::string();
  if (unsubscribes && named == tenants_.end()) former = former_tenant_(token->tenant);
  if (!former) return tl::unexpected(former.error());
  const std::string tenant = named == tenants_.end() ? std::string() : named->second.settings->name;
  const std::string stream = stream_of(*token);
  store::Changes& changes = effects.changes;
  std::size_t regraded = 0;
  if (kept.counted) {
    CountedHit counted{{token->tenant, campaign, store::hour_of(at), counted_as(hit), link},
                       by_stream ? stream : std::string()};
    regraded = grade_again(hit, kept, counted, changes);
    count(hit, counted, changes);
    if (hit.kind == HitKind::click && !pooled)
      changes.places[{token->tenant, campaign, link}] =
          link == track::kTrapLink ? std::string(kTrapPlace) : track::place_of(token->target);
  }
  if (hit.kind == HitKind::unsubscribe) {
    const std::string_view recipient = token->recipient;
    const std::string_view domain = recipient.substr(recipient.rfind('@') + 1);
    ++changes.providers[{token->tenant, store::hour_of(at), Counted::unsubscribe,
                         std::string(policy::limits::known_provider(domain)), "", stream}];
  }
  if (unsubscribes) change_list(hit, *token, tenant.empty() ? *former : tenant, changes);
  if (kept.event) {
    effects.events.push_back(event_of(hit, *token, kept, tenant, stream, at));
    if (regraded > 0) effects.events.back().add("regraded", std::uint64_t{regraded});
  }
  ++effects.genuine;
  return {};
}

}  // namespace signpost::daemon::ingest
