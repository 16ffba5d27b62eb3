// libmilter's callbacks: from C to one Session call each, negotiation as a contract, a guard at every C boundary.
// These files, milter/apply and milter/packets are the only ones that include libmilter's header. Reads no
// configuration file and opens nothing but the milter socket.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "milter/services.h"

namespace signpost::milter {

/// Registers with libmilter and opens the socket ("unix:/path", "inet:PORT@HOST", already checked). Once per
/// process: libmilter has one set of callbacks and no place for a pointer of ours. `services`
/// outlives run_milter.
base::Result<std::string> open_milter(const std::string& socket, const Services& services);

/// Serves until stop_milter; blocks. False if libmilter failed. Call in a thread of its own, so that the main
/// thread takes the signals.
bool run_milter();

/// Ends run_milter, at once, and returns when it has ended (SIGUSR2 is used and from then on ignored). The thread of
/// run_milter is not joined yet. Sessions waiting between commands get neither abort nor close.
void stop_milter();

/// Waits until no callback is running, or the deadline. True if none is.
bool wait_for_callbacks(std::chrono::milliseconds max);

}  // namespace signpost::milter
