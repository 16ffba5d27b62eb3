// A round: collects the keys that are due, asks the DNS, then for each domain decides, writes, sets flags and logs.
#include "daemon/upkeep/dkim_watch.h"

#include <algorithm>
#include <map>
#include <utility>

#include "dkim/record.h"

namespace signpost::daemon::upkeep {
namespace {

constexpr std::chrono::seconds kWaitingEvery{30};
constexpr std::chrono::seconds kRest{1};
constexpr std::size_t kBatch = 512;  ///< names that share one deadline

bool is_any(const dkim::KeyUse& use) {
  return use.key->domain() == dkim::KeyTable::kAnyDomain;
}

std::string name_of(const dkim::Key& key) {
  return dkim::record_name(key.domain(), key.selector());
}

/// True if a key waits for its record, or to replace another key.
bool is_under_way(const std::vector<dkim::Candidate>& keys) {
  return std::any_of(keys.begin(), keys.end(), [](const dkim::Candidate& key) {
    const dkim::KeyProgress& progress = key.progress;
    return progress.state == dkim::KeyState::waiting || progress.state == dkim::KeyState::retiring ||
           (progress.state == dkim::KeyState::active && !progress.successor.empty());
  });
}

}  // namespace

/// A key whose record is looked up in this round.
struct DkimWatch::Watched {
  std::shared_ptr<const dkim::Key> key;
  dkim::Sight sight = dkim::Sight::unknown;
};

DkimWatch::DkimWatch(store::KeyStore& store, const milter::SnapshotHolder& snapshots,
                     const base::Clock& clock, system::DaemonLog& log, MakeLookup make_lookup)
    : store_(store), snapshots_(snapshots), clock_(clock), log_(log), make_lookup_(std::move(make_lookup)) {}

base::Result<void> DkimWatch::load() {
  auto stored = store_.load();
  if (!stored) return tl::unexpected(stored.error());
  base::MutexLock lock(mutex_);
  progresses_ = std::move(*stored);
  return {};
}

base::Result<void> DkimWatch::admit(const dkim::KeyTable& keys, const config::DnsWatchSettings& settings) {
  base::MutexLock change(changes_);
  store::KeyProgresses added;
  {
    base::MutexLock lock(mutex_);
    const dkim::KeyProgress fresh{
        settings.gate ? dkim::KeyState::waiting : dkim::KeyState::active, clock_.wall(), {}, {}};
    for (const auto& [domain, uses] : keys.all()) {
      for (const dkim::KeyUse& use : uses) {
        if (is_any(use)) continue;  // it has no record of its own
        const std::string name = name_of(*use.key);
        if (!progresses_.contains(name)) added.emplace(name, fresh);
      }
    }
  }
  if (!added.empty()) {
    if (auto stored = store_.put(added); !stored) return stored;
  }
  base::MutexLock lock(mutex_);
  progresses_.merge(added);
  settings_ = settings;
  for (const auto& [domain, uses] : keys.all()) set_standings(uses);
  return {};
}

void DkimWatch::start() {
  const auto look_and_rest = [this] {
    look(clock_.steady());
    return std::chrono::nanoseconds(kRest);
  };
  worker_.start(look_and_rest, kRest);
}

void DkimWatch::stop() {
  worker_.stop();
}

std::size_t DkimWatch::look(base::Steady now) {
  std::vector<Watched> watched = due(now);
  if (watched.empty()) return 0;
  auto lookup = make_lookup();
  if (!lookup) {
    log_.warning("dkim: DNS lookups failed: " + lookup.error().text);
    return 0;
  }
  const std::chrono::seconds timeout = settings().timeout;
  for (std::size_t first = 0; first < watched.size(); first += kBatch) {
    if (worker_.stopping()) return 0;  // a DNS that does not answer would delay the end by all the deadlines
    const std::size_t count = std::min(kBatch, watched.size() - first);
    std::vector<system::DnsQuestion> questions;
    for (std::size_t i = 0; i < count; ++i)
      questions.push_back({name_of(*watched[first + i].key), system::DnsType::txt});
    const std::vector<system::DnsAnswer> answers = (*lookup)->look_up(questions, timeout);
    for (std::size_t i = 0; i < count; ++i) {
      Watched& one = watched[first + i];
      if (answers[i].kind == system::DnsAnswer::Kind::failed) continue;
      if (const auto key = one.key->parsed()) one.sight = dkim::judge_record(answers[i].texts, **key).sight;
    }
  }
  apply(watched);
  return watched.size();
}

std::vector<DkimWatch::Watched> DkimWatch::due(base::Steady now) {
  const auto snapshot = snapshots_.get();
  base::MutexLock lock(mutex_);
  const bool watch =
      settings_.gate && (last_watch_ == base::Steady{} || now - last_watch_ >= settings_.watch_every);
  const bool wait = last_wait_ == base::Steady{} ||
                    now - last_wait_ >= std::min<std::chrono::seconds>(kWaitingEvery, settings_.watch_every);
  if (watch) last_watch_ = now;
  if (wait) last_wait_ = now;
  std::vector<Watched> watched;
  if (!watch && !wait) return watched;
  for (const auto& [domain, uses] : snapshot->dkim.keys.all()) {
    if (!watch && !is_under_way(candidates(uses))) continue;
    for (const dkim::KeyUse& use : uses) {
      const auto known = progresses_.find(name_of(*use.key));
      if (known != progresses_.end() && known->second.state != dkim::KeyState::retired)
        watched.push_back({use.key, dkim::Sight::unknown});
    }
  }
  return watched;
}

void DkimWatch::apply(const std::vector<Watched>& looked_at) {
  std::map<std::string, std::vector<Watched>> by_domain;
  for (const Watched& one : looked_at) by_domain[one.key->domain()].push_back(one);
  base::MutexLock change(changes_);
  const auto snapshot = snapshots_.get();
  for (const auto& [domain, seen] : by_domain) apply_to_domain(domain, snapshot->dkim.keys.of(domain), seen);
}

void DkimWatch::apply_to_domain(const std::string& domain, const std::vector<dkim::KeyUse>& uses,
                                const std::vector<Watched>& looked_at) {
  std::vector<dkim::Candidate> keys;
  dkim::GateRules rules;
  {
    base::MutexLock lock(mutex_);
    keys = candidates(uses);
    rules.overlap = settings_.overlap;
  }
  for (dkim::Candidate& key : keys) {
    key.is_needed = is_needed_ && is_needed_(key.selector + ":" + domain);
    for (const Watched& one : looked_at) {
      if (one.key->selector() == key.selector) key.sight = one.sight;
    }
  }
  const std::vector<dkim::Candidate> before = keys;
  const std::vector<dkim::Transition> changes = dkim::advance(keys, rules, clock_.wall());
  store::KeyProgresses changed;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].progress != before[i].progress)
      changed.emplace(dkim::record_name(domain, keys[i].selector), keys[i].progress);
  }
  if (const auto stored = changed.empty() ? base::Result<void>() : store_.put(changed); !stored) {
    log_.error("dkim: the states of the keys of " + domain + " cannot be saved: " + stored.error().text);
    return;
  }
  {
    base::MutexLock lock(mutex_);
    for (auto& [name, progress] : changed) progresses_[name] = progress;
    set_standings(uses);
  }
  for (const dkim::Transition& one : changes) tell(domain, one);
}

void DkimWatch::tell(const std::string& domain, const dkim::Transition& change) {
  const std::string name = dkim::record_name(domain, change.selector);
  if (change.from != change.to) {
    log_.info("dkim: " + name + " was " + std::string(dkim::key_state_word(change.from)) + ", is " +
              std::string(dkim::key_state_word(change.to)));
  }
  if (change.alarm) {
    log_.error("dkim-alarm: the record " + name + " is no longer correct: " +
               std::string(dkim::sight_word(*change.alarm)) + "; see signpostctl dkim check " + domain);
  }
  if (change.recovered) log_.info("dkim: the record " + name + " is correct again");
}

base::Result<void> DkimWatch::plan(std::string_view domain, std::string_view selector,
                                   std::string_view successor) {
  const std::string name = dkim::record_name(domain, selector);
  const std::string next_name = dkim::record_name(domain, successor);
  base::MutexLock change(changes_);
  store::KeyProgresses planned;
  {
    base::MutexLock lock(mutex_);
    const auto old = progresses_.find(name);
    if (old == progresses_.end() || old->second.state != dkim::KeyState::active)
      return base::invalid(name + " is not active, so nothing can replace it");
    const auto snapshot = snapshots_.get();
    if (!old->second.successor.empty() && snapshot->dkim.keys.find(domain, old->second.successor) != nullptr)
      return base::invalid(name + " is being replaced by " + old->second.successor + " already");
    if (progresses_.contains(next_name))
      return base::invalid(next_name + " has been used before; choose another selector");
    planned[name] = old->second;
    planned[name].successor = successor;
    planned[next_name] = {dkim::KeyState::waiting, clock_.wall(), {}, {}};
  }
  if (auto stored = store_.put(planned); !stored) return stored;
  base::MutexLock lock(mutex_);
  for (auto& [planned_name, progress] : planned) progresses_[planned_name] = progress;
  return {};
}

std::optional<dkim::KeyProgress> DkimWatch::progress(std::string_view domain,
                                                     std::string_view selector) const {
  base::MutexLock lock(mutex_);
  const auto found = progresses_.find(dkim::record_name(domain, selector));
  if (found == progresses_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> DkimWatch::problems() const {
  const auto snapshot = snapshots_.get();
  std::vector<std::string> problems;
  base::MutexLock lock(mutex_);
  for (const auto& [domain, uses] : snapshot->dkim.keys.all()) {
    for (const dkim::Candidate& key : candidates(uses)) {
      if (!key.progress.fault || key.progress.state != dkim::KeyState::active) continue;
      problems.push_back("dkim: the record " + dkim::record_name(domain, key.selector) + " is " +
                         std::string(dkim::sight_word(*key.progress.fault)));
    }
  }
  return problems;
}

config::DnsWatchSettings DkimWatch::settings() const {
  base::MutexLock lock(mutex_);
  return settings_;
}

std::vector<dkim::Candidate> DkimWatch::candidates(const std::vector<dkim::KeyUse>& uses) const {
  std::vector<dkim::Candidate> keys;
  for (const dkim::KeyUse& use : uses) {
    const auto known = progresses_.find(name_of(*use.key));
    if (known != progresses_.end()) keys.push_back({use.key->selector(), known->second, {}});
  }
  return keys;
}

void DkimWatch::set_standings(const std::vector<dkim::KeyUse>& uses) const {
  const std::vector<dkim::Candidate> keys = candidates(uses);
  const std::vector<dkim::Standing> standing = dkim::standings(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (const dkim::KeyUse& use : uses) {
      if (use.key->selector() == keys[i].selector && !is_any(use)) use.key->set_standing(standing[i]);
    }
  }
}

}  // namespace signpost::daemon::upkeep
