// Recognizes the parts of a message that others signed or encrypted: S/MIME, PGP/MIME, inline PGP. Such
// content is never changed. Nothing is verified here.
#pragma once

#include <string_view>

#include "mail/mime.h"

namespace signpost::mail {

/// "signed-content" or "encrypted-content" for a part that is sealed with everything in it (RFC 1847 §2.1,
/// §2.2; RFC 8551 §3.2.2); empty if it is not.
std::string_view seal_of(const Part& part);

/// The same words for inline PGP in a decoded text (RFC 9580 §6.2: the armor line begins its line); empty if
/// there is none. What was quoted from another message counts too.
std::string_view find_inline_pgp(std::string_view text);

}  // namespace signpost::mail
