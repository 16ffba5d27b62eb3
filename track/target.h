// Where a link leads: an href value as a browser would follow it, made fit for a Location header, or why it
// is left alone. Knows the URL standard as far as http and https go; not HTML.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace signpost::track {

enum class LinkKind {
  other,     ///< not absolute http or https: no link in our sense
  excluded,  ///< http(s), but left alone: see read_link
  tracked,   ///< already leads to the tracking host
  target,    ///< to be rewritten
};

struct Link {
  LinkKind kind = LinkKind::other;
  std::string target;    ///< for kind target: absolute, printable ASCII, at most 4 KiB
  std::string_view why;  ///< for kind excluded: one of unrewritten_words()
};

/// Reads a decoded href value in UTF-8. Blanks and control bytes around it, and tabs and line ends within it,
/// go as in a browser; the host becomes lower-case A-labels; what a URL cannot hold as it is becomes
/// percent-encoded UTF-8. Excluded: user info, IP literals, localhost, something that is not a host (template
/// leftovers among them), control bytes, invalid UTF-8, more than 4 KiB, "http:" without "//".
Link read_link(std::string_view href, std::string_view tracking_host);

/// The host of a target that read_link gave, without a final dot.
std::string_view host_of(std::string_view target);

/// Where a target leads, fit to be kept: without query and fragment, and without what follows an address in
/// its path, which may name a person. Limitation: a path that names one otherwise is kept.
std::string_view place_of(std::string_view target);

/// Targets that are left alone: a host and the names below it, perhaps only what is at a path and below.
struct Exclusion {
  std::string host;  ///< canonical
  std::string path;  ///< empty, or begins with "/"
  bool operator==(const Exclusion&) const = default;
};

/// "HOST" or "HOST/PATH", without scheme, port, query and fragment.
base::Result<Exclusion> parse_exclusion(std::string_view text);

/// True if the target is at that place or below it. Paths are compared as they are written.
bool covers(const Exclusion& exclusion, std::string_view target);

}  // namespace signpost::track
