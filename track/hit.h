// One click, open or unsubscribe request, as it goes from the web program to the daemon: the raw token and
// how the request looked. The daemon opens the token again and believes nothing else; what a hit leads
// to is decided there.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace signpost::track {

enum class HitKind { click, open, unsubscribe, undo };
/// "click", "open", "unsubscribe", "undo".
const char* hit_word(HitKind kind);

/// Who probably asked. Only humans count in a report's first column; no grade is dropped. The numbers are in the spool.
enum class Grade {
  human,
  prefetch,
  scanner,
  privacy,  ///< a mail service that fetches every image itself, so that nobody learns when a person reads
};
/// "human", "prefetch", "scanner", "privacy".
const char* grade_word(Grade grade);

/// What is known of the network that a request came from. The numbers are in the spool.
enum class Network {
  unknown,
  hosting,  ///< data centers, where people seldom read mail
  scanner,  ///< a service that checks mail for its customers
};

struct Hit {
  HitKind kind = HitKind::click;
  Grade grade = Grade::human;
  std::string reason;  ///< why this grade, a fixed word: "browser", "agent", "one-click", ...
  base::Wall at{};
  std::string token;    ///< as it stood in the URL
  base::Wall undoes{};  ///< undo only: `at` of the unsubscribe that it takes back
  /// Client address and user agent: empty unless the token's mode is `identified`.
  std::string client;
  std::string agent;
  Network network = Network::unknown;  ///< of the client, in every mode
  bool operator==(const Hit&) const = default;
};

/// What the grade of a request is judged by: header values, empty where absent.
struct Traces {
  std::string_view user_agent;
  std::array<std::string_view, 4> purposes;  ///< Sec-Purpose, Purpose, X-Purpose, X-Moz
  std::string_view fetch_mode;               ///< Sec-Fetch-Mode
  Network network = Network::unknown;
};

struct Graded {
  Grade grade = Grade::human;
  const char* reason = "";
};
/// By one request alone. A scanner that acts like a browser in every header is taken for a human here; track/burst.h tells
/// it by what it fetches together.
Graded grade_click(const Traces& traces);
Graded grade_open(const Traces& traces);

}  // namespace signpost::track
