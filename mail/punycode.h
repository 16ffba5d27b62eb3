// Punycode (RFC 3492), for the labels that IDNA 2008 excludes and that were registered all the same: libidn2 encodes
// no others, and its own encoder is not in the library of Debian 12.
#pragma once

#include <string>
#include <string_view>

namespace signpost::mail {

/// The A-label of a label in UTF-8, "xn--" and all: what registries made of it (emoji) before and beside IDNA 2008.
/// The letters A to Z in lower case, variation selectors (U+FE0E, U+FE0F) left out as UTS #46 maps them. Empty if the
/// text is not UTF-8, too long for a label, or holds anything but ASCII and such symbols: others are mapped first,
/// which is not done here.
std::string punycode_label(std::string_view label);

}  // namespace signpost::mail
