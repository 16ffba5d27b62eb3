// The links of an HTML text by gumbo, a parser that builds the whole tree: a second opinion. Empty optional
// where gumbo is not installed.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "mail/html/html.h"
#include "track/target.h"

#ifdef SIGNPOST_GUMBO
#include <gumbo.h>
#endif

namespace signpost::track {

#ifdef SIGNPOST_GUMBO
inline void collect_links(const GumboNode* node, std::multiset<std::string>& links) {
  if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) return;
  const GumboElement& element = node->v.element;
  // The tree repeats an element that was left open across others; the text has it once.
  constexpr unsigned repeated =
      GUMBO_INSERTION_ADOPTION_AGENCY_CLONED | GUMBO_INSERTION_RECONSTRUCTED_FORMATTING_ELEMENT;
  const bool is_link = element.tag == GUMBO_TAG_A || element.tag == GUMBO_TAG_AREA;
  if (is_link && (node->parse_flags & repeated) == 0) {
    const GumboAttribute* href = gumbo_get_attribute(&element.attributes, "href");
    const bool plain =
        href != nullptr && href->attr_namespace == GUMBO_ATTR_NAMESPACE_NONE;  // not xlink:href
    if (plain && read_link(href->value, "").kind != LinkKind::other) links.insert(href->value);
  }
  for (unsigned i = 0; i < element.children.length; ++i) {
    collect_links(static_cast<const GumboNode*>(element.children.data[i]), links);
  }
}
#endif

/// The http and https values of the first href of each <a> and <area>.
inline std::optional<std::multiset<std::string>> links_by_gumbo(const std::string& html) {
#ifdef SIGNPOST_GUMBO
  GumboOutput* output = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
  std::multiset<std::string> links;
  collect_links(output->root, links);
  gumbo_destroy_output(&kGumboDefaultOptions, output);
  return links;
#else
  static_cast<void>(html);
  return std::nullopt;
#endif
}

/// The same by our scanner.
inline std::multiset<std::string> links_by_scanner(const std::string& html) {
  std::multiset<std::string> links;
  mail::html::scan_tags(html, [&](const mail::html::Tag& tag) {
    if (tag.closing || (!mail::html::is_named(html, tag, "a") && !mail::html::is_named(html, tag, "area")))
      return;
    const mail::html::Attribute* href = mail::html::find_attribute(html, tag, "href");
    if (href == nullptr) return;
    const std::string value = mail::html::decode_attribute(href->value.of(html));
    if (read_link(value, "").kind != LinkKind::other) links.insert(value);
  });
  return links;
}

}  // namespace signpost::track
