#include "policy/limits/buckets.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include "base/bytes.h"
#include "base/crypto.h"
#include "base/mutex.h"
#include "base/siphash.h"
#include "policy/limits/bucket_table.h"
#include "policy/limits/exceptions.h"

namespace signpost::policy::limits {
namespace {

constexpr std::chrono::hours kReservationLife{1};
constexpr std::size_t kSweptPerCharge = 2;  ///< more than one new bucket a charge, so dropping keeps up
constexpr std::size_t kChunk = 1000;        ///< buckets visited before the lock is released
constexpr std::string_view kFormat = "signpost-buckets 1\n";
constexpr std::size_t kChecksumBytes = 4;

base::SipKey random_key() {
  const std::string bytes = base::random_bytes(sizeof(base::SipKey));
  base::SipKey key;
  std::memcpy(key.data(), bytes.data(), sizeof(key));
  return key;
}

/// What the charges of one call have met so far.
struct Hits {
  std::vector<LimitHit> observed;
  std::optional<LimitHit> refusal;  ///< the first one; its retry_after is the longest of all

  void note(const Charge& charge, std::chrono::nanoseconds wait) {
    if (wait <= std::chrono::nanoseconds{0}) return;
    const LimitSettings& limit = *charge.limit;
    const LimitHit hit{limit.name, charge.key, limit.action, std::chrono::ceil<std::chrono::seconds>(wait)};
    if (limit.action == LimitAction::observe) {
      observed.push_back(hit);
    } else if (!refusal) {
      refusal = hit;
    } else {
      refusal->retry_after = std::max(refusal->retry_after, hit.retry_after);
    }
  }
};

/// The records with the format before them and a checksum behind.
std::string with_frame(std::string_view records) {
  std::string bytes(kFormat);
  bytes += records;
  base::ByteWriter sum;
  sum.word(base::checksum(bytes));
  return bytes + sum.bytes();
}

/// Calls put(bucket) for each record, at most `max` of them. Returns how many there were.
template <class Put>
base::Result<std::size_t> read_saved(std::string_view bytes, std::size_t max, base::Steady saved_at,
                                     const Put& put) {
  const auto refuse = [&](const char* why) {
    return base::fail(base::ErrorKind::corrupt,
                      std::string("saved limit state is ") + why + "; starting empty");
  };
  if (!bytes.starts_with(kFormat)) return refuse("in an unknown format");
  if (bytes.size() < kFormat.size() + kChecksumBytes) return refuse("incomplete");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (base::ByteReader(bytes.substr(body.size())).word() != base::checksum(body)) return refuse("damaged");
  base::ByteReader in(body.substr(kFormat.size()));
  std::size_t count = 0;
  for (; !in.at_end(); ++count) {
    auto bucket = Bucket::read(in, saved_at);
    if (!bucket || count >= max) return refuse("not readable");
    bucket->touched = saved_at;
    put(std::move(*bucket));
  }
  return count;
}

}  // namespace

struct Buckets::State {
  struct Held {
    Bucket* bucket;  ///< held, so the table keeps it
    std::uint64_t amount;
  };
  struct Reservation {
    std::vector<Held> held;
    base::Steady ends;
  };

  explicit State(std::size_t max) : max_buckets(max), table(max, random_key()) {}

  /// Threads read the clock before they wait for the lock; under it time must not go back.
  base::Steady advance(base::Steady now) REQUIRES(mutex) { return latest = std::max(latest, now); }

  void release_ended(base::Steady now) REQUIRES(mutex) {
    while (!reservations.empty() && reservations.begin()->second.ends <= now) {
      give_back(reservations.begin()->second.held);
      reservations.erase(reservations.begin());
    }
  }
  static void give_back(const std::vector<Held>& held) {
    for (const Held& one : held) one.bucket->release(one.amount);
  }

  /// Calls visit(bucket) for every bucket, from the last to the first, and releases the lock between
  /// chunks. A bucket that moves meanwhile may be visited twice; one made meanwhile may be missed. `visit`
  /// may drop the bucket it is given.
  template <class Visit>
  void walk(base::Steady now, const Visit& visit) EXCLUDES(mutex) {
    std::size_t left = ~std::size_t{0};
    while (left > 0) {
      base::MutexLock lock(mutex);
      release_ended(advance(now));
      left = std::min(left, table.size());
      for (std::size_t i = 0; i < kChunk && left > 0; ++i) visit(table.at(--left));
    }
  }

  base::Mutex mutex;
  const std::size_t max_buckets;
  BucketTable table GUARDED_BY(mutex);
  std::map<ReservationId, Reservation> reservations GUARDED_BY(mutex);  ///< ids grow, so the first ends first
  ReservationId last_id GUARDED_BY(mutex) = 0;
  std::uint64_t changes GUARDED_BY(mutex) = 0;
  base::Steady latest GUARDED_BY(mutex) = base::Steady::min();
};

Buckets::Buckets(std::size_t max) : state_(std::make_unique<State>(max)) {}
Buckets::~Buckets() = default;

tl::expected<Reserved, LimitHit> Buckets::reserve(const std::vector<Charge>& charges, base::Steady now) {
  if (charges.empty()) return Reserved{};
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  state.table.sweep(kSweptPerCharge * charges.size(), now);

  Hits hits;
  std::vector<State::Held> held;
  held.reserve(charges.size());
  for (const Charge& charge : charges) {
    Bucket& bucket = state.table.obtain(charge.limit->name, charge.key);
    bucket.follow(*charge.limit);
    hits.note(charge, bucket.wait(charge.amount, now));
    bucket.touched = now;
    bucket.reserve(charge.amount);
    held.push_back({&bucket, charge.amount});
  }
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
  for (const State::Held& one : found->second.held) one.bucket->commit(one.amount, now);
  state.reservations.erase(found);
  ++state.changes;
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
  std::vector<Bucket> copies;  // two charges of one call may name the same bucket
  for (const Charge& charge : charges) {
    auto copy = std::find_if(copies.begin(), copies.end(), [&](const Bucket& known) {
      return known.limit == charge.limit->name && known.key == charge.key;
    });
    if (copy == copies.end()) {
      const Bucket* known = state.table.find(charge.limit->name, charge.key);
      copy = copies.insert(copy, known != nullptr ? *known : Bucket(charge.limit->name, charge.key));
      copy->follow(*charge.limit);
    }
    hits.note(charge, copy->wait(charge.amount, now));
    copy->reserve(charge.amount);
  }
  if (hits.refusal) return tl::unexpected(std::move(*hits.refusal));
  return std::move(hits.observed);
}

std::vector<std::uint64_t> Buckets::used(const Charge& charge, base::Steady now) const {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  const Bucket* known = state.table.find(charge.limit->name, charge.key);
  if (known == nullptr) return {};
  Bucket copy = *known;
  copy.follow(*charge.limit);
  return copy.used(now);
}

std::size_t Buckets::reset(std::string_view limit, std::string_view key, base::Steady now) {
  State& state = *state_;
  if (!key.empty()) {
    base::MutexLock lock(state.mutex);
    Bucket* bucket = state.table.find(limit, key);
    if (bucket == nullptr || bucket->idle(state.advance(now))) return 0;
    bucket->clear();
    ++state.changes;
    return 1;
  }
  std::size_t count = 0;
  state.walk(now, [&](Bucket& bucket) {
    if (bucket.limit != limit || bucket.idle(now)) return;
    bucket.clear();
    ++count;
  });
  base::MutexLock lock(state.mutex);
  ++state.changes;
  return count;
}

std::optional<BucketState> Buckets::peek(std::string_view limit, std::string_view key,
                                         base::Steady now) const {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  const Bucket* bucket = state.table.find(limit, key);
  if (bucket == nullptr || bucket->idle(now)) return std::nullopt;
  return BucketState{bucket->limit, bucket->key, bucket->used(now), bucket->reserved()};
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
  state_->walk(now, [&](const Bucket& bucket) {
    if ((!limit.empty() && bucket.limit != limit) || bucket.idle(now)) return;
    rows.push_back({bucket.fullness(now), {bucket.limit, bucket.key, bucket.used(now), bucket.reserved()}});
    if (rows.size() > max && rows.size() - max >= kChunk) keep_fullest();
  });
  keep_fullest();
  std::vector<BucketState> states;
  states.reserve(rows.size());
  for (Row& row : rows) states.push_back(std::move(row.state));
  return states;
}

std::size_t Buckets::size() const {
  base::MutexLock lock(state_->mutex);
  return state_->table.size();
}

std::uint64_t Buckets::changes() const {
  base::MutexLock lock(state_->mutex);
  return state_->changes;
}

std::string Buckets::save(base::Steady now) const {
  base::ByteWriter out;
  state_->walk(now, [&](const Bucket& bucket) {
    if (!bucket.idle(now)) bucket.write(out, now);
  });
  return with_frame(out.bytes());
}

std::string Buckets::save(const std::vector<Charge>& charges, base::Steady now) const {
  base::ByteWriter out;
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  now = state.advance(now);
  state.release_ended(now);
  for (const Charge& charge : charges) {
    const Bucket* known = state.table.find(charge.limit->name, charge.key);
    if (known == nullptr) continue;
    Bucket copy = *known;
    copy.follow(*charge.limit);
    copy.commit(copy.reserved(), now);
    copy.write(out, now);
  }
  return with_frame(out.bytes());
}

base::Result<std::size_t> Buckets::load(std::string_view bytes, base::Steady saved_at) {
  State& state = *state_;
  BucketTable loaded(state.max_buckets, random_key());
  auto count =
      read_saved(bytes, state.max_buckets, saved_at, [&](Bucket bucket) { loaded.put(std::move(bucket)); });
  if (!count) loaded = BucketTable(state.max_buckets, random_key());
  base::MutexLock lock(state.mutex);
  state.reservations.clear();
  state.table = std::move(loaded);
  return count;
}

base::Result<std::size_t> Buckets::add(std::string_view bytes, base::Steady saved_at) {
  State& state = *state_;
  std::vector<Bucket> read;
  auto count = read_saved(bytes, state.max_buckets, saved_at,
                          [&](Bucket bucket) { read.push_back(std::move(bucket)); });
  if (!count) return count;
  base::MutexLock lock(state.mutex);
  for (Bucket& bucket : read) state.table.put(std::move(bucket));
  return count;
}

void Buckets::retain(const std::vector<LimitSettings>& limits, base::Steady now) {
  State& state = *state_;
  base::MutexLock lock(state.mutex);
  state.release_ended(state.advance(now));
  for (std::size_t place = state.table.size(); place > 0; --place) {
    Bucket& bucket = state.table.at(place - 1);
    const auto limit = std::find_if(limits.begin(), limits.end(),
                                    [&](const LimitSettings& known) { return known.name == bucket.limit; });
    if (limit != limits.end()) {
      bucket.follow(limit_for(*limit, bucket.key));
    } else if (bucket.held()) {
      bucket.clear();
    } else {
      state.table.drop(place - 1);
    }
  }
}

}  // namespace signpost::policy::limits
