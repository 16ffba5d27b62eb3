// Whether requests for one message's links and pixel that come close together are a person's or a program's. Pure: times,
// link numbers and classes in, a number out; no address and no agent. daemon/ingest/bursts collects them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/clock.h"
#include "track/hit.h"

namespace signpost::track {

/// What is remembered of a click or open.
struct Fetch {
  base::Wall at{};
  bool is_open = false;    ///< the pixel; else a link
  std::uint16_t link = 0;  ///< of a click
  Network network = Network::unknown;
};

/// Two requests further apart belong to different bursts.
inline constexpr std::chrono::milliseconds kBurstGap{1500};
/// From here on a burst is a program's. Chosen by the curve in docs/web.md, which tests/bench/grading makes anew.
inline constexpr int kSuspicious = 50;

/// How much speaks against a person, 0 to 100, for the requests of one burst in the order of their times. `sent`: when the
/// message was taken in; nullopt if that is not known, and a time after the burst counts as not known. Below kSuspicious for a
/// single link: people wait for a password reset. The times must be within the years that a spool's record may have
/// (web/spool/record). Linear, but for a logarithm.
///
/// - the link that no person sees, which alone is enough;
/// - links that follow each other faster than a hand opens tabs;
/// - several links and the pixel together, as a program does that fetches the whole message;
/// - within seconds after sending, and from a data center.
int suspicion(std::span<const Fetch> burst, std::optional<base::Wall> sent);

}  // namespace signpost::track
