// Header fields in the form that is hashed (RFC 6376 §3.4.1, §3.4.2). The body's forms are dkim/body_hash.
#pragma once

#include <string>

#include "dkim/settings.h"
#include "mail/message.h"

namespace signpost::dkim {

/// Appends the field without its line end, as the DKIM-Signature field itself is hashed (§3.7). `field` is in
/// milter form: its folds, "\n" plus blank, are CRLF on the wire and are hashed so.
void append_canonical(std::string& out, const mail::Field& field, Canon canon);

}  // namespace signpost::dkim
