#include "track/opt_out.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "base/text.h"

namespace signpost::track {
namespace {

struct Mark {
  std::string_view attribute;
  std::string_view value;  ///< empty: with any value, or none
};

constexpr Mark kMarks[] = {
    {"data-signpost", "off"},
    // SendGrid: "Click tracking", disabling it for a link.
    {"clicktracking", "off"},
    // Amazon SES: developer guide, "Metrics FAQs", disabling it for a link.
    {"ses:no-track", ""},
    // Postmark: developer guide, "Tracking links".
    {"data-pm-no-track", ""},
    // SparkPost: API reference, template language, "Per-link disabling of click tracking".
    {"data-msys-clicktrack", "0"},
    // Mailchimp and Mandrill: help centre, "Disable click tracking for a link".
    {"mc:disable-tracking", ""},
    // Mautic: Mautic\PageBundle\Model\TrackableModel (until 7), and since then the data attribute.
    {"mautic:disable-tracking", ""},
    {"data-mautic-disable-tracking", "true"},
    // Mailgun: user manual, "Tracking clicks".
    {"disable-tracking", "true"},
    // Kannon, Elastic Email.
    {"data-no-track", ""},
    // Found in templates of Customer.io and others.
    {"notrack", ""},
    {"data-click-track-off", ""},
    // Campaign Monitor (MailBuild): "Turning off link tracking and image downloading", 2007.
    {"mb_dontconvertlink", ""},
};

constexpr Mark kAppMarks[] = {
    {"data-signpost", "app"},
    // SendGrid: "Universal links", flagging a link.
    {"universal", "true"},
};

bool has_mark(std::string_view html, const mail::html::Tag& tag, std::span<const Mark> marks) {
  return std::any_of(marks.begin(), marks.end(), [&](const Mark& mark) {
    const mail::html::Attribute* attribute = mail::html::find_attribute(html, tag, mark.attribute);
    if (attribute == nullptr) return false;
    return mark.value.empty() || base::equals_ignore_case(base::trim(attribute->value.of(html)), mark.value);
  });
}

/// Customer.io: "Link tracking", class="untracked" among other classes.
constexpr std::string_view kUntracked = "untracked";

bool has_class(std::string_view classes, std::string_view name) {
  const auto is_space = [](char c) { return base::is_space(c) || c == '\f'; };
  while (!classes.empty()) {
    const auto* const begin = std::find_if_not(classes.begin(), classes.end(), is_space);
    const auto* const end = std::find_if(begin, classes.end(), is_space);
    if (base::equals_ignore_case({begin, static_cast<std::size_t>(end - begin)}, name)) return true;
    classes.remove_prefix(static_cast<std::size_t>(end - classes.begin()));
  }
  return false;
}

}  // namespace

bool opts_out(std::string_view html, const mail::html::Tag& tag) {
  if (has_mark(html, tag, kMarks)) return true;
  const mail::html::Attribute* classes = mail::html::find_attribute(html, tag, "class");
  return classes != nullptr && has_class(classes->value.of(html), kUntracked);
}

bool opens_app(std::string_view html, const mail::html::Tag& tag) {
  return has_mark(html, tag, kAppMarks);
}

std::size_t notrack_scheme(std::string_view url) {
  for (const std::string_view scheme : {"https", "http"}) {
    if (!base::starts_with_ignore_case(url, scheme)) continue;
    const std::string_view rest = url.substr(scheme.size());
    if (!base::starts_with_ignore_case(rest, kNotrack)) continue;
    if (rest.substr(kNotrack.size()).starts_with("://")) return scheme.size();
  }
  return 0;
}

}  // namespace signpost::track
