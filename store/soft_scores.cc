#include "store/soft_scores.h"

#include <algorithm>

#include "store/list/records.h"
#include "store/tables.h"

namespace signpost::store {
namespace {

constexpr std::chrono::hours kReachedUnit{6};

}  // namespace

std::string format_score(const policy::SoftScore& score) {
  std::uint64_t reached = 0;
  if (score.reached)
    reached = std::clamp<std::uint64_t>(
        static_cast<std::uint64_t>((*score.reached - score.at) / kReachedUnit) + 1, 1, 255);
  return list::format_number(score.thousandths << 32 | reached << 24 | (hour_of(score.at) & 0xffffff));
}
std::optional<policy::SoftScore> parse_score(std::string_view value) {
  const auto number = list::parse_number_record(value);
  if (!number) return std::nullopt;
  policy::SoftScore score{*number >> 32, base::Wall(std::chrono::hours(*number & 0xffffff))};
  if (const std::uint64_t reached = *number >> 24 & 0xff; reached > 0)
    score.reached = score.at + (reached - 1) * kReachedUnit;
  return score;
}

base::Result<bool> add_to_score(lmdb::WriteTransaction& transaction, const SoftBounce& bounce) {
  const policy::Listing& listing = bounce.listing;
  const std::string key = format_score_key(listing.address, policy::tenant_id(listing.tenant));
  const auto before = transaction.get(tables::hits, key);
  if (!before) return tl::unexpected(before.error());
  const auto known = *before ? parse_score(**before) : std::nullopt;
  const policy::SoftScore score = policy::add_soft_bounce(known, listing.since, bounce.rule);
  if (!policy::is_due(score, bounce.rule))
    return transaction.put(tables::hits, key, format_score(score)).map([] { return false; });
  return transaction.erase(tables::hits, key).map([](bool) { return true; });
}

base::Result<void> note_reached(lmdb::WriteTransaction& transaction, const Reached& reached) {
  const std::string key = format_score_key(reached.address, reached.tenant);
  const auto before = transaction.get(tables::hits, key);
  if (!before) return tl::unexpected(before.error());
  const auto known = *before ? parse_score(**before) : std::nullopt;
  if (!known) return {};
  const policy::SoftScore score = policy::note_reached(*known, reached.at);
  return score == *known ? base::Result<void>() : transaction.put(tables::hits, key, format_score(score));
}

}  // namespace signpost::store
