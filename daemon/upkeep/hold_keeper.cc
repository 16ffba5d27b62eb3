// Order: a message goes only if none that waits before it charges the same bucket. So one look walks from the oldest on, and
// remembers which buckets are full.
#include "daemon/upkeep/hold_keeper.h"

#include <algorithm>
#include <new>
#include <optional>

#include "mail/address.h"
#include "policy/checks.h"
#include "policy/limits/exceptions.h"
#include "policy/policy.h"

namespace signpost::daemon::upkeep {
namespace {

using policy::limits::HeldCharge;
using policy::limits::HeldMessage;

constexpr std::string_view kMta = "mta";
constexpr std::string_view kLimit = "limit";
constexpr std::string_view kSendAt = "send-at";
constexpr unsigned kPatience = 3;  ///< so many failures are nothing unusual
constexpr std::chrono::nanoseconds kRest = std::chrono::milliseconds(500);
constexpr std::chrono::nanoseconds kRestOfEach = std::chrono::microseconds(10);
constexpr std::chrono::nanoseconds kRestOfTrouble = std::chrono::seconds(10);

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
  base::MutexLock lock(mutex_);
  // The last process may have ended between a release and its mark.
  for (auto& [id, entry] : entries_) entry.is_unsure = true;
  return {};
}

void HoldKeeper::start() {
  if (!queue_) return;
  worker_.start([this]() -> std::chrono::nanoseconds {
    if (work() > 0) return std::chrono::nanoseconds{0};
    // A look costs more the more waits.
    return cannot_ask() ? kRestOfTrouble : kRest + kRestOfEach * static_cast<std::int64_t>(count());
  });
}

void HoldKeeper::count(Entry& entry, bool is_counted) {
  if (entry.is_counted == is_counted) return;
  entry.is_counted = is_counted;
  for (const HeldCharge& charge : entry.message->charges) {
    const std::string bucket = bucket_of(charge.limit, charge.key);
    if (is_counted) {
      ++waiting_[bucket];
    } else if (const auto found = waiting_.find(bucket); --found->second == 0) {
      waiting_.erase(found);
    }
  }
}

void HoldKeeper::note(const Message& message) {
  base::MutexLock lock(mutex_);
  Entry& entry = entries_[message->id];
  entry.message = message;
  const bool is_later = message->due > message->since;
  entry.waits_for = is_later ? kSendAt : kLimit;
  count(entry, !is_later);
  queue_ids_[message->queue_id] = message->id;
  for (const std::string& signature : message->signatures) ++signatures_[signature];
}

void HoldKeeper::forget(const Message& message) {
  base::MutexLock lock(mutex_);
  const auto found = entries_.find(message->id);
  if (found == entries_.end()) return;
  count(found->second, false);
  entries_.erase(found);
  const auto queued = queue_ids_.find(message->queue_id);
  if (queued != queue_ids_.end() && queued->second == message->id) queue_ids_.erase(queued);
  for (const std::string& signature : message->signatures) {
    const auto counted = signatures_.find(signature);
    if (counted != signatures_.end() && --counted->second == 0) signatures_.erase(counted);
  }
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
  // The MTA gives an id again only when the message that had it is gone.
  if (const Message former = find(message.queue_id)) give_up(former->id);
  // First here: what is announced and not known to us would stay in the hold queue for ever.
  if (auto stored = store_.add(message); !stored) return stored;
  auto announced = queue_->announce(message.queue_id);
  {
    base::MutexLock lock(mutex_);
    unannounced_ = announced ? "" : "mail cannot be held: " + announced.error().text;
  }
  if (!announced) {
    log_.error("a message cannot be held: " + announced.error().text);
    (void)store_.remove(std::vector{message.id});
    return announced;
  }
  note(std::make_shared<const HeldMessage>(message));
  return {};
}

void HoldKeeper::give_up(std::string_view id) {
  const Message message = find(id);
  if (!message) return;
  forget(message);
  (void)store_.remove(std::vector{message->id});
}

HoldKeeper::Message HoldKeeper::find(std::string_view id) const {
  base::MutexLock lock(mutex_);
  const auto queued = queue_ids_.find(id);
  const auto found = entries_.find(queued == queue_ids_.end() ? id : std::string_view(queued->second));
  return found == entries_.end() ? nullptr : found->second.message;
}

std::vector<HoldKeeper::Waiting> HoldKeeper::snapshot() const {
  const base::Steady now = services_.clock.steady();
  std::vector<Waiting> waiting;
  base::MutexLock lock(mutex_);
  waiting.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) {
    const bool rests = entry.is_busy || entry.rests > now;
    // One that fails again and again does not hold up those behind it.
    if (!rests || entry.failures < kPatience) waiting.push_back({entry.message, entry.waits_for, rests});
  }
  return waiting;
}

bool HoldKeeper::take(const Message& message) {
  base::MutexLock lock(mutex_);
  const auto found = entries_.find(message->id);
  if (found == entries_.end() || found->second.is_busy) return false;
  found->second.is_busy = true;
  return true;
}

void HoldKeeper::put_back(const Message& message, bool is_unsure) {
  base::MutexLock lock(mutex_);
  const auto found = entries_.find(message->id);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.is_busy = false;
  entry.is_unsure = entry.is_unsure || is_unsure;
  entry.waits_for = kMta;
  const auto rest = kRests * (1U << std::min(entry.failures, 10U));
  entry.rests = services_.clock.steady() + std::min<std::chrono::seconds>(rest, kRestsMost);
  ++entry.failures;
}

bool HoldKeeper::was_unsure(const Message& message) const {
  base::MutexLock lock(mutex_);
  const auto found = entries_.find(message->id);
  return found != entries_.end() && found->second.is_unsure;
}

void HoldKeeper::note_waiting(const Message& message, std::string_view waits_for) {
  base::MutexLock lock(mutex_);
  const auto found = entries_.find(message->id);
  if (found == entries_.end()) return;
  found->second.waits_for = waits_for;
  // Others of its key wait behind it only while it waits for the limit, as they do.
  count(found->second, waits_for == kLimit);
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

bool HoldKeeper::cannot_ask() const {
  base::MutexLock lock(mutex_);
  return !problem_.empty();
}

std::string HoldKeeper::problem() const {
  base::MutexLock lock(mutex_);
  if (!queue_ && !entries_.empty())
    return std::to_string(entries_.size()) +
           " messages are held, and nobody releases them: hold.socket is not set";
  if (!problem_.empty()) return problem_;
  if (!unannounced_.empty()) return unannounced_;
  const auto failed = std::count_if(entries_.begin(), entries_.end(),
                                    [](const auto& entry) { return entry.second.failures >= kPatience; });
  if (failed == 0) return {};
  return std::to_string(failed) +
         " messages should have left the hold queue, and the MTA has not done it; see the log of "
         "signpost-release";
}

HoldKeeper::Judged HoldKeeper::judge(const HeldMessage& message, const Round& round) const {
  const policy::Tenant* tenant = round.snapshot->policy.find_tenant(message.tenant);
  if (tenant == nullptr) return {"unknown-tenant", {}};
  if (round.overrides->is_paused(message.tenant, round.now)) return {"paused", {}};
  return ask_list(message, *tenant, round);
}

/// As at RCPT (policy/judging): whatever the recipients may mean, and with the same consequences.
HoldKeeper::Judged HoldKeeper::ask_list(const HeldMessage& message, const policy::Tenant& tenant,
                                        const Round& round) const {
  mail::Envelope envelope;
  envelope.tenant = message.tenant;
  envelope.stream = message.stream;
  if (message.judged_at_submit) {
    envelope.role = mail::Role::egress;
    envelope.origin = mail::Origin::sealed;
  }
  policy::Facts facts{round.snapshot->policy, *round.overrides, envelope, tenant};
  facts.now = round.now;
  std::vector<policy::Listing> due;
  for (const std::string& listable : message.listable) {
    const auto address = mail::parse_address(listable);
    if (!address) return {{}, "suppressed"};
    const base::Result<policy::SuppressionAnswer> answer =
        services_.suppressions.find(*address).map([&](const std::vector<policy::Listing>& listings) {
          return policy::decide_listings(facts, listings);
        });
    facts.listed = &answer;
    const policy::Action action = policy::check_suppression(facts).action;
    if (action == policy::Action::defer) return {"list", {}};
    // It cannot go to some of its recipients only.
    if (action == policy::Action::refuse || action == policy::Action::drop) return {{}, "suppressed"};
    if (answer) due.insert(due.end(), answer->due.begin(), answer->due.end());
  }
  if (due.empty() || services_.probation == nullptr) return {};
  const auto begun = services_.probation->begin(due, round.now);
  if (!begun) return {"list", {}};
  return *begun ? Judged{} : Judged{{}, "suppressed"};
}

void HoldKeeper::sort_out(const Waiting& waiting, Round& round) {
  const Message& message = waiting.message;
  const HeldMessage& held = *message;
  const auto wait_for = [&](std::string_view word) {
    if (waiting.waits_for != word) note_waiting(message, word);
  };
  const auto fill = [&] {
    for (const HeldCharge& charge : held.charges) round.full.insert(bucket_of(charge.limit, charge.key));
  };
  if (held.due > round.now) return wait_for(kSendAt);
  if (waiting.is_resting) return fill();
  const auto age = round.now - std::max(held.since, held.due);
  if (round.now - held.since < kSettles && held.since <= round.now) return fill();
  const auto refuse = [&](std::string_view reason) {
    if (take(message)) round.refused.push_back({message, 0, reason});
  };
  if (held.expires != base::Wall{} && round.now >= held.expires) return refuse("expired");
  if (age >= round.snapshot->policy.hold_at_most) return refuse("held-too-long");
  const bool is_full = std::any_of(held.charges.begin(), held.charges.end(), [&](const HeldCharge& charge) {
    return round.full.contains(bucket_of(charge.limit, charge.key));
  });
  if (is_full) {
    fill();
    return wait_for(kLimit);
  }
  const auto charges = charges_of(held, round.snapshot->policy, *round.overrides, round.now);
  const auto reserved = services_.limiter.reserve(charges, round.steady);
  if (!reserved) {
    // All of its buckets: later mail of one of them must not go before it.
    fill();
    return wait_for(kLimit);
  }
  // Last: it may begin the trial of a listing that has ended.
  const Judged judged = judge(held, round);
  if (judged.waits_for.empty() && judged.refused.empty() && take(message)) {
    round.released.push_back({message, reserved->id, {}});
    return;
  }
  services_.limiter.release(reserved->id, round.steady);
  if (!judged.refused.empty()) return refuse(judged.refused);
  if (!judged.waits_for.empty()) wait_for(judged.waits_for);
}

HoldKeeper::Round HoldKeeper::begin_round() const {
  return {services_.snapshots.get(),
          services_.overrides.get(),
          services_.clock.wall(),
          services_.clock.steady(),
          {},
          {},
          {}};
}

std::size_t HoldKeeper::work() {
  if (!queue_) return 0;
  const std::vector<Waiting> waiting = snapshot();
  Round round = begin_round();
  try {
    for (const Waiting& one : waiting) {
      if (round.released.size() >= kBatch || round.refused.size() >= kBatch || worker_.stopping()) break;
      sort_out(one, round);
    }
    const std::size_t released = leave(Way::release, round.released, {});
    return released + leave(Way::refuse, round.refused, {});
  } catch (const std::bad_alloc&) {
    // Nobody must wait for what no thread has in hand any more.
    for (const auto* left : {&round.released, &round.refused}) {
      for (const Leaving& one : *left) {
        services_.limiter.release(one.reservation, round.steady);
        put_back(one.message, true);
      }
    }
    throw;
  }
}

/// Returns how many are not held any more.
std::size_t HoldKeeper::leave(Way way, const std::vector<Leaving>& leaving, const std::string& by) {
  if (leaving.empty()) return 0;
  std::vector<std::string> ids;
  ids.reserve(leaving.size());
  for (const Leaving& one : leaving) ids.push_back(one.message->queue_id);
  auto answers = way == Way::release ? queue_->release(ids)
                 : way == Way::drop  ? queue_->drop(ids)
                                     : queue_->refuse(ids);
  {
    base::MutexLock lock(mutex_);
    problem_ = answers ? "" : "held mail cannot be released: " + answers.error().text;
    if (answers) unannounced_.clear();
  }
  std::vector<std::string> over;
  std::vector<Message> forgotten;
  for (std::size_t i = 0; i < leaving.size(); ++i) {
    const Leaving& one = leaving[i];
    const bool is_lost = !answers || i >= answers->size();
    const auto answer = is_lost ? MtaQueue::Answer::failed : (*answers)[i];
    if (settle(one, answer)) {
      over.push_back(one.message->id);
      forgotten.push_back(one.message);
      tell(way, answer, one, by);
    } else {
      put_back(one.message, is_lost && way == Way::release);
    }
  }
  if (over.empty()) return 0;
  if (auto removed = store_.remove(over); !removed)
    log_.error("messages that are not held any more cannot be forgotten: " + removed.error().text);
  for (const Message& message : forgotten) forget(message);
  return over.size();
}

/// Charges it if it went, or may have gone when an answer was lost. True if it is not held any more.
bool HoldKeeper::settle(const Leaving& one, MtaQueue::Answer answer) {
  const base::Steady now = services_.clock.steady();
  const bool was_unsure = this->was_unsure(one.message);
  const bool is_away = answer == MtaQueue::Answer::gone || answer == MtaQueue::Answer::not_told;
  if (answer == MtaQueue::Answer::done || (is_away && was_unsure)) {
    services_.limiter.commit(one.reservation, now);
    return true;
  }
  services_.limiter.release(one.reservation, now);
  if (answer == MtaQueue::Answer::gone) return true;
  // Announced late, or the MTA never took it.
  return answer == MtaQueue::Answer::not_told && services_.clock.wall() - one.message->since >= kForgets;
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

base::Result<void> HoldKeeper::by_word(Way way, std::string_view id, const std::string& by, bool forces) {
  if (!queue_) return base::fail(base::ErrorKind::unavailable, "hold.socket is not set");
  const Message message = find(id);
  if (!message)
    return base::fail(base::ErrorKind::not_found, "no message of that id is held; see `held list`");
  if (way == Way::release && !forces) {
    const Judged judged = judge(*message, begin_round());
    const std::string_view against = judged.waits_for.empty() ? judged.refused : judged.waits_for;
    if (!against.empty())
      return base::invalid("it is not released (" + std::string(against) +
                           "); with force=yes it is all the same");
  }
  if (!take(message)) return base::fail(base::ErrorKind::unavailable, "the message is being released now");
  if (leave(way, {{message, 0, {}}}, by) == 1) return {};
  const std::string why = problem();
  return base::fail(base::ErrorKind::unavailable, why.empty() ? "the MTA has not done it; try again" : why);
}

base::Result<void> HoldKeeper::release(std::string_view id, const std::string& by, bool forces) {
  return by_word(Way::release, id, by, forces);
}

HoldKeeper::Released HoldKeeper::release_all(const std::function<bool(const HeldMessage&)>& wanted,
                                             const std::string& by, bool forces) {
  Released done;
  if (!queue_) return done;
  const Round round = begin_round();
  std::vector<Leaving> batch;
  const auto flush = [&] {
    const std::size_t released = leave(Way::release, batch, by);
    done.released += released;
    done.left += batch.size() - released;
    batch.clear();
  };
  for (const Waiting& waiting : snapshot()) {
    if (!wanted(*waiting.message)) continue;
    const Judged judged = forces ? Judged{} : judge(*waiting.message, round);
    if (!judged.waits_for.empty() || !judged.refused.empty() || !take(waiting.message)) {
      ++done.left;
      continue;
    }
    batch.push_back({waiting.message, 0, {}});
    if (batch.size() == kBatch) flush();
  }
  flush();
  return done;
}

base::Result<void> HoldKeeper::drop(std::string_view id, const std::string& by) {
  return by_word(Way::drop, id, by, true);
}

}  // namespace signpost::daemon::upkeep
