// The fields that are signed by default, and those that never are.
#include "dkim/settings.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace signpost::dkim {

std::vector<std::string> default_oversigned_fields() {
  return {
      // RFC 6376 §5.4.1, §8.15
      "from",
      "reply-to",
      "subject",
      "date",
      "to",
      "cc",
      "message-id",
      "in-reply-to",
      "references",
      // RFC 2045 §3: how the body is read
      "mime-version",
      "content-type",
      "content-transfer-encoding",
  };
}

std::vector<std::string> default_signed_fields() {
  return {
      // RFC 6376 §5.4.1; mailing lists add a Sender
      "sender",
      "resent-date",
      "resent-from",
      "resent-sender",
      "resent-to",
      "resent-cc",
      "resent-message-id",
      // RFC 2045 §7, §8, RFC 2183
      "content-disposition",
      "content-id",
      "content-description",
      // RFC 2919, RFC 2369, RFC 8058 §4
      "list-id",
      "list-help",
      "list-subscribe",
      "list-post",
      "list-owner",
      "list-archive",
      "list-unsubscribe",
      "list-unsubscribe-post",
      // RFC 3834 §5, the identifier that mailbox providers report complaints by, and the key for a reply
      "auto-submitted",
      "feedback-id",
      "autocrypt",
  };
}

std::optional<std::chrono::seconds> Settings::expiry_of(std::string_view stream) const {
  const auto own = std::find_if(stream_expiry.begin(), stream_expiry.end(),
                                [stream](const StreamExpiry& one) { return one.stream == stream; });
  return own == stream_expiry.end() ? expire_after : own->expire_after;
}

bool is_never_signed(std::string_view name) {
  // Trace fields and Bcc change or vanish on the way (RFC 6376 §5.4.1); our own Signpost-* are removed before
  // the message leaves, all but the id.
  constexpr std::array<std::string_view, 5> kNames = {"received", "return-path", "bcc", "resent-bcc",
                                                      "dkim-signature"};
  if (base::starts_with_ignore_case(name, "signpost-")) return !base::equals_ignore_case(name, "signpost-id");
  if (name.find(';') != std::string_view::npos) return true;  // it would end h= (RFC 6376 §3.2)
  return std::any_of(kNames.begin(), kNames.end(),
                     [name](std::string_view never) { return base::equals_ignore_case(name, never); });
}

}  // namespace signpost::dkim
