#include "track/unrewritten.h"

#include <algorithm>
#include <iterator>

namespace signpost::track {
namespace {

constexpr UnrewrittenWord kWords[] = {
    {"off", "tracking is off for this tenant, stream, message or recipient"},
    {"not-configured", "no tracking host or no key ring is configured"},
    {"no-html", "no HTML body that may be changed"},
    {"no-links", "the message has no http or https links"},
    {"signed-content", "a part is signed (S/MIME, PGP)"},
    {"encrypted-content", "a part is encrypted (S/MIME, PGP)"},
    {"charset", "a part is in a charset that cannot be scanned byte by byte"},
    {"line-too-long",
     "a longer link would have made a line longer than 998 bytes, see tracking.recode_long_lines"},
    {"bad-structure", "a part has several content types or transfer encodings"},
    {"bad-encoding", "a part's transfer encoding is unknown or broken"},
    {"too-deep", "multiparts are nested more than 32 deep"},
    {"too-many-parts", "more than 1000 parts"},
    {"bad-boundary", "a multipart has no usable boundary"},
    {"ambiguous", "a delimiter line belongs to two multiparts"},
    {"too-many-links", "more than 65536 links; those beyond are left alone"},
    {"too-large", "the message is larger than milter.max_body, or too much is held in memory already"},
    {"memory",
     "rewriting would have needed more than three times the size of the message in memory, or too much is in "
     "use by others"},
    {"role", "mail on this port of the MTA is not rewritten"},
    {"null-sender", "a bounce or another message from the null sender"},
    {"stream", "the stream is not tracked"},
    {"no-tracking", "a recipient is listed as no-tracking"},
    {"bad-track-header", "the value of Signpost-Track is not valid"},
    {"internal", "an internal failure; the daemon's log has more"},
    // Of single links.
    {"bad-address", "a link's address has control bytes or broken UTF-8, or no // behind http:"},
    {"address-charset", "a link's address has bytes above 127 in a charset that is not UTF-8 or Latin-1"},
    {"long-address", "a link's address is longer than 4 KiB"},
    {"invalid-host",
     "a link leads to an IP address, to localhost, to what is not a host name, or has a user name"},
    {"private-host", "a link leads to a name that only private networks know"},
    {"unquoted", "a link in a conditional comment whose value is not in quotes"},
    {"target", "a link leads to a host that is not among the tenant's tracking.targets"},
    {"excluded", "a link leads to a place in tracking.exclude"},
    {"url-text", "a link's text is itself a URL, and tracking.url_text says leave"},
    {"opted-out", "a link has a mark that switches tracking off"},
    {"tracked", "a link leads to the tracking host already"},
    {"clicks-off", "opens are tracked, clicks are not"},
};

constexpr UnrewrittenWord kNoPixelWords[] = {
    {"opens-off", "opens are not tracked"},
    {"has-pixel", "the message has a pixel of this tracking host already"},
    {"truncated-html", "the HTML ends within a tag, a comment or a script"},
    {"empty-html", "the HTML is blank"},
    {"not-accepted", "the message was not sent, or is not outbound mail"},
};

}  // namespace

std::span<const UnrewrittenWord> unrewritten_words() {
  return kWords;
}

std::span<const UnrewrittenWord> no_pixel_words() {
  return kNoPixelWords;
}

void LinkReasons::note(std::string_view word) {
  const auto* const found = std::find_if(std::begin(kWords), std::end(kWords),
                                         [word](const UnrewrittenWord& one) { return one.word == word; });
  first_ = std::min(first_, static_cast<std::size_t>(found - std::begin(kWords)));
}

std::string_view LinkReasons::first() const {
  return first_ < std::size(kWords) ? kWords[first_].word : std::string_view();
}

}  // namespace signpost::track
