// The marks by which a sender says what to do with a link: that it must not be tracked, that it may open an app. Ours, and
// those of the services that the mail may have been written for. All of them are data.
#pragma once

#include <string_view>

#include "mail/html/html.h"

namespace signpost::track {

/// True if the tag has one of the attributes.
bool opts_out(std::string_view html, const mail::html::Tag& tag);

/// True if the tag is marked as a link that may open an app on a phone.
bool opens_app(std::string_view html, const mail::html::Tag& tag);

/// In a URL that begins with "http+notrack://" or "https+notrack://": how many octets before the "+". Else 0. Such a
/// link is sent as the plain one (Postal, https://docs.postalserver.io/features/click-and-open-tracking).
std::size_t notrack_scheme(std::string_view url);
constexpr std::string_view kNotrack = "+notrack";

}  // namespace signpost::track
