// The milter socket's file: what libmilter leaves to us. A stale one is removed, a live one refused, and mode
// and group are set once libmilter has made it (by itself it uses the umask only, and
// Postfix cannot connect).
#pragma once

#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "system/descriptor.h"
#include "system/milter_address.h"

namespace signpost::system {

/// Before libmilter opens it. Error `unavailable` if somebody answers there, `invalid` if it is a file of
/// another kind or its directory is missing. Nothing to do for inet sockets.
base::Result<void> clear_milter_socket(const SocketAddress& address);

/// After libmilter opened it. An empty group leaves it as it is. The error says which command would do
/// by hand what failed.
base::Result<void> open_milter_socket_to(const SocketAddress& address, mode_t mode, const std::string& group);

/// Connects to it as an MTA would, up to where a session begins; the connection ends with what is returned.
/// For unix sockets only. Error `unavailable`.
base::Result<Descriptor> knock_on_milter_socket(const SocketAddress& address);

}  // namespace signpost::system
