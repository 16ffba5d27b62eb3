// Makes DKIM-Signature fields: header canonicalization, tag list, signature (RFC 6376 §3.5, §3.7; RFC 8463).
// Which key signs is decided in dkim/select; the body hash comes from dkim/body_hash.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/result.h"
#include "dkim/settings.h"
#include "mail/message.h"

namespace signpost::dkim {

/// True for a field that a signature covers if it is there. `name` in lower case.
bool would_sign(const Settings& settings, std::string_view name);

/// One value for a DKIM-Signature field in milter form: leading space, folds "\n\t", no line over 78 where it
/// can be kept. Repeated fields are signed bottom up (§5.4.2), oversigned ones are named once more than
/// present. A List-Unsubscribe and List-Unsubscribe-Post present are always signed (RFC 8058 §4); never
/// Received, Return-Path or Bcc. t= is `now`, x= if set for the stream.
base::Result<std::string> sign(const SigningKey& key, const Settings& settings,
                               const std::vector<mail::Field>& fields, const base::Digest& body_hash,
                               base::Wall now, std::string_view stream = {});

/// All signatures of a message, in the order of `keys` (RSA first). The first that fails ends
/// it with its error.
base::Result<std::vector<std::string>> sign_all(const std::vector<SigningKey>& keys, const Settings& settings,
                                                const std::vector<mail::Field>& fields,
                                                const base::Digest& body_hash, base::Wall now,
                                                std::string_view stream = {});

}  // namespace signpost::dkim
