// One key after the other: first what its own record says, then what its successor's state means for it.
#include "dkim/gate.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace signpost::dkim {
namespace {

constexpr std::array<std::pair<KeyState, std::string_view>, 4> kStates = {{
    {KeyState::waiting, "waiting"},
    {KeyState::active, "active"},
    {KeyState::retiring, "retiring"},
    {KeyState::retired, "retired"},
}};
constexpr std::array<std::pair<Sight, std::string_view>, 6> kSights = {{
    {Sight::matches, "matches"},
    {Sight::absent, "absent"},
    {Sight::differs, "differs"},
    {Sight::revoked, "revoked"},
    {Sight::unusable, "unusable"},
    {Sight::unknown, "unknown"},
}};
constexpr std::string_view kNone = "-";

const Candidate* find(const std::vector<Candidate>& keys, std::string_view selector) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Candidate& key) { return key.selector == selector; });
  return found == keys.end() ? nullptr : &*found;
}

/// It signs with a published record; or it was replaced itself, and what came after it does.
bool is_good(const std::vector<Candidate>& keys, const Candidate& first) {
  const Candidate* key = &first;
  for (std::size_t steps = 0; key != nullptr && steps < keys.size(); ++steps) {
    if (key->progress.state == KeyState::active) return !key->progress.fault;
    if (key->progress.state == KeyState::waiting) return false;
    key = find(keys, key->progress.successor);
  }
  return false;
}

void enter(KeyProgress& progress, KeyState state, base::Wall now) {
  progress.state = state;
  progress.since = now;
}

/// What the look at its own record means.
void observe(Candidate& key, Transition& change, base::Wall now) {
  KeyProgress& progress = key.progress;
  if (!key.sight || *key.sight == Sight::unknown || progress.state == KeyState::retired) return;
  if (*key.sight == Sight::matches) {
    change.recovered = progress.fault && progress.state != KeyState::waiting;
    progress.fault.reset();
    if (progress.state == KeyState::waiting) enter(progress, KeyState::active, now);
    return;
  }
  if (progress.fault != key.sight && progress.state != KeyState::waiting) change.alarm = key.sight;
  progress.fault = key.sight;
}

/// What its successor's state means.
void follow(Candidate& key, bool is_followed, const GateRules& rules, base::Wall now) {
  KeyProgress& progress = key.progress;
  if (progress.state == KeyState::retiring && (!is_followed || key.is_needed)) {
    progress.since = now;
  } else if (progress.state == KeyState::retiring && now - progress.since >= rules.overlap) {
    enter(progress, KeyState::retired, now);
  } else if ((progress.state == KeyState::active || progress.state == KeyState::waiting) && is_followed) {
    enter(progress, KeyState::retiring, now);
  }
}

/// A retiring key signs again while what replaced it does not: the latest of a chain that can.
bool takes_over(const std::vector<Candidate>& keys, const Candidate& old, std::size_t depth) {
  if (old.progress.state != KeyState::retiring || depth == 0) return false;
  const Candidate* successor = find(keys, old.progress.successor);
  if (successor == nullptr) return true;
  if (is_good(keys, *successor) || takes_over(keys, *successor, depth - 1)) return false;
  return !old.progress.fault || successor->progress.state == KeyState::waiting;
}

}  // namespace

std::string_view key_state_word(KeyState state) {
  for (const auto& [value, word] : kStates) {
    if (value == state) return word;
  }
  return {};
}

std::optional<KeyState> find_key_state(std::string_view word) {
  for (const auto& [value, name] : kStates) {
    if (name == word) return value;
  }
  return std::nullopt;
}

std::string_view sight_word(Sight sight) {
  for (const auto& [value, word] : kSights) {
    if (value == sight) return word;
  }
  return {};
}

std::vector<Transition> advance(std::vector<Candidate>& keys, const GateRules& rules, base::Wall now) {
  std::vector<Transition> changes(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    changes[i].selector = keys[i].selector;
    changes[i].from = keys[i].progress.state;
    observe(keys[i], changes[i], now);
  }
  for (Candidate& key : keys) {
    const Candidate* successor = find(keys, key.progress.successor);
    if (successor != nullptr && successor != &key) follow(key, is_good(keys, *successor), rules, now);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) changes[i].to = keys[i].progress.state;
  std::erase_if(changes, [](const Transition& change) {
    return change.from == change.to && !change.alarm && !change.recovered;
  });
  return changes;
}

std::vector<Standing> standings(const std::vector<Candidate>& keys) {
  std::vector<Standing> result;
  result.reserve(keys.size());
  for (const Candidate& key : keys) {
    const bool waits = key.progress.state == KeyState::waiting;
    const bool signs = key.progress.state == KeyState::active;
    result.push_back(waits ? Standing::waits : signs ? Standing::signs : Standing::rests);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!takes_over(keys, keys[i], keys.size())) continue;
    result[i] = Standing::signs;
    const Candidate* successor = find(keys, keys[i].progress.successor);
    if (successor != nullptr && successor->progress.state == KeyState::active)
      result[static_cast<std::size_t>(successor - keys.data())] = Standing::rests;
  }
  return result;
}

std::string format_progress(const KeyProgress& progress) {
  std::string text(key_state_word(progress.state));
  text += " " + base::format_time(progress.since);
  text += " " + (progress.successor.empty() ? std::string(kNone) : progress.successor);
  text += " " + std::string(progress.fault ? sight_word(*progress.fault) : kNone);
  return text;
}

base::Result<KeyProgress> parse_progress(std::string_view text) {
  const std::vector<std::string_view> words = base::split(text, ' ');
  if (words.size() != 4) return base::invalid("a key's state must have four words");
  KeyProgress progress;
  const auto state = find_key_state(words[0]);
  const auto since = base::parse_time(words[1]);
  if (!state) return base::invalid("'" + std::string(words[0]) + "' is not a state of a key");
  if (!since) return tl::unexpected(since.error());
  progress.state = *state;
  progress.since = *since;
  if (words[2].empty()) return base::invalid("a selector is empty");
  if (words[2] != kNone) progress.successor = words[2];
  if (words[3] == kNone) return progress;
  for (const auto& [sight, word] : kSights) {
    if (word == words[3] && sight != Sight::matches && sight != Sight::unknown) progress.fault = sight;
  }
  if (!progress.fault)
    return base::invalid("'" + std::string(words[3]) + "' is not a known fault of a record");
  return progress;
}

}  // namespace signpost::dkim
