// Which links of a message change, and to what: parts chosen, tags scanned, tokens sealed, splices made. Pure: message and context in, splices and a
// reason out; every byte outside a link's value stays (decided by mail/transfer's splices). What is excluded and why is in docs/flow.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mail/edit.h"
#include "mail/message.h"
#include "track/settings.h"
#include "track/token.h"

namespace signpost::track {

/// What one message may carry. `mode` is already the narrowest of all that apply (and at most anonymous for several recipients).
struct Context {
  const Settings* settings = nullptr;
  const Sealer* sealer = nullptr;
  Mode mode = Mode::anonymous;
  bool clicks = true;
  bool opens = false;
  std::uint32_t tenant = 0;
  std::string campaign;
  std::string recipient;   ///< canonical; used from pseudonymous up
  std::string message_id;  ///< ULID
  base::Wall now{};
};

struct Rewritten {
  std::vector<mail::Splice> splices;  ///< on the body
  std::vector<mail::Edit> header_edits;  ///< only if the root part's transfer encoding had to change
  std::size_t links = 0;       ///< http(s) link values seen in rewritable parts
  std::size_t rewritten = 0;
  bool pixel = false;
  /// A fixed word if nothing (or not all parts) could be rewritten: "signed-content", "encrypted-content", "no-html", "charset", "line-too-long", …;
  /// empty if all went well.
  std::string reason;
};

/// True if the header alone tells that nothing will be rewritten (then the body need not be kept): not text/html and not multipart, signed, encrypted.
bool may_rewrite(const std::vector<mail::Field>& fields);

Rewritten rewrite(const std::vector<mail::Field>& fields, std::string_view body, const Context& context);

/// All words that Rewritten::reason may be, for docs and tests.
const std::vector<std::string>& unrewritten_words();

}  // namespace signpost::track
