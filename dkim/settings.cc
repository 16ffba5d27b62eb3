// The fields that are signed when nobody says otherwise, and those that never are.
#include "dkim/settings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace signpost::dkim {

std::vector<std::string> default_signed_fields() {
  return {
      "sender",
      "in-reply-to",
      "references",  // RFC 6376 §5.4.1, beside the oversigned ones
      "resent-date",
      "resent-from",
      "resent-sender",
      "resent-to",
      "resent-cc",
      "resent-message-id",
      "mime-version",
      "content-type",
      "content-transfer-encoding",
      "content-disposition",
      "content-id",
      "content-description",  // RFC 2045, RFC 2183
      "list-id",              // RFC 2919
      "list-help",
      "list-subscribe",
      "list-post",
      "list-owner",
      "list-archive",  // RFC 2369
      "list-unsubscribe",
      "list-unsubscribe-post",  // RFC 8058 §4
      "feedback-id",
      "auto-submitted",
  };
}

bool is_never_signed(std::string_view name) {
  // Trace fields and Bcc change or vanish on the way (RFC 6376 §5.4.1); our own Signpost-* are removed before
  // the message leaves.
  constexpr std::array<std::string_view, 5> kNames = {"received", "return-path", "bcc", "resent-bcc",
                                                      "dkim-signature"};
  if (base::starts_with_ignore_case(name, "signpost-")) return true;
  return std::any_of(kNames.begin(), kNames.end(),
                     [name](std::string_view never) { return base::equals_ignore_case(name, never); });
}

}  // namespace signpost::dkim
