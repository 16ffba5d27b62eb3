#include "importers/formats.h"

#include <algorithm>

#include "importers/families.h"

namespace signpost::importers {
namespace {

std::vector<Format> make_formats() {
  std::vector<Format> all;
  for (const auto& family : {delivery_formats(), newsletter_formats(), server_formats()})
    all.insert(all.end(), family.begin(), family.end());
  return all;
}

}  // namespace

const std::vector<Format>& formats() {
  static const std::vector<Format> kFormats = make_formats();
  return kFormats;
}

const Format* find_format(std::string_view name) {
  const auto found = std::find_if(formats().begin(), formats().end(),
                                  [&](const Format& format) { return format.name == name; });
  return found == formats().end() ? nullptr : &*found;
}

}  // namespace signpost::importers
