// parse_page: a value never gets into the page unescaped, and what is not a placeholder stays. choose_language: some language.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "web/page.h"

using namespace signpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto kind = static_cast<signpost::web::PageKind>(data[0] % signpost::web::kPageKinds);
  const std::string_view html(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (signpost::web::choose_language(html) >= signpost::web::all_texts().size()) __builtin_trap();
  const auto page = signpost::web::parse_page(kind, html);
  if (!page) return 0;
  const auto count = [](std::string_view text) {
    std::size_t quotes = 0;
    for (const char c : text) quotes += c == '"' ? 1 : 0;
    return quotes;
  };
  const std::string bare = page->render({});
  const std::string filled = page->render({{"action", "\""},
                                           {"undo", "\""},
                                           {"abuse", "\""},
                                           {"host", "\""},
                                           {"problem", "\""},
                                           {"name", "\""},
                                           {"contact", "\""}});
  if (bare.size() > html.size() || count(filled) > count(html) || count(bare) > count(filled))
    __builtin_trap();
  return 0;
}
