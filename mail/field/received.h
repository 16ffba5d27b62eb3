// One Received field, as far as it tells by which way a message came: the client, the host that wrote it, the
// protocol. What a way means is decided by policy/origin.
//
// Whoever connects chooses his HELO name, his PTR record, the subject of his certificate and his recipient. So the
// parts are recognized by their place, never searched for, and what follows `for` or `;` is not read at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "base/result.h"

namespace signpost::mail {

struct Received {
  std::string from;    ///< the word behind `from`: what the client called itself; empty if there is none
  std::string client;  ///< the first comment before `by`, without its parentheses: what the MTA knew
  std::string
      authenticated;     ///< "shop" of a later comment `(Authenticated sender: shop)`; empty if there is none
  std::string by;        ///< the host that wrote the field, as it stands there
  std::string software;  ///< the first comment behind the host: "Postfix, from userid 33", "8.17.1/8.17.1"
  std::string protocol;  ///< the word behind `with`: "ESMTPSA", "HTTP/1.1"; empty if there is none
  bool operator==(const Received&) const = default;
};

/// Reads a field's value (RFC 5321 §4.4), folded or not. Behind the word of `from` may stand an address in brackets, and
/// `via` with a word and another address, as Roundcube writes them; they are not kept. Error `invalid` if it does not
/// begin with `from`, `by` or a comment, has no `by`, has other words where only comments may stand, a comment that does
/// not end, a backslash before the host is read, or a control byte: such a field is evidence of nothing.
base::Result<Received> parse_received(std::string_view value);

/// The address in a client comment of the form `NAME [ADDRESS]` or `[ADDRESS]` (IPv6 as `[IPv6:::1]` or bare).
/// Absent for every other form: a name can be the stranger's, and so can brackets anywhere else.
std::optional<base::Ip> client_address(const Received& received);

}  // namespace signpost::mail
