// One pass a part: links and the place for the pixel are found, then all replacements are encoded at once.
#include "track/rewrite.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mail/html/charset.h"
#include "mail/html/parts.h"
#include "mail/html/plain.h"
#include "mail/mime.h"
#include "mail/transfer.h"
#include "track/destination.h"
#include "track/links.h"
#include "track/tagging.h"
#include "track/target.h"
#include "track/token_url.h"

namespace signpost::track {
namespace {

constexpr UnrewrittenWord kWords[] = {
    {"off", "tracking is off for this tenant, stream, message or recipient"},
    {"not-configured", "no tracking host or no key ring is configured"},
    {"no-html", "no HTML body that may be changed"},
    {"no-links", "the message has no http or https links"},
    {"excluded", "every link is excluded from tracking or leads to the tracking host already"},
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
     "use by "
     "others"},
    {"role", "mail on this port of the MTA is not rewritten"},
    {"null-sender", "a bounce or another message from the null sender"},
    {"stream", "the stream is not tracked"},
    {"no-tracking", "a recipient is listed as no-tracking"},
    {"bad-track-header", "the value of Signpost-Track is not valid"},
    {"internal", "an internal failure; the daemon's log has more"},
};

constexpr std::size_t kMaxLinks = 65536;  // a token's link index has 16 bits
constexpr std::string_view kBlanks = " \t\r\n";

using Replacements = std::vector<mail::Replacement>;

/// What the scan of one part found.
struct Findings {
  Replacements links;  ///< in the decoded text
  HtmlScan html;
};

class Rewriter {
 public:
  explicit Rewriter(const Context& context) : context_(context) {
    token_.tenant = context.tenant;
    token_.campaign = context.campaign.substr(0, kMaxCampaign);
    token_.mode = context.mode;
    if (context.mode < Mode::pseudonymous) return;
    const auto days = std::chrono::floor<std::chrono::days>(context.now).time_since_epoch().count();
    token_.day = static_cast<std::uint16_t>(std::clamp<std::int64_t>(days, 0, 0xFFFF));
    token_.message = context.message_id;
    token_.recipient = context.mode == Mode::identified
                           ? context.recipient
                           : context.sealer->pseudonym(context.tenant, context.recipient);
  }

  void rewrite(const mail::html::Candidate& part) {
    Findings found = part.html ? scan_html(part) : scan_plain(part);
    if (found.html.shifting_charset) return note("charset");
    Replacements replacements = std::move(found.links);
    const std::size_t links = replacements.size();
    const bool blank = part.decoded.text().find_first_not_of(kBlanks) == std::string_view::npos;
    const bool pixel = context_.opens && part.html && found.html.complete && !found.html.has_pixel && !blank;
    if (pixel) insert_pixel(replacements, part.decoded.text(), found.html.body_end);
    if (replacements.empty()) return;
    auto encoded = part.decoded.replace(std::move(replacements));
    if (!encoded) {
      result_.too_long.push_back(part.content.begin);
      return note("line-too-long");
    }
    for (mail::Replacement& one : *encoded) {
      one.begin += part.content.begin;
      one.end += part.content.begin;
      result_.replacements.push_back(std::move(one));
    }
    result_.rewritten += links;
    result_.pixel = result_.pixel || pixel;
  }

  void note(std::string_view word) {
    if (result_.reason.empty()) result_.reason = word;
  }

  Rewritten take() {
    if (result_.replacements.empty()) note(result_.links == 0 ? "no-links" : "excluded");
    return std::move(result_);
  }

 private:
  Findings scan_html(const mail::html::Candidate& part) {
    Findings found;
    found.html =
        scan_links(part.decoded.text(), part.charset, *context_.settings,
                   [&](const FoundLink& link) { see_url(link.url, link.value, !link.left_alone, found); });
    return found;
  }

  Findings scan_plain(const mail::html::Candidate& part) {
    Findings found;
    for (const mail::Range& url : mail::html::find_urls(part.decoded.text(), part.joins_lines)) {
      see_url(url.of(part.decoded.text()), url, true, found);
    }
    return found;
  }

  /// Counts a link, and keeps it if it is to be rewritten.
  void see_url(std::string_view url, const mail::Range& value, bool allowed, Findings& found) {
    Link link = read_link(url, context_.settings->host);
    if (link.kind == LinkKind::other) return;
    const std::size_t index = result_.links++;
    if (index >= kMaxLinks) return note("too-many-links");
    if (!allowed || link.kind != LinkKind::target || is_excluded(link.target)) return;
    add_tags(link.target, context_.settings->tags, {context_.campaign, context_.stream});
    if (context_.clicks)
      found.links.push_back({value.begin, value.end, click_url(index, std::move(link.target))});
  }

  bool is_excluded(std::string_view target) const {
    if (!may_lead_to(*context_.settings, host_of(target))) return true;
    const auto& exclude = context_.settings->exclude;
    return std::any_of(exclude.begin(), exclude.end(),
                       [target](const Exclusion& one) { return covers(one, target); });
  }

  /// Its characters stand for themselves in any quotes or none.
  std::string url_of(std::string_view path) const {
    return std::string("https://").append(context_.settings->host).append(path);
  }

  std::string click_url(std::size_t index, std::string target) {
    token_.purpose = Purpose::click;
    token_.link = static_cast<std::uint16_t>(index);
    token_.target = std::move(target);
    return url_of(format_path(Purpose::click, context_.sealer->seal(token_)));
  }

  std::string open_url() {
    token_.purpose = Purpose::open;
    token_.link = 0;
    token_.target.clear();
    return url_of(format_path(Purpose::open, context_.sealer->seal(token_)));
  }

  /// Before the last </body>; without one, on a line of its own after the last visible byte, so that the part
  /// still ends as it did. `html` is not blank.
  void insert_pixel(Replacements& replacements, std::string_view html,
                    const std::optional<std::size_t>& body_end) {
    std::string pixel = "<img src=\"" + open_url() +
                        "\" width=\"1\" height=\"1\" alt=\"\" style=\"border:0;width:1px;height:1px\">";
    const std::size_t at = body_end.value_or(html.find_last_not_of(kBlanks) + 1);
    if (!body_end) {
      const bool only_lf = html.find('\n') != html.npos && html.find("\r\n") == html.npos;
      pixel.insert(0, only_lf ? "\n" : "\r\n");
    }
    const auto place = std::find_if(replacements.begin(), replacements.end(),
                                    [at](const auto& replacement) { return replacement.begin >= at; });
    replacements.insert(place, {at, at, std::move(pixel)});
  }

  const Context& context_;
  Token token_;
  Rewritten result_;
};

mail::Part describe_root(const std::vector<mail::Field>& fields) {
  return mail::parse_mime(fields, {}).root;
}

Rewritten unrewritten(std::string_view word) {
  Rewritten result;
  result.reason = word;
  return result;
}

}  // namespace

std::string why_not(const std::vector<mail::Field>& fields, bool plain_text) {
  return std::string(mail::html::why_not_by_type(describe_root(fields), plain_text));
}

bool may_rewrite(const std::vector<mail::Field>& fields, bool plain_text) {
  return mail::html::why_not_by_type(describe_root(fields), plain_text).empty();
}

Rewritten rewrite(const std::vector<mail::Field>& fields, std::string_view body, const Context& context) {
  if (context.settings == nullptr || context.sealer == nullptr || context.settings->host.empty()) {
    return unrewritten("not-configured");
  }
  if (context.mode == Mode::off || (!context.clicks && !context.opens)) return unrewritten("off");
  const mail::Structure structure = mail::parse_mime(fields, body);
  if (!structure.problem.empty()) return unrewritten(structure.problem);
  const mail::html::Candidates candidates =
      mail::html::choose_parts(structure, body, context.settings->plain_text);
  if (candidates.parts.empty()) return unrewritten(candidates.reason.empty() ? "no-html" : candidates.reason);

  Rewriter rewriter(context);
  if (!candidates.reason.empty()) rewriter.note(candidates.reason);
  for (const mail::html::Candidate& part : candidates.parts) rewriter.rewrite(part);
  return rewriter.take();
}

std::span<const UnrewrittenWord> unrewritten_words() {
  return kWords;
}

}  // namespace signpost::track
