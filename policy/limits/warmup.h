// The warm-up of one key of a limit at one provider: on which step of its ladder it stands, and when it goes up or down. It
// goes up only on what days with mail have proved, and down on what they have proved to the contrary. Who counts results,
// keeps the keys and saves them calls this with the day of today; the limit itself is charged by policy/limits/buckets.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/binomial.h"
#include "base/bytes.h"
#include "policy/limit_settings.h"
#include "policy/limits/warmup_ladder.h"

namespace signpost::policy::limits {

/// Which day it is, in whatever time zone the caller counts days.
using Day = std::chrono::sys_days;

/// What became known on one day. A message counts under the day its result came, and on one day at most once as deferred or
/// greylisted, however often the MTA tried.
struct DayResults {
  std::uint64_t sent = 0;        ///< taken from the client: charged to the limit
  std::uint64_t delivered = 0;   ///< the provider took it
  std::uint64_t bounced = 0;     ///< refused for good because of the recipient
  std::uint64_t deferred = 0;    ///< put off because of the sender: rate or reputation
  std::uint64_t blocked = 0;     ///< refused for good because of the sender
  std::uint64_t greylisted = 0;  ///< put off as every stranger is; counts for nothing
  bool operator==(const DayResults&) const = default;
};

/// When a step is left. The defaults are those of docs/limits.md.
struct WarmupRule {
  double use = 0.8;              ///< of the step's volume: a day with less does not count
  double up_refusals = 0.05;     ///< bounced and blocked: surely below
  double up_deferrals = 0.05;    ///< deferred and blocked: surely below
  double up_alpha = 0.05;        ///< how often "surely below" may be wrong
  double down_refusals = 0.08;   ///< surely above
  double down_deferrals = 0.10;  ///< surely above
  double down_alpha = 0.001;     ///< asked with each result, so it must be small
  int max_wait = 8;              ///< after falls: days that a step must be used before it is left, at most
  std::chrono::days cold{30};    ///< a step is lost for so long without mail
};

/// What keeps a key on its step.
enum class WarmupHold {
  none,       ///< it goes up tomorrow
  full,       ///< nothing: it has left the ladder, and the limit's own rates hold alone
  use,        ///< today has not used enough of the step yet
  wait,       ///< it fell, and must use the step for more days
  refusals,   ///< too many were bounced or blocked
  deferrals,  ///< too many were deferred or blocked
  evidence,   ///< no share is too high, but there are too few results to be sure
  fallen,     ///< it fell today
};
/// "none", "full", "use", "wait", "refusals", "deferrals", "evidence", "fallen"
const char* warmup_hold_word(WarmupHold hold);

/// For `explain`.
struct WarmupStatus {
  std::size_t step = 0;  ///< counted from 1; one more than `steps` when full
  std::size_t steps = 0;
  std::optional<std::uint64_t> allowance;  ///< messages a day; absent: no bound by the warm-up
  std::uint64_t used = 0;                  ///< today
  base::Counted refusals;                  ///< of the last days on this step, today included
  base::Counted deferrals;
  WarmupHold hold = WarmupHold::none;
  /// The first day on which it can stand higher: if from now on there is mail every day, the step is used up, and all of
  /// that is delivered the same day. Absent when full.
  std::optional<Day> earliest;
};

/// A value, without a lock: some 400 bytes in memory. It keeps the volume of its step, not the number, so that it continues on
/// another ladder: on the highest step that is not above that volume, at least on the first. Who has left one ladder has left
/// every one. A ladder without steps bounds nothing.
class Warmup {
 public:
  /// Days of results that are kept, today aside. So many days above the last step without a fall end the warm-up: it judges
  /// no more, until mail stays away.
  static constexpr std::size_t kDays = 7;
  /// What write makes is never longer.
  static constexpr std::size_t kMaxBytes = 320;

  /// On the first step.
  Warmup(const WarmupLadder& ladder, Day today) : today_(today), last_mail_(today) { stand_on(ladder, 0); }

  /// Adds results of that day. If it is a new one, the day before is judged first, which may take it one step up; with each
  /// call, results that prove a share too high take it one step down, once a day. A call without results only turns the
  /// day. Returns true if the allowance is another than before. A day before the last counts as the last, and if it is far
  /// before, the clock was wrong: counting goes on there.
  bool add(const WarmupLadder& ladder, const WarmupRule& rule, Day today, const DayResults& results);

  /// What may be sent on that day; nullopt: the warm-up bounds nothing. Cheap once add has turned the day.
  std::optional<std::uint64_t> allowance(const WarmupLadder& ladder, const WarmupRule& rule, Day today) const;
  /// The same as a rate that stands beside the limit's own.
  std::optional<Rate> rate(const WarmupLadder& ladder, const WarmupRule& rule, Day today) const;
  WarmupStatus explain(const WarmupLadder& ladder, const WarmupRule& rule, Day today) const;

  void write(base::ByteWriter& out) const;
  /// Nullopt if it does not fit.
  static std::optional<Warmup> read(base::ByteReader& in);
  bool operator==(const Warmup&) const = default;

 private:
  explicit Warmup(Day today) : today_(today), last_mail_(today) {}

  struct Evidence {
    std::uint64_t delivered = 0;
    std::uint64_t bounced = 0;
    std::uint64_t deferred = 0;
    std::uint64_t blocked = 0;
    bool operator==(const Evidence&) const = default;
  };
  std::size_t index(const WarmupLadder& ladder) const;
  Warmup turned(const WarmupLadder& ladder, const WarmupRule& rule, Day today) const;
  void turn_to(const WarmupLadder& ladder, const WarmupRule& rule, Day today);
  void close_day(const WarmupLadder& ladder, const WarmupRule& rule);
  void keep_results();
  void cool_down(const WarmupLadder& ladder, const WarmupRule& rule);
  void fall(const WarmupLadder& ladder, const WarmupRule& rule);
  void stand_on(const WarmupLadder& ladder, std::size_t step);
  bool is_used(const WarmupLadder& ladder, const WarmupRule& rule) const;
  bool is_over() const;
  bool is_failing(const WarmupRule& rule) const;
  WarmupHold hold(const WarmupLadder& ladder, const WarmupRule& rule) const;
  base::Counted refusals() const;
  base::Counted deferrals() const;
  Evidence evidence() const;
  std::optional<Day> earliest(const WarmupLadder& ladder, const WarmupRule& rule) const;

  std::uint64_t volume_ = 1;            ///< of its step; kFull above the last
  Day today_;                           ///< the day that is counted
  Day last_mail_;                       ///< the last day before it with mail
  DayResults results_;                  ///< of today_; after a fall, those that came since, but for `sent`
  bool fell_ = false;                   ///< on today_
  std::uint8_t wait_ = 1;               ///< how many days it must use the step
  std::uint8_t used_days_ = 0;          ///< so many it has, before today_
  std::uint8_t kept_ = 0;               ///< how many of `days_` are filled
  std::array<Evidence, kDays> days_{};  ///< before today_ on this step, oldest first
};

}  // namespace signpost::policy::limits
