// One pass a part finds links and places for the pixel; one part gets it; then the replacements that have room are encoded.
#include "track/rewrite.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "mail/html/parts.h"
#include "mail/html/plain.h"
#include "mail/lines/encoded_lines.h"
#include "mail/lines/line_fit.h"
#include "mail/mime.h"
#include "mail/transfer.h"
#include "track/destination.h"
#include "track/links.h"
#include "track/opt_out.h"
#include "track/pixel.h"
#include "track/tagging.h"
#include "track/target.h"
#include "track/token_url.h"

namespace signpost::track {
namespace {

constexpr std::size_t kMaxLinks = kTrapLink;  // a token's link index has 16 bits
using Replacements = std::vector<mail::Replacement>;

/// What the scan of one part found.
struct Findings {
  Replacements changes;      ///< in the decoded text
  std::vector<bool> clicks;  ///< which of them lead through the tracking host
  std::vector<bool> fits;    ///< which of them have room in their lines
  HtmlScan html;
  bool pixel = false;  ///< one of them is the pixel
};

class Rewriter {
 public:
  explicit Rewriter(const Context& context) : context_(context) {
    token_.tenant = context.tenant;
    token_.campaign = context.campaign.substr(0, kMaxCampaign);
    token_.mode = context.mode;
    if (!context.stream.empty()) token_.stream_code = stream_code(context.stream);
    if (context.mode < Mode::pseudonymous) return;
    const auto days = std::chrono::floor<std::chrono::days>(context.now).time_since_epoch().count();
    token_.day = static_cast<std::uint16_t>(std::clamp<std::int64_t>(days, 0, 0xFFFF));
    token_.message = context.message_id;
    token_.recipient = context.mode == Mode::identified
                           ? context.recipient
                           : context.sealer->pseudonym(context.tenant, context.recipient);
  }

  Rewritten rewrite(const mail::html::Candidates& candidates) {
    std::vector<Findings> found;
    found.reserve(candidates.parts.size());
    for (const mail::html::Candidate& part : candidates.parts) found.push_back(scan(part));
    result_.no_pixel = plan_pixel(candidates, found);
    for (std::size_t i = 0; i < found.size(); ++i) write(candidates.parts[i], std::move(found[i]));
    if (result_.reason.empty()) note(result_.links == 0 ? "no-links" : links_left_.first());
    return std::move(result_);
  }

  void note(std::string_view word) {
    if (result_.reason.empty()) result_.reason = word;
  }

 private:
  Findings scan(const mail::html::Candidate& part) {
    Findings found;
    const std::string_view text = part.decoded.text();
    if (part.html) {
      found.html = scan_links(text, part.charset, *context_.settings,
                              [&](const FoundLink& link) { see_link(part, link, found); });
      if (found.html.shifting_charset) found.changes.clear();
    } else {
      for (const mail::Range& url : mail::html::find_urls(text, part.joins_lines))
        see_link(part, {url, std::string(url.of(text)), {}, 0}, found);
    }
    found.fits.assign(found.changes.size(), true);
    if (part.decoded.is_identity()) found.fits = mail::fit_lines(text, found.changes).fits;
    return found;
  }

  /// Counts a link, and keeps it if it is to be changed.
  void see_link(const mail::html::Candidate& part, const FoundLink& link, Findings& found) {
    if (notrack_scheme(base::trim(link.url)) > 0) return make_plain(part, link, found);
    Link read = read_link(link.url, context_.settings->host);
    if (read.kind == LinkKind::other) return;
    const std::size_t index = result_.links++;
    if (index >= kMaxLinks) return note("too-many-links");
    const std::string_view why = why_left_alone(link, read);
    if (!why.empty()) return links_left_.note(why);
    add_tags(read.target, context_.settings->tags, {context_.campaign, context_.stream});
    found.changes.push_back(
        {link.value.begin, link.value.end, click_url(index, std::move(read.target), link.opens_app)});
    found.clicks.push_back(true);
  }

  std::string_view why_left_alone(const FoundLink& link, const Link& read) const {
    if (!link.left_alone.empty()) return link.left_alone;
    if (read.kind == LinkKind::tracked) return "tracked";
    if (read.kind == LinkKind::excluded) return read.why;
    const std::string_view host = host_of(read.target);
    if (const std::string_view why = why_not_to(*context_.settings, host); !why.empty()) return why;
    const auto& exclude = context_.settings->exclude;
    const bool excluded = std::any_of(exclude.begin(), exclude.end(),
                                      [&](const Exclusion& one) { return covers(one, read.target); });
    if (excluded) return "excluded";
    return context_.clicks ? "" : "clicks-off";
  }

  /// Takes "+notrack" out of the scheme, which no browser knows. In HTML our own mark comes behind the value, so that
  /// the next pass leaves the link alone too. Limitation: plain text has no such mark, so a second pass would track it.
  void make_plain(const mail::html::Candidate& part, const FoundLink& link, Findings& found) {
    ++result_.links;
    links_left_.note(link.left_alone == "unquoted" ? link.left_alone : "opted-out");
    const std::string_view raw = link.value.of(part.decoded.text());
    const std::size_t begin = std::min(raw.find_first_not_of(" \t\r\n"), raw.size());
    const std::size_t scheme = notrack_scheme(raw.substr(begin));
    if (scheme == 0 || link.left_alone == "unquoted") return;  // 0: written in another way
    const std::size_t at = begin + scheme;
    std::string plain(raw.substr(0, at));
    plain += raw.substr(at + kNotrack.size());
    if (part.html) {
      const std::string quote(link.quote == 0 ? 0 : 1, link.quote);
      plain.append(quote).append(" data-signpost=").append(quote).append("off");
    }
    found.changes.push_back({link.value.begin, link.value.end, std::move(plain)});
    found.clicks.push_back(false);
  }

  /// Puts the pixel into one part's findings. Empty, or why there is none.
  std::string plan_pixel(const mail::html::Candidates& candidates, std::vector<Findings>& found) {
    if (!context_.opens) return "opens-off";
    const bool has_one = std::any_of(found.begin(), found.end(), [](const Findings& part) {
      return part.html.has_pixel && !part.html.shifting_charset;
    });
    if (has_one) return "has-pixel";
    std::vector<std::size_t> order = candidates.shown;
    std::stable_partition(order.begin(), order.end(),
                          [&](std::size_t part) { return found[part].html.pixel_mark.has_value(); });
    std::string first_why;
    for (const std::size_t part : order) {
      const std::string_view why = try_pixel(candidates.parts[part], found[part]);
      if (why.empty()) return {};
      if (first_why.empty()) first_why = why;
    }
    if (first_why.empty()) first_why = candidates.reason.empty() ? "no-html" : candidates.reason;
    return first_why;
  }

  std::string_view try_pixel(const mail::html::Candidate& part, Findings& found) {
    const std::string_view text = part.decoded.text();
    if (const std::string_view why = why_no_pixel(text, found.html); !why.empty()) return why;
    const std::size_t at = pixel_place(text, found.html);
    const std::string url = open_url();
    // The sender's own place may be within a link, and a link within a link would end that one.
    const bool has_trap = context_.clicks && context_.settings->trap_link && !found.html.pixel_mark;
    const std::string trap =
        has_trap ? click_url(kTrapLink, "https://" + context_.settings->host + "/", false) : std::string();
    const std::size_t place = insert_pixel(found, {at, at, pixel_html(url, trap)});
    if (!part.decoded.is_identity()) return {};
    const std::vector<bool> with = mail::fit_lines(text, found.changes).fits;
    if (with == found.fits) return {};
    // On lines of its own it takes no room from the links.
    take_pixel_out(found, place);
    const auto cut = mail::fit_lines(text, found.changes,
                                     mail::LineCut{at, pixel_begin(has_trap).size(), kPixelEnd.size()});
    const auto fitted = static_cast<std::size_t>(std::count(found.fits.begin(), found.fits.end(), true));
    if (!cut.cut_fits || cut.count() < fitted) return "line-too-long";
    found.fits = cut.fits;
    insert_pixel(found, {at, at, pixel_html_on_own_lines(url, mail::line_end_of(text), trap)});
    return {};
  }

  /// As one more change, which fits. Returns its index.
  static std::size_t insert_pixel(Findings& found, mail::Replacement pixel) {
    const auto after = std::find_if(found.changes.begin(), found.changes.end(),
                                    [&](const mail::Replacement& one) { return one.begin >= pixel.begin; });
    const auto place = after - found.changes.begin();
    found.changes.insert(after, std::move(pixel));
    found.clicks.insert(found.clicks.begin() + place, false);
    found.fits.insert(found.fits.begin() + place, true);
    found.pixel = true;
    return static_cast<std::size_t>(place);
  }

  static void take_pixel_out(Findings& found, std::size_t index) {
    const auto place = static_cast<std::ptrdiff_t>(index);
    found.changes.erase(found.changes.begin() + place);
    found.clicks.erase(found.clicks.begin() + place);
    found.fits.erase(found.fits.begin() + place);
    found.pixel = false;
  }

  void write(const mail::html::Candidate& part, Findings found) {
    if (part.html) result_.html_size += part.decoded.text().size();
    if (found.html.shifting_charset) return note("charset");
    Replacements changes;
    changes.reserve(found.changes.size());
    std::size_t clicks = 0;
    for (std::size_t i = 0; i < found.changes.size(); ++i) {
      if (!found.fits[i]) continue;
      changes.push_back(std::move(found.changes[i]));
      if (part.html) result_.html_size += growth_of(changes.back());
      clicks += found.clicks[i] ? 1 : 0;
    }
    if (changes.size() < found.changes.size()) {
      result_.too_long.push_back(part.content.begin);
      note("line-too-long");
    }
    Replacements().swap(found.changes);
    if (changes.empty()) return;
    auto encoded = part.decoded.replace(std::move(changes));
    if (!encoded) return note("internal");
    for (mail::Replacement& one : *encoded) {
      one.begin += part.content.begin;
      one.end += part.content.begin;
      result_.replacements.push_back(std::move(one));
    }
    result_.rewritten += clicks;
    result_.pixel = result_.pixel || found.pixel;
  }

  /// Modulo the size of a number, so that less is less.
  static std::size_t growth_of(const mail::Replacement& change) {
    return change.text.size() - (change.end - change.begin);
  }

  /// Its characters stand for themselves in any quotes or none.
  std::string url_of(std::string_view path) const {
    return std::string("https://").append(context_.settings->host).append(path);
  }

  std::string click_url(std::size_t index, std::string target, bool opens_app) {
    token_.purpose = Purpose::click;
    token_.link = static_cast<std::uint16_t>(index);
    token_.target = std::move(target);
    const std::string text = context_.sealer->seal(token_);
    return url_of(opens_app ? format_app_path(text) : format_path(Purpose::click, text));
  }

  std::string open_url() {
    token_.purpose = Purpose::open;
    token_.link = 0;
    token_.target.clear();
    return url_of(format_path(Purpose::open, context_.sealer->seal(token_)));
  }

  const Context& context_;
  Token token_;
  LinkReasons links_left_;
  Rewritten result_;
};

mail::Part describe_root(const std::vector<mail::Field>& fields) {
  return mail::parse_mime(fields, {}).root;
}

Rewritten unrewritten(std::string_view word) {
  Rewritten result;
  result.reason = word;
  result.no_pixel = word;
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
  return rewriter.rewrite(candidates);
}

}  // namespace signpost::track
