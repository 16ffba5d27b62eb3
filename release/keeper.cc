#include "release/keeper.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace signpost::release {
namespace {

using RecordState = ToldRecord::State;
using Place = Sight::Place;

constexpr std::size_t kSpareLines = 4096;  ///< before the file is written anew

std::string key_of(const std::string& instance, const std::string& id) {
  return instance + ":" + id;
}

base::Wall wall_of(std::int64_t nanoseconds) {
  return base::Wall(std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds(nanoseconds)));
}

State state_of(RecordState state) {
  if (state == RecordState::coming) return State::coming;
  return state == RecordState::hold ? State::hold : State::gone;
}

}  // namespace

bool is_still_held(const Job& job, const Sight& sight) {
  return sight.place == Place::held && sight.mark == job.mark && sight.changed == job.moved;
}

base::Result<Keeper> Keeper::open(const std::string& path, std::vector<Instance> instances,
                                  const Limits& limits) {
  std::vector<ToldRecord> records;
  auto file = ToldFile::open(path, [&records](ToldRecord record) { records.push_back(std::move(record)); });
  if (!file) return tl::unexpected(file.error());
  Keeper keeper(std::move(*file), std::move(instances), limits);
  for (ToldRecord& record : records) keeper.load(std::move(record));
  keeper.pending_.clear();  // what loading noted is in the file already
  return keeper;
}

void Keeper::load(ToldRecord record) {
  const auto at = find(record.instance, record.id);
  if (record.state == RecordState::forgotten) {
    if (at != entries_.end()) forget(at);
    return;
  }
  if (at != entries_.end() && at->second.record.since == record.since) {
    coming_.erase(at->first);
    if (record.state == RecordState::coming) coming_.insert(at->first);
    at->second.record = std::move(record);
    return;
  }
  if (at != entries_.end()) forget(at);
  const Instance* const instance = find_instance(record.instance);
  const base::Wall since = record.since;
  add({std::move(record), instance == nullptr ? nullptr : instance->queue, since});
}

const Instance* Keeper::find_instance(const std::string& name) const {
  if (name.empty()) return &instances_.front();
  const auto at = std::find_if(instances_.begin(), instances_.end(),
                               [&name](const Instance& one) { return one.name == name; });
  return at == instances_.end() ? nullptr : &*at;
}

Keeper::Entries::iterator Keeper::find(const std::string& instance, const std::string& id) {
  const auto at = numbers_.find(key_of(instance, id));
  return at == numbers_.end() ? entries_.end() : entries_.find(at->second);
}

void Keeper::add(Entry entry) {
  const std::uint64_t number = next_++;
  numbers_[key_of(entry.record.instance, entry.record.id)] = number;
  if (entry.record.state == RecordState::coming) coming_.insert(number);
  entries_.emplace_hint(entries_.end(), number, std::move(entry));
}

void Keeper::forget(Entries::iterator at) {
  ToldRecord record = at->second.record;
  record.state = RecordState::forgotten;
  note(record);
  numbers_.erase(key_of(record.instance, record.id));
  coming_.erase(at->first);
  entries_.erase(at);
}

void Keeper::change(std::uint64_t number, Entry& entry, RecordState to, base::Wall now) {
  entry.record.state = to;
  entry.record.changed = now;
  coming_.erase(number);
  note(entry.record);
}

/// Looks where it is now. `gone` is for ever: what leaves the hold queue and comes back was put there by somebody else.
base::Result<void> Keeper::refresh(std::uint64_t number, Entry& entry, base::Wall now) {
  if (entry.queue == nullptr || entry.record.state == RecordState::gone) return {};
  const auto sight = entry.queue->look(entry.record.id);
  if (!sight) return tl::unexpected(sight.error());
  const bool is_same = sight->place != Place::none && sight->mark == entry.record.mark;
  if (entry.record.state == RecordState::hold) {
    const bool stays = is_same && sight->place == Place::held && sight->changed == entry.record.moved;
    if (!stays) change(number, entry, RecordState::gone, now);
    return {};
  }
  if (is_same && (sight->place == Place::receiving || sight->place == Place::being_held)) {
    entry.last_coming = now;
    return {};
  }
  const bool came = is_same && sight->place == Place::held &&
                    wall_of(sight->changed) <= entry.last_coming + limits_.coming_time;
  if (came) entry.record.moved = sight->changed;
  change(number, entry, came ? RecordState::hold : RecordState::gone, now);
  return {};
}

Reply Keeper::tell(const Request& request, base::Wall now) {
  const Instance* const instance = find_instance(request.instance);
  if (instance == nullptr) return {Answer::invalid, "there is no instance of that name"};
  if (!instance->queue->is_id(request.id)) return {Answer::invalid, "not a queue id of that MTA"};
  const auto sight = instance->queue->look(request.id);
  if (!sight) return {Answer::unavailable, sight.error().text};
  if (sight->place == Place::held || sight->place == Place::being_held)
    return {Answer::conflict, "it is in the hold queue already"};
  if (sight->place != Place::receiving) return {Answer::not_found, "no such message is being received"};
  const auto at = find(instance->name, request.id);
  if (at != entries_.end()) {
    const ToldRecord& record = at->second.record;
    if (record.state == RecordState::coming && record.mark == sight->mark) return {};
    forget(at);  // the id was given again
  }
  if (entries_.size() >= limits_.max_told)
    return {Answer::limit, std::to_string(limits_.max_told) + " messages are told already"};
  Entry entry{
      {RecordState::coming, instance->name, request.id, now, now, sight->mark, 0}, instance->queue, now};
  note(entry.record);
  unsynced_.push_back(next_);
  add(std::move(entry));
  return {};
}

base::Result<void> Keeper::sync(bool durable) {
  base::Result<void> done;
  const bool rewrites = must_rewrite_ || file_.lines() > 2 * entries_.size() + kSpareLines;
  if (rewrites)
    done = file_.rewrite(all_records());
  else if (durable || !pending_.empty())
    done = file_.append(pending_, durable);
  pending_.clear();
  must_rewrite_ = !done;
  if (done && !durable && !rewrites) return done;
  for (const std::uint64_t number : std::exchange(unsynced_, {})) {
    const auto at = entries_.find(number);
    if (!done && at != entries_.end()) forget(at);
  }
  return done;
}

std::string Keeper::all_records() const {
  std::string all;
  for (const auto& [number, entry] : entries_) all += format_told_record(entry.record);
  return all;
}

std::variant<Reply, Job> Keeper::take(const Request& request, base::Wall now) {
  const Instance* const instance = find_instance(request.instance);
  if (instance == nullptr) return Reply{Answer::invalid, "there is no instance of that name"};
  if (!instance->queue->is_id(request.id)) return Reply{Answer::invalid, "not a queue id of that MTA"};
  const auto at = find(instance->name, request.id);
  if (at == entries_.end())
    return Reply{Answer::not_told, "Signpost did not tell of it, or it was dealt with"};
  if (!instance->queue->can(request.verb)) return Reply{Answer::unsupported, "this MTA cannot do that"};
  Entry& entry = at->second;
  if (auto looked = refresh(at->first, entry, now); !looked)
    return Reply{Answer::unavailable, looked.error().text};
  if (entry.record.state == RecordState::gone) {
    forget(at);
    return Reply{Answer::gone, ""};
  }
  if (entry.record.state == RecordState::coming)
    return Reply{Answer::unavailable, "it is not in the hold queue yet"};
  return Job{at->first, request.verb, instance->queue, request.id, entry.record.mark, entry.record.moved};
}

void Keeper::finish(const Job& job, Answer answer) {
  if (answer != Answer::done && answer != Answer::gone) return;
  const auto at = entries_.find(job.entry);
  if (at != entries_.end()) forget(at);
}

std::vector<std::string> Keeper::list(std::uint64_t& after, std::size_t max, base::Wall now) {
  std::vector<std::string> lines;
  for (auto at = entries_.upper_bound(after); at != entries_.end() && lines.size() < max; ++at) {
    after = at->first;
    Entry& entry = at->second;
    (void)refresh(at->first, entry, now);
    const ToldRecord& record = entry.record;
    const bool is_first = record.instance == instances_.front().name;
    lines.push_back(format_told(is_first ? record.id : key_of(record.instance, record.id), record.since,
                                state_of(record.state)));
  }
  return lines;
}

void Keeper::sweep(base::Wall now) {
  const std::set<std::uint64_t> coming = coming_;
  for (const std::uint64_t number : coming) (void)refresh(number, entries_.at(number), now);
  auto at = entries_.upper_bound(swept_);
  for (std::size_t seen = 0; seen < limits_.sweep && at != entries_.end(); ++seen) {
    const auto current = at++;
    swept_ = current->first;
    (void)refresh(current->first, current->second, now);
    const ToldRecord& record = current->second.record;
    if (record.state == RecordState::gone && now - record.changed >= limits_.keeps_gone) forget(current);
  }
  if (at == entries_.end()) swept_ = 0;
}

}  // namespace signpost::release
