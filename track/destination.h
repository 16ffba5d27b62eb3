// Which hosts rewritten links may lead to: what the public cannot reach, what a tenant is not allowed, and
// our own hosts are left alone. track/target parses the link.
#pragma once

#include <string_view>

#include "track/settings.h"

namespace signpost::track {

/// True for a name that only private networks know: one without a dot, or below a domain kept for them.
/// `host` is canonical, without a final dot.
bool is_private_host(std::string_view host);

/// Empty if links in mail under these settings may lead to that host, else why not: one of unrewritten_words().
std::string_view why_not_to(const Settings& settings, std::string_view host);

}  // namespace signpost::track
