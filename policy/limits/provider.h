// Who runs a recipient's mailbox, for limits and counts by provider: one operator behind many domains shares one bucket.
#pragma once

#include <array>
#include <string_view>

namespace signpost::policy::limits {

/// "google", "microsoft", "yahoo" or "apple" for their well-known consumer domains, else the domain itself.
/// `domain` is canonical. The result views `domain` or a literal.
/// Limitation: a domain of its own that is hosted there (by MX) is not recognised.
std::string_view provider_of(std::string_view domain);

inline constexpr std::string_view kOtherProvider = "other";

/// All that known_provider returns.
inline constexpr std::array<std::string_view, 5> kProviderNames = {"apple", "google", "microsoft", "yahoo",
                                                                   kOtherProvider};

/// The provider's name, or kOtherProvider: a literal always, so that whoever chooses the domain chooses no name.
std::string_view known_provider(std::string_view domain);

}  // namespace signpost::policy::limits
