// The open pixel in an HTML text, and the link for programs beside it: where it goes and how it is written, so that the page looks and measures the same
// with and without it. Which part of a message gets it is for track/rewrite.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mail/html/html.h"
#include "track/links.h"

namespace signpost::track {

/// True for a start tag with data-signpost="pixel" in which an image may stand: the sender's mark for the pixel's
/// place. It goes directly behind that tag.
bool marks_pixel(std::string_view html, const mail::html::Tag& tag);

/// Empty if a pixel may be put into the text, else one of no_pixel_words().
std::string_view why_no_pixel(std::string_view html, const HtmlScan& scan);

/// The place: the mark, else before the last </body>, else behind the last visible byte. For a text that
/// why_no_pixel allows.
std::size_t pixel_place(std::string_view html, const HtmlScan& scan);

/// The tag. Out of the flow and without a size, so that it makes no line box and parts no margins that would
/// collapse; `!important` stands above a style sheet's `img { … !important }`. Where `position` is not allowed (Gmail) it
/// floats. Measured by tests/e2e/pixel_e2e.py: the page is as high as without it.
/// Limitation: Outlook for Windows knows neither, and may show an empty line; a style sheet's `:last-child` counts
/// the pixel where it is the last element. For both there is the mark.
///
/// `trap`: the URL of a link in front of it that no person sees, so that who follows it is a program; empty: none. It
/// has no box at all (`display:none`), and a screen reader passes it by.
std::string pixel_html(std::string_view url, std::string_view trap = {});

/// The same with line ends within its tags, where they mean nothing: only pixel_begin() then stands on the line that it
/// interrupts, and kPixelEnd on the one that goes on.
std::string pixel_html_on_own_lines(std::string_view url, std::string_view line_end,
                                    std::string_view trap = {});
std::string_view pixel_begin(bool with_trap);
constexpr std::string_view kPixelEnd = ">";

}  // namespace signpost::track
