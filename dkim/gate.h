// The publish gate: which state a key is in, by what was seen of its DNS record and by the plan that replaces
// one key by another. Pure: observations and time come in, states and alarms come out; who looks, stores and
// tells is daemon/upkeep/dkim_watch.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "dkim/key_table.h"

namespace signpost::dkim {

enum class KeyState {
  waiting,   ///< its record has not been seen
  active,    ///< signs
  retiring,  ///< replaced; its record stays published for mail on the way, and it signs again if it must
  retired,   ///< its record may be taken away
};
std::string_view key_state_word(KeyState state);
std::optional<KeyState> find_key_state(std::string_view word);

/// What a look at a key's record gave.
enum class Sight {
  matches,
  absent,    ///< no such name, or no TXT there
  differs,   ///< another key
  revoked,   ///< an empty p= (RFC 6376 §3.6.1)
  unusable,  ///< a record that no verifier takes for this key: syntax, type, hash, service
  unknown,   ///< the DNS gave no answer: says nothing about the record
};
std::string_view sight_word(Sight sight);

/// The state of one key; kept on disk.
struct KeyProgress {
  KeyState state = KeyState::waiting;
  base::Wall since{};          ///< in this state (retiring: since the successor last had a good record)
  std::string successor;       ///< selector of the key that replaces it; empty: none
  std::optional<Sight> fault;  ///< the last look that was neither `matches` nor `unknown`; absent: all well
  bool operator==(const KeyProgress&) const = default;
};

/// The keys of one domain that take turns.
struct Candidate {
  std::string selector;
  KeyProgress progress;
  std::optional<Sight> sight;  ///< of a look made just now
  bool is_needed = false;      ///< mail with its signature has yet to be sent: then the overlap begins later
};

struct GateRules {
  /// How long a replaced key's record stays needed: mail in queues is verified late.
  std::chrono::seconds overlap = std::chrono::hours(24 * 7);
};

struct Transition {
  std::string selector;
  KeyState from = KeyState::waiting;
  KeyState to = KeyState::waiting;
  std::optional<Sight> alarm;  ///< a record that was good and is not any more
  bool recovered = false;      ///< a fault is over
};

/// Brings the keys of a domain up to date with what was seen; returns what changed. DNS without an
/// answer changes nothing.
std::vector<Transition> advance(std::vector<Candidate>& keys, const GateRules& rules, base::Wall now);

/// What each may do, in the same order: a waiting key waits, an active one signs and its predecessor rests.
/// If the record of an active key is bad, its predecessor signs again, provided its own is good; if none is,
/// the active one continues to sign: a signature that may fail is better than none.
std::vector<Standing> standings(const std::vector<Candidate>& keys);

/// "state since successor fault", one line: as it is stored.
std::string format_progress(const KeyProgress& progress);
base::Result<KeyProgress> parse_progress(std::string_view text);

}  // namespace signpost::dkim
