// Which links of a message change, and to what: tags scanned, tokens sealed, splices made. Pure: message and
// context in, replacements and a reason out; every byte outside a link's value stays (mail/transfer sees to that).
// Which parts are looked into is mail/html/parts.h, which links are left alone track/target.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mail/message.h"
#include "mail/patch.h"
#include "track/settings.h"
#include "track/token.h"
#include "track/unrewritten.h"

namespace signpost::track {

/// What one message may carry. `mode` is already the narrowest of all that apply (at most anonymous for
/// several recipients).
struct Context {
  const Settings* settings = nullptr;
  const Sealer* sealer = nullptr;
  Mode mode = Mode::anonymous;
  bool clicks = true;
  bool opens = false;
  std::uint32_t tenant = 0;
  std::string campaign;
  std::string stream;      ///< fills {stream} of a query tag
  std::string recipient;   ///< canonical; used from pseudonymous up
  std::string message_id;  ///< ULID; used from pseudonymous up
  base::Wall now{};
};

struct Rewritten {
  std::vector<mail::Replacement> replacements;  ///< on the body
  std::size_t links = 0;                        ///< http(s) link values seen in the parts looked into
  std::size_t rewritten = 0;
  /// Octets of all HTML parts that were looked into, decoded, after the changes: what Gmail measures before it clips.
  std::size_t html_size = 0;
  bool pixel = false;
  std::string no_pixel;  ///< one of no_pixel_words() or unrewritten_words() if there is no pixel; else empty
  /// Where the contents of parts begin that were left alone for "line-too-long": encoded as quoted-printable
  /// they could be rewritten.
  std::vector<std::size_t> too_long;
  /// One of unrewritten_words() if any link stayed as it was, or there is none; else empty.
  std::string reason;
};

/// False if the header alone tells that nothing will be rewritten; then the body need not be kept.
bool may_rewrite(const std::vector<mail::Field>& fields, bool plain_text = false);
/// Why may_rewrite says no: one of unrewritten_words(); empty if it says yes.
std::string why_not(const std::vector<mail::Field>& fields, bool plain_text = false);

/// In each HTML part (and, if the settings say so, plain text): the first href of every <a> and <area> that
/// leads to a target becomes a link to the tracking host (track/links.h says which others can be switched
/// on). One pixel is put into the HTML part that readers show first, or where the sender marked its place
/// (track/pixel.h). What is excluded, by an attribute or by the settings, is left alone. Rewriting a second time
/// changes nothing.
Rewritten rewrite(const std::vector<mail::Field>& fields, std::string_view body, const Context& context);

}  // namespace signpost::track
