#include "mail/signed_content.h"

#include "base/text.h"

namespace signpost::mail {

std::string_view seal_of(const Part& part) {
  const std::string& type = part.type.value;
  if (type == "multipart/signed") return "signed-content";        // RFC 1847 §2.1
  if (type == "multipart/encrypted") return "encrypted-content";  // RFC 1847 §2.2
  if (type == "application/pkcs7-mime" || type == "application/x-pkcs7-mime") {
    // RFC 8551 §3.2.2.
    const std::string* kind = part.type.parameter("smime-type");
    return kind != nullptr && base::equals_ignore_case(*kind, "signed-data") ? "signed-content"
                                                                             : "encrypted-content";
  }
  return {};
}

std::string_view find_inline_pgp(std::string_view text) {
  constexpr std::string_view begin = "-----BEGIN PGP ";
  for (std::size_t at = text.find(begin); at != text.npos; at = text.find(begin, at + 1)) {
    if (at > 0 && text[at - 1] != '\n' && text[at - 1] != '>') continue;
    const std::string_view rest = text.substr(at + begin.size());
    if (rest.starts_with("SIGNED MESSAGE-----")) return "signed-content";
    if (rest.starts_with("MESSAGE-----")) return "encrypted-content";
  }
  return {};
}

}  // namespace signpost::mail
