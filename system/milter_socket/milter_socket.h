// The milter socket, which libmilter makes and keeps to itself. Removes a stale file, refuses one that is in use, sets
// mode and group once libmilter has made it (libmilter only applies the umask, so that Postfix could not connect), or the
// options of a TCP socket.
#pragma once

#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "system/descriptor.h"
#include "system/milter_socket/milter_address.h"

namespace signpost::system {

/// Must be called before libmilter opens the socket. Error `unavailable` if a process answers there, `invalid` if
/// it is a file of another kind or its directory is missing. Does nothing for inet sockets.
base::Result<void> clear_milter_socket(const SocketAddress& address);

/// Must be called after libmilter opened the socket. An empty group is not changed. The error names the command
/// that does the same by hand.
base::Result<void> open_milter_socket_to(const SocketAddress& address, mode_t mode, const std::string& group);

/// Must be called after libmilter opened the socket: what makes mail over TCP as fast as over a unix socket, as far as
/// the listening socket's options reach (milter/packets does what they cannot). Every part of an answer is sent at
/// once, and segments are small: Postfix makes buffers of twice the segment size for each message, and with the 64 KiB
/// of loopback it meets 100 page faults in each. Does nothing for unix sockets. Error `unavailable`: mail is slow.
base::Result<void> quicken_milter_socket(const SocketAddress& address);

/// Connects to it as an MTA would, up to where a session begins; the connection ends with what is returned.
/// Error `unavailable`.
base::Result<Descriptor> knock_on_milter_socket(const SocketAddress& address);

}  // namespace signpost::system
