#include "policy/limits/buckets.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "policy/limits/bucket_records.h"
#include "policy/limits/buckets_state.h"
#include "policy/limits/exceptions.h"
#include "policy/limits/key.h"

namespace signpost::policy::limits {
namespace {

constexpr std::chrono::hours kReservationLife{1};
constexpr std::size_t kSweptPerCharge = 2;  ///< more than one new bucket a charge, so dropping keeps up

/// What the charges of one call have met so far.
struct Hits {
  std::vector<LimitHit> observed;
  std::optional<LimitHit> refusal;  ///< the first one; its retry_after is the longest of all

  void note(const LimitSettings& limit, std::string_view key, std::chrono::nanoseconds wait) {
    if (wait <= std::chrono::nanoseconds{0}) return;
    const LimitHit hit{limit.name, std::string(key), limit.action,
                       std::chrono::ceil<std::chrono::seconds>(wait)};
    if (limit.action == LimitAction::observe) {
      observed.push_back(hit);
    } else if (!refusal) {
      refusal = hit;
    } else {
      refusal->retry_after = std::max(refusal->retry_after, hit.retry_after);
    }
  }
};

/// A bucket as it would be if a charge were made, and what it would be called.
struct Imagined {
  std::string limit;
  std::string key;
  bool is_new = false;  ///< it would be made, as one of the key's own
  Bucket bucket;
  std::vector<std::string> charged = {};  ///< keys of charges that count here

  bool is_of(std::string_view charge_key) const {
    return std::find(charged.begin(), charged.end(), charge_key) != charged.end();
  }
};

Imagined imagine(const Charge& charge, CappedBuckets& limit, std::size_t planned, base::Steady now) {
  Imagined made{charge.limit->name, charge.key, true, {}};
  const CappedBuckets::Place place = limit.find_place(charge, now, planned);
  if (!place.shared_key.empty()) made.key = place.shared_key;
  made.is_new = place.entry == nullptr && place.shared_key.empty();
  if (place.entry != nullptr) made.bucket = place.entry->second;
  if (place.heir_of != nullptr) made.bucket.inherit(*place.heir_of);
  made.bucket.follow(*charge.limit);
  return made;
}

bool is_unlimited(const Charge& charge) {
  return charge.limit->rates.empty();
}

}  // namespace

Buckets::Buckets() : state_(std::make_unique<State>()) {}
Buckets::~Buckets() = default;

tl::expected<Reserved, LimitHit> Buckets::reserve(const std::vector<Charge>& charges, base::Steady now) {
  if (std::all_of(charges.begin(), charges.end(), is_unlimited)) return Reserved{};
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);

  Hits hits;
  std::vector<State::Held> held;
  held.reserve(charges.size());
  for (const Charge& charge : charges) {
    if (is_unlimited(charge)) continue;
    CappedBuckets& limit = state.obtain(charge.limit->name);
    State::Entry& entry = limit.obtain(charge, now);
    Bucket& bucket = entry.second;
    bucket.follow(*charge.limit);
    hits.note(*charge.limit, entry.first, bucket.wait(charge.amount, now));
    bucket.reserve(charge.amount);
    const bool is_own = entry.first == charge.key;
    held.push_back({&limit, &entry, charge.amount, is_own ? std::string() : charge.key});
  }
  // Not before: an idle bucket that is charged now must not go first.
  for (const State::Held& one : held) one.limit->sweep(kSweptPerCharge, now);
  if (hits.refusal) {
    State::give_back(held);
    return tl::unexpected(std::move(*hits.refusal));
  }
  const ReservationId id = ++state.last_id;
  state.reservations.emplace_hint(state.reservations.end(), id,
                                  State::Reservation{std::move(held), now + kReservationLife});
  return Reserved{id, std::move(hits.observed)};
}

void Buckets::commit(ReservationId id, base::Steady now) {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  const auto found = state.reservations.find(id);
  if (found == state.reservations.end()) return;
  for (const State::Held& one : found->second.held) {
    one.entry->second.commit(one.amount, now);
    one.limit->table_of(one.entry->first).note_change(*one.entry);
    one.let_go();
  }
  state.reservations.erase(found);
}

void Buckets::release(ReservationId id, base::Steady now) {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  state.release_ended(state.advance(now));
  const auto found = state.reservations.find(id);
  if (found == state.reservations.end()) return;
  State::give_back(found->second.held);
  state.reservations.erase(found);
}

tl::expected<std::vector<LimitHit>, LimitHit> Buckets::judge(const std::vector<Charge>& charges,
                                                             base::Steady now) const {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  Hits hits;
  std::vector<Imagined> known;  // two charges of one call may name the same bucket
  for (const Charge& charge : charges) {
    if (is_unlimited(charge)) continue;
    const std::string& name = charge.limit->name;
    auto bucket = std::find_if(known.begin(), known.end(), [&](const Imagined& other) {
      return other.limit == name && other.is_of(charge.key);
    });
    if (bucket == known.end()) {
      const auto planned = std::count_if(known.begin(), known.end(), [&](const Imagined& other) {
        return other.is_new && other.limit == name;
      });
      Imagined made = imagine(charge, state.obtain(name), static_cast<std::size_t>(planned), now);
      bucket = std::find_if(known.begin(), known.end(), [&](const Imagined& other) {
        return other.limit == name && other.key == made.key;
      });
      if (bucket == known.end()) bucket = known.insert(bucket, std::move(made));
      bucket->charged.push_back(charge.key);
    }
    hits.note(*charge.limit, bucket->key, bucket->bucket.wait(charge.amount, now));
    bucket->bucket.reserve(charge.amount);
  }
  if (hits.refusal) return tl::unexpected(std::move(*hits.refusal));
  return std::move(hits.observed);
}

std::vector<std::uint64_t> Buckets::used(const Charge& charge, base::Steady now) const {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  CappedBuckets* const limit = state.find(charge.limit->name);
  if (limit == nullptr) return {};
  const Imagined bucket = imagine(charge, *limit, 0, now);
  const bool is_known = !bucket.is_new || bucket.bucket.is_provisional();
  return is_known ? bucket.bucket.used(now) : std::vector<std::uint64_t>{};
}

std::size_t Buckets::reset(std::string_view limit, std::string_view key, base::Steady now) {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  CappedBuckets* const counted = state.find(limit);
  if (counted == nullptr) return 0;
  if (!key.empty()) {
    State::Entry* const entry = counted->find(key);
    if (entry == nullptr || entry->second.is_idle(now)) return 0;
    entry->second.clear();
    state.forgotten.push_back({std::string(limit), std::string(key)});
    return 1;
  }
  std::size_t count = 0;
  for (BucketTable* table : {&counted->own(), &counted->shared()}) {
    for (std::size_t place = 0; place < table->size(); ++place) {
      Bucket& bucket = table->at(place).second;
      if (bucket.is_idle(now)) continue;
      bucket.clear();
      ++count;
    }
  }
  state.forgotten.push_back({std::string(limit), std::nullopt});
  return count;
}

std::optional<BucketState> Buckets::peek(std::string_view limit, std::string_view key,
                                         base::Steady now) const {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  CappedBuckets* const counted = state.find(limit);
  const State::Entry* const entry = counted == nullptr ? nullptr : counted->find(key);
  if (entry == nullptr || entry->second.is_idle(now)) return std::nullopt;
  return BucketState{std::string(limit), std::string(key), entry->second.used(now), entry->second.reserved()};
}

std::vector<BucketState> Buckets::list(std::string_view limit, std::size_t max, base::Steady now) const {
  struct Row {
    double fullness;
    BucketState state;
  };
  std::vector<Row> rows;
  const auto keep_fullest = [&] {
    std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      if (a.fullness != b.fullness) return a.fullness > b.fullness;
      return std::tie(a.state.limit, a.state.key) < std::tie(b.state.limit, b.state.key);
    });
    if (rows.size() > max) rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(max), rows.end());
  };
  state_->walk(limit, now, [&](const std::string& name, BucketTable&, const State::Entry& entry) {
    const Bucket& bucket = entry.second;
    if (bucket.is_idle(now)) return;
    rows.push_back({bucket.fullness(now), {name, entry.first, bucket.used(now), bucket.reserved()}});
    if (rows.size() > max && rows.size() - max >= State::kChunk) keep_fullest();
  });
  keep_fullest();
  std::vector<BucketState> states;
  states.reserve(rows.size());
  for (Row& row : rows) states.push_back(std::move(row.state));
  return states;
}

std::size_t Buckets::size() const {
  base::MutexLock lock(state_->mutex);
  std::size_t size = 0;
  for (auto& [name, limit] : state_->limits) size += limit.own().size() + limit.shared().size();
  return size;
}

std::vector<KeyCount> Buckets::key_counts() const {
  base::MutexLock lock(state_->mutex);
  std::vector<KeyCount> counts;
  for (const auto& [name, limit] : state_->limits)
    counts.push_back({name, limit.keys(), limit.is_shared(), limit.charged_to_shared()});
  return counts;
}

std::string Buckets::save(const std::vector<Charge>& charges, base::Steady now) const {
  RecordWriter out;
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  for (const Charge& charge : charges) {
    CappedBuckets* const limit = state.find(charge.limit->name);
    if (limit == nullptr) continue;
    Bucket bucket = imagine(charge, *limit, 0, now).bucket;
    bucket.commit(bucket.reserved(), now);
    if (!bucket.is_unused(now)) out.add(charge.limit->name, charge.key, bucket, now);
  }
  return out.take();
}

}  // namespace signpost::policy::limits
