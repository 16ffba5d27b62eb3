// What is equal before the "@": the canonical form of a local part, and the folding that a tenant may ask
// for. The only user of libunistring.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "mail/address.h"

namespace signpost::mail {

/// A longer canonical form is replaced by its hash, so that keys stay within LMDB's 511 bytes whatever people write.
inline constexpr std::size_t kMaxCanonicalLocal = 200;

/// NFC (UAX #15), the letters A to Z in lower case, nothing else: two local parts have the same canonical
/// form if and only if they differ in nothing but that. Other letters are not lowered: which of them are the same mailbox
/// is for the receiving host to say (RFC 5321 §2.4), and its rule is not known here. Bytes that are not UTF-8 are only lowered.
/// With more than kMaxCanonicalLocal octets it is "sha256=" and the hash of that form in hexadecimal, behind a name of at
/// most 100 octets with its "+" if there is one.
std::string canonical_local(std::string_view local);

/// What else a tenant takes for the same mailbox.
struct Folds {
  bool plus_tag = false;    ///< "bob+news" is "bob", at every domain
  bool gmail_dots = false;  ///< at gmail.com and googlemail.com, which are one, dots do not count
  bool any() const { return plus_tag || gmail_dots; }
  auto operator<=>(const Folds&) const = default;
};

/// The canonical address that stands for all that are the same under these folds.
Address fold(const Address& address, Folds folds);

}  // namespace signpost::mail
