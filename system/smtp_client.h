// Hands a mail of our own to an MTA, usually the one that Signpost is attached to. Knows SMTP's client side
// as far as one message with the null sender needs it (RFC 5321); the caller decides what to send and when.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "system/listen_address.h"

namespace signpost::system {

/// Gives `text` (with header, lines ending in LF, 8-bit allowed) for one recipient to `server`, with the null
/// sender: no answer comes back, and no limit counts it (RFC 3834 §3.3). Returns when the MTA has accepted it.
/// Blocks, at most for `patience` in all. Error `unavailable` with the server's words or the system's; if
/// the connection breaks after the end of the message, it is unknown whether the MTA accepted it.
base::Result<void> send_by_smtp(const ListenAddress& server, const std::string& to, const std::string& text,
                                std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace signpost::system
