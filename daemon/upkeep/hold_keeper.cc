// Order: a message goes only if none that waits before it charges the same bucket. So one look walks from the oldest on, and
// remembers which buckets are full.
#include "daemon/upkeep/hold_keeper.h"

#include <algorithm>
#include <optional>

#include "mail/address.h"
#include "policy/limits/exceptions.h"
#include "policy/policy.h"

namespace signpost::daemon::upkeep {
namespace {

using policy::limits::HeldCharge;
using policy::limits::HeldMessage;

constexpr std::string_view kMta = "mta";
constexpr std::chrono::milliseconds kRest{500};
constexpr std::chrono::seconds kRestOfTrouble{10};

std::string bucket_of(std::string_view limit, std::string_view key) {
  return std::string(limit).append(1, '\n').append(key);
}

/// What it has to be charged today; limits that are gone charge nothing.
std::vector<policy::limits::Charge> charges_of(const HeldMessage& message, const policy::Settings& settings,
                                               const policy::limits::Overrides& overrides, base::Wall now) {
  std::vector<policy::limits::Charge> charges;
  for (const HeldCharge& held : message.charges) {
    const auto limit = std::find_if(settings.limits.begin(), settings.limits.end(),
                                    [&](const policy::LimitSettings& one) { return one.name == held.limit; });
    if (limit == settings.limits.end()) continue;
    policy::limits::Charge charge;
    charge.limit = &policy::limits::limit_for(*limit, held.key);
    charge.key = held.key;
    charge.amount = held.amount;
    const std::vector<policy::Rate>* rates = overrides.rates(held.limit, now);
    if (rates != nullptr && charge.limit == &*limit) {
      auto changed = std::make_shared<policy::LimitSettings>(*limit);
      changed->rates = *rates;
      charge.changed = std::move(changed);
      charge.limit = charge.changed.get();
    }
    charges.push_back(std::move(charge));
  }
  return charges;
}

}  // namespace

/// One look through what waits.
struct HoldKeeper::Round {
  std::shared_ptr<const milter::Snapshot> snapshot;
  std::shared_ptr<const policy::limits::Overrides> overrides;
  base::Wall now;
  base::Steady steady;
  std::set<std::string, std::less<>> full;  ///< buckets
  std::vector<Leaving> released;
  std::vector<Leaving> refused;
};

HoldKeeper::HoldKeeper(std::unique_ptr<MtaQueue> queue, store::HoldStore& store,
                       const milter::Services& services, system::DaemonLog& log)
    : queue_(std::move(queue)), store_(store), services_(services), log_(log) {}

base::Result<void> HoldKeeper::load() {
  auto messages = store_.load();
  if (!messages) return tl::unexpected(messages.error());
  for (HeldMessage& message : *messages) note(std::make_shared<const HeldMessage>(std::move(message)));
  return {};
}

void HoldKeeper::start() {
  if (!queue_) return;
  worker_.start([this]() -> std::chrono::nanoseconds {
    if (work() > 0) return std::chrono::nanoseconds{0};
    return problem().empty() ? std::chrono::nanoseconds(kRest) : std::chrono::nanoseconds(kRestOfTrouble);
  });
}

void HoldKeeper::note(const Message& message) {
  base::MutexLock lock(mutex_);
  entries_[message->id] = {message};
  for (const HeldCharge& charge : message->charges) ++waiting_[bucket_of(charge.limit, charge.key)];
  for (const std::string& signature : message->signatures) ++signatures_[signature];
}

void HoldKeeper::forget(const Message& message) {
  base::MutexLock lock(mutex_);
  if (entries_.erase(message->id) == 0) return;
  const auto count_down = [](Counts& counts, const std::string& name) {
    const auto found = counts.find(name);
    if (found != counts.end() && --found->second == 0) counts.erase(found);
  };
  for (const HeldCharge& charge : message->charges) count_down(waiting_, bucket_of(charge.limit, charge.key));
  for (const std::string& signature : message->signatures) count_down(signatures_, signature);
}

bool HoldKeeper::carries(const std::string& signature) const {
  base::MutexLock lock(mutex_);
  return signatures_.contains(signature);
}

bool HoldKeeper::waits(std::string_view limit, std::string_view key) const {
  base::MutexLock lock(mutex_);
  return !waiting_.empty() && waiting_.contains(bucket_of(limit, key));
}

base::Result<void> HoldKeeper::add(const HeldMessage& message) {
  if (!queue_) return base::fail(base::ErrorKind::unavailable, "hold.socket is not set");
  // First here: what is announced and not known to us would stay in the hold queue for ever.
  if (auto stored = store_.add(message); !stored) return stored;
  if (auto announced = queue_->announce(message.queue_id); !announced) {
    log_.error("a message cannot be held: " + announced.error().text);
    (void)store_.remove(std::vector{message.id});
    return announced;
  }
  note(std::make_shared<const HeldMessage>(message));
  return {};
}

void HoldKeeper::give_up(std::string_view id) {
  Message message;
  {
    base::MutexLock lock(mutex_);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    message = found->second.message;
  }
  forget(message);
  (void)store_.remove(std::vector{message->id});
}

std::vector<HoldKeeper::Message> HoldKeeper::snapshot() const {
  const base::Steady now = services_.clock.steady();
  std::vector<Message> messages;
  base::MutexLock lock(mutex_);
  messages.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) {
    if (!entry.is_busy && entry.rests <= now) messages.push_back(entry.message);
  }
  return messages;
}

bool HoldKeeper::take(const Message& message) {
  base::MutexLock lock(mutex_);
  const auto found = entries_.find(message->id);
  if (found == entries_.end() || found->second.is_busy) return false;
  found->second.is_busy = true;
  return true;
}

void HoldKeeper::put_back(const Message& message) {
  base::MutexLock lock(mutex_);
  const auto found = entries_.find(message->id);
  if (found == entries_.end()) return;
  found->second.is_busy = false;
  found->second.waits_for = kMta;
  found->second.rests = services_.clock.steady() + kRests;
}

void HoldKeeper::note_waiting(const Message& message, std::string_view waits_for) {
  base::MutexLock lock(mutex_);
  const auto found = entries_.find(message->id);
  if (found != entries_.end()) found->second.waits_for = waits_for;
}

std::vector<HoldKeeper::Held> HoldKeeper::list(std::size_t max,
                                               const std::function<bool(const HeldMessage&)>& wanted) const {
  std::vector<Held> held;
  base::MutexLock lock(mutex_);
  for (const auto& [id, entry] : entries_) {
    if (held.size() == max) break;
    if (wanted(*entry.message)) held.push_back({*entry.message, entry.waits_for});
  }
  return held;
}

std::size_t HoldKeeper::count() const {
  base::MutexLock lock(mutex_);
  return entries_.size();
}

std::string HoldKeeper::problem() const {
  base::MutexLock lock(mutex_);
  return problem_;
}

HoldKeeper::Judged HoldKeeper::judge(const HeldMessage& message, const Round& round) const {
  const policy::Settings& settings = round.snapshot->policy;
  const policy::Tenant* tenant = settings.find_tenant(message.tenant);
  if (tenant == nullptr) return {"unknown-tenant", {}};
  if (round.overrides->is_paused(message.tenant, round.now)) return {"paused", {}};
  mail::Envelope envelope;
  envelope.tenant = message.tenant;
  envelope.stream = message.stream;
  policy::Facts facts{settings, *round.overrides, envelope, *tenant};
  facts.now = round.now;
  for (const std::string& given : message.recipients) {
    const auto address = mail::parse_address(given);
    if (!address) continue;
    const auto listings = services_.suppressions.find(*address);
    if (!listings) return {"list", {}};
    // It cannot go to some of its recipients only.
    if (policy::decide_listings(facts, *listings).blocked) return {{}, "suppressed"};
  }
  return {};
}

void HoldKeeper::sort_out(const Message& message, Round& round) {
  const HeldMessage& held = *message;
  if (held.due > round.now) return note_waiting(message, "send-at");
  const auto age = round.now - std::max(held.since, held.due);
  if (round.now - held.since < kSettles && held.since <= round.now) return;
  const auto refuse = [&](std::string_view reason) {
    if (take(message)) round.refused.push_back({message, 0, reason});
  };
  if (held.expires != base::Wall{} && round.now >= held.expires) return refuse("expired");
  if (age >= round.snapshot->policy.hold_at_most) return refuse("held-too-long");
  const bool is_full = std::any_of(held.charges.begin(), held.charges.end(), [&](const HeldCharge& charge) {
    return round.full.contains(bucket_of(charge.limit, charge.key));
  });
  if (is_full) return note_waiting(message, "limit");
  const Judged judged = judge(held, round);
  if (!judged.refused.empty()) return refuse(judged.refused);
  if (!judged.waits_for.empty()) return note_waiting(message, judged.waits_for);
  const auto charges = charges_of(held, round.snapshot->policy, *round.overrides, round.now);
  const auto reserved = services_.limiter.reserve(charges, round.steady);
  if (!reserved) {
    // All of its buckets: later mail of one of them must not go before it.
    for (const HeldCharge& charge : held.charges) round.full.insert(bucket_of(charge.limit, charge.key));
    return note_waiting(message, "limit");
  }
  if (take(message)) {
    round.released.push_back({message, reserved->id, {}});
  } else {
    services_.limiter.release(reserved->id, round.steady);
  }
}

std::size_t HoldKeeper::work() {
  if (!queue_) return 0;
  const std::vector<Message> waiting = snapshot();
  Round round{services_.snapshots.get(),
              services_.overrides.get(),
              services_.clock.wall(),
              services_.clock.steady(),
              {},
              {},
              {}};
  for (const Message& message : waiting) {
    if (round.released.size() + round.refused.size() >= kBatch) break;
    sort_out(message, round);
  }
  const std::size_t released = leave(Way::release, std::move(round.released), {});
  return released + leave(Way::refuse, std::move(round.refused), {});
}

/// Returns how many are not held any more.
std::size_t HoldKeeper::leave(Way way, std::vector<Leaving> leaving, const std::string& by) {
  if (leaving.empty()) return 0;
  std::vector<std::string> ids;
  for (const Leaving& one : leaving) ids.push_back(one.message->queue_id);
  auto answers = way == Way::release ? queue_->release(ids)
                 : way == Way::drop  ? queue_->drop(ids)
                                     : queue_->refuse(ids);
  const base::Steady now = services_.clock.steady();
  {
    base::MutexLock lock(mutex_);
    problem_ = answers ? "" : "held mail cannot be released: " + answers.error().text;
  }
  std::vector<std::string> over;
  std::vector<Message> forgotten;
  for (std::size_t i = 0; i < leaving.size(); ++i) {
    const Leaving& one = leaving[i];
    const auto answer = answers && i < answers->size() ? (*answers)[i] : MtaQueue::Answer::failed;
    if (answer == MtaQueue::Answer::done) {
      services_.limiter.commit(one.reservation, now);
    } else {
      services_.limiter.release(one.reservation, now);
    }
    // Told late, or the MTA never took it.
    const bool may_come =
        answer == MtaQueue::Answer::not_told && services_.clock.wall() - one.message->since < kForgets;
    if (answer == MtaQueue::Answer::failed || may_come) {
      put_back(one.message);
      continue;
    }
    over.push_back(one.message->id);
    forgotten.push_back(one.message);
    tell(way, answer, one, by);
  }
  if (over.empty()) return 0;
  if (auto removed = store_.remove(over); !removed)
    log_.error("messages that are not held any more cannot be forgotten: " + removed.error().text);
  for (const Message& message : forgotten) forget(message);
  return over.size();
}

void HoldKeeper::tell(Way way, MtaQueue::Answer answer, const Leaving& one, const std::string& by) {
  const HeldMessage& message = *one.message;
  policy::Event event;
  event.at = services_.clock.wall();
  event.add("id", message.id);
  event.add("qid", message.queue_id);
  event.add("stage", "release");
  const bool is_done = answer == MtaQueue::Answer::done;
  event.add("action", !is_done              ? "observe"
                      : way == Way::release ? "accept"
                      : way == Way::drop    ? "drop"
                                            : "refuse");
  std::string reason(one.reason.empty() ? "-" : one.reason);
  if (!by.empty()) reason = "operator";
  if (answer == MtaQueue::Answer::gone) reason = "gone";
  if (answer == MtaQueue::Answer::not_told) reason = "not-told";
  event.add("reason", reason);
  event.add("from", message.sender, policy::EventField::Kind::address);
  event.add("rcpts", static_cast<std::uint64_t>(message.recipients.size()));
  event.add("tenant", message.tenant);
  event.add("stream", message.stream);
  event.add("login", message.login);
  if (!by.empty()) event.add("by", by);
  event.add("held_s",
            static_cast<std::uint64_t>(std::max<std::int64_t>(
                0, std::chrono::duration_cast<std::chrono::seconds>(event.at - message.since).count())));
  services_.events.write(event);
}

base::Result<void> HoldKeeper::by_word(Way way, std::string_view id, const std::string& by) {
  if (!queue_) return base::fail(base::ErrorKind::unavailable, "hold.socket is not set");
  Message message;
  {
    base::MutexLock lock(mutex_);
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) {
      return entry.first == id || entry.second.message->queue_id == id;
    });
    if (found != entries_.end()) message = found->second.message;
  }
  if (!message)
    return base::fail(base::ErrorKind::not_found, "no message of that id is held; see `held list`");
  if (!take(message)) return base::fail(base::ErrorKind::unavailable, "the message is being released now");
  if (leave(way, {{message, 0, {}}}, by) == 1) return {};
  const std::string why = problem();
  return base::fail(base::ErrorKind::unavailable, why.empty() ? "the MTA has not done it; try again" : why);
}

base::Result<void> HoldKeeper::release(std::string_view id, const std::string& by) {
  return by_word(Way::release, id, by);
}

base::Result<void> HoldKeeper::drop(std::string_view id, const std::string& by) {
  return by_word(Way::drop, id, by);
}

}  // namespace signpost::daemon::upkeep
