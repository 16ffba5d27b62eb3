// The header fields that let a recipient leave a stream (RFC 2369, RFC 8058): which message gets ours, and
// what the sender's own are worth. Pure. web/respond and the daemon act when somebody uses them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "mail/edit.h"
#include "mail/message.h"
#include "track/settings.h"
#include "track/token.h"

namespace signpost::track {

/// The local part of the address that takes unsubscribe requests by mail; its domain is a bounce domain.
inline constexpr std::string_view kUnsubscribeLocal = "u";
/// Of such a request's Subject: the token, as the link has it. nullopt if there is none.
std::optional<std::string> find_mailed_token(std::string_view subject);

/// What one message is, for the link in it.
struct UnsubscribeContext {
  const Settings* settings = nullptr;
  const Sealer* sealer = nullptr;
  std::uint32_t tenant = 0;
  std::string stream;
  std::string campaign;
  std::string recipient;       ///< canonical; empty unless there is exactly one
  std::size_t recipients = 0;  ///< kept ones
  std::string mailto;          ///< the address that takes unsubscribe requests by mail; empty: none
  base::Wall now{};
};

struct Unsubscribe {
  std::vector<mail::Field> added;          ///< in milter form, with their leading space
  std::vector<mail::ChangeField> decoded;  ///< the sender's own fields, without encoded words
  std::string word;                        ///< one of unsubscribe_words(); empty: this stream gets none
};

/// A List-Unsubscribe of the sender's is left alone, whatever it is worth, and never gets a
/// List-Unsubscribe-Post of ours: only who made the link knows whether a POST to it unsubscribes. One exception: some
/// libraries put encoded words into the field for its length, where RFC 2047 §5 allows none and nobody decodes them;
/// with Settings::decode_unsubscribe it is written plainly. A message to several recipients gets no link, since one
/// body is shared by them all.
Unsubscribe plan_unsubscribe(const std::vector<mail::Field>& fields, const UnsubscribeContext& context);

/// The addresses between angle brackets, blanks taken out, in order; comments are skipped (RFC 2369 §2).
/// Error `invalid` if there is none or an angle bracket is not closed.
base::Result<std::vector<std::string>> parse_list_uris(std::string_view value);

/// A value of `unsub=` in the log, with what it means.
struct UnsubscribeWord {
  std::string_view word;
  std::string_view meaning;
};
std::span<const UnsubscribeWord> unsubscribe_words();

}  // namespace signpost::track
