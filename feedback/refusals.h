// Refusals of the sender as they happen: which result of a delivery waits, and for how long mail to a provider may wait
// before its refusals reach the senders. Which words wait is feedback/waiting's; who asks is daemon/delivery_filter's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace signpost::feedback {

/// What becomes of one result.
struct ResultAnswer {
  enum class Kind : std::uint8_t {
    unchanged,    ///< not a refusal that could wait
    waits,        ///< the mail stays in the queue
    let_through,  ///< such refusals came for too long already: the mail bounces
  };
  Kind kind = Kind::unchanged;
  std::string text;       ///< only with `waits`: the result with a code for the time being (4.x.x)
  std::string provider;   ///< with `waits` and `let_through`
  std::string_view rule;  ///< the same; its name
  bool is_news = false;   ///< the first of its provider of this kind since its refusals began
};

/// A provider that refused, and since when without a pause.
struct RefusingProvider {
  std::string name;
  std::string_view rule;  ///< of the last refusal
  base::Steady first{};
  base::Steady last{};
  std::uint64_t waited = 0, let_through = 0;         ///< results, as long as it is remembered
  bool has_waited = false, has_let_through = false;  ///< since `first`
};

/// Not thread-safe. Remembers at most kMaxProviders: of one more, the one that was silent longest is forgotten, and may begin
/// anew; where more than these refuse at once, mail may wait as long as the queue keeps it. Limitation: nothing is kept over a
/// restart, after which mail may wait once more as long.
class Refusals {
 public:
  static constexpr std::size_t kMaxProviders = 4096;
  /// A provider begins anew after as long without a refusal as its mail may wait, at least this. It must be longer than
  /// an MTA rests between two tries (Postfix: maximal_backoff_time, 4,000 s), or one waiting message would begin anew itself.
  static constexpr std::chrono::hours kMinPause{4};

  /// `result` is what Postfix asks smtp_delivery_status_filter with, "5.7.1 text"; `wait_at_most` counts from the provider's
  /// first refusal.
  ResultAnswer take(std::string_view result, std::chrono::seconds wait_at_most, base::Steady now);

  /// Those whose refusals have not paused for that long, in the order of their names.
  std::vector<RefusingProvider> refusing(std::chrono::seconds wait_at_most, base::Steady now) const;
  /// All that are remembered, in the order of their names.
  std::vector<RefusingProvider> all() const;

 private:
  RefusingProvider& find_or_add(std::string name, base::Steady now);
  std::map<std::string, RefusingProvider> providers_;
};

/// Whose refusal it is, by the name of the host that said it: "outlook.com", "yahoodns.net"; of a host without a name its
/// address; "unknown" if no host is named. Postfix does not say whose address it was. Limitation: three labels count below "co.uk"
/// and its like; the Public Suffix List is not asked.
std::string find_refusing_provider(std::string_view result);

}  // namespace signpost::feedback
