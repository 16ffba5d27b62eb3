// The links of an HTML text as a mail reader would find them, and what else a rewriter must know of it. Knows
// which tags and attributes make a link and which say that it is to be left alone; not where links lead.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mail/html/charset.h"
#include "mail/mime.h"
#include "track/settings.h"

namespace signpost::track {

struct FoundLink {
  mail::Range value;  ///< of the attribute, without quotes
  std::string url;    ///< what a reader gets: character references resolved, in UTF-8 if that is possible
  /// Empty, or why it is left alone (one of unrewritten_words()): an opt-out mark, its text, or because it cannot be
  /// told for sure.
  std::string_view left_alone;
  char quote = 0;          ///< around the value; 0: none
  bool opens_app = false;  ///< marked by the sender, see track/opt_out.h
};

struct HtmlScan {
  std::optional<std::size_t> body_end;    ///< offset of the last </body>
  std::optional<std::size_t> pixel_mark;  ///< offset behind the first tag that marks the pixel's place
  bool complete = true;                   ///< the text does not end within a tag, comment or script
  bool has_pixel = false;                 ///< one of ours
  bool shifting_charset = false;          ///< a <meta> names one: nothing here can be trusted
};

/// Calls `on_link` for each link, in order: the first href of <a> and <area>. If the settings say so, also
/// within conditional comments (there the shapes of VML too; only values in quotes, since a new one without
/// could end the comment), and the xlink:href of an <a> without href in <svg>. A tag with one
/// of the marks of track/opt_out is left alone. Linear.
HtmlScan scan_links(std::string_view html, mail::html::Charset charset, const Settings& settings,
                    const std::function<void(const FoundLink&)>& on_link);

}  // namespace signpost::track
