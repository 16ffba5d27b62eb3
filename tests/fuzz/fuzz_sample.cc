// make_sample: whatever HTML it is given, what it writes is within its bound, holds only its own tags,
// and loads nothing.
#include <cstdint>
#include <string_view>

#include "campaign/sample.h"
#include "mail/html/html.h"

namespace {

using namespace signpost::track;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

const Sealer& sealer() {
  static const Sealer made =
      *Sealer::create({{{1, signpost::base::KeyState::active, "0123456789abcdef0123456789abcdef"}}});
  return made;
}

void require_harmless(std::string_view html, const signpost::mail::html::Tag& tag) {
  for (const char* name : {"script", "style", "iframe", "object", "embed", "base", "meta", "link", "svg",
                           "math", "form", "input", "img", "video", "audio", "template", "textarea", "title"})
    require(!signpost::mail::html::is_named(html, tag, name));
  for (const char* name :
       {"href", "src", "srcset", "background", "action", "id", "onclick", "onerror", "onload"})
    require(signpost::mail::html::find_attribute(html, tag, name) == nullptr);
  if (const signpost::mail::html::Attribute* style = signpost::mail::html::find_attribute(html, tag, "style"))
    require(style->value.of(html).find_first_of("\\/@&<") == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string sample =
      signpost::campaign::make_sample({{"Content-Type", " text/html"}}, input, sealer());
  require(sample.size() <= signpost::campaign::kMaxSample);
  require(signpost::mail::html::scan_tags(
      sample, [&](const signpost::mail::html::Tag& tag) { require_harmless(sample, tag); }));
  return 0;
}
