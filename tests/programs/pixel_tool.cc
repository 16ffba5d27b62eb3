// An HTML file with an open pixel in it and its links as they were, for the browser scenario.
//   pixel_tool FILE.html [trap]    trap: with the link for programs beside it, and its links rewritten
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "mail/edit.h"
#include "track/rewrite.h"

int main(int argc, char** argv) {
  using namespace signpost;
  if (argc != 2 && argc != 3) {
    std::fputs("usage: pixel_tool FILE.html [trap]\n", stderr);
    return 64;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string html{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto sealer =
      track::Sealer::create({{{1, base::KeyState::active, "0123456789abcdef0123456789abcdef"}}});
  track::Settings settings;
  settings.host = "click.example.com";
  track::Context context;
  context.settings = &settings;
  context.sealer = &*sealer;
  context.clicks = settings.trap_link = argc == 3;
  context.opens = true;
  const auto rewritten = track::rewrite({{"Content-Type", " text/html; charset=utf-8"}}, html, context);
  const auto changed = mail::apply_splices(html, mail::splices_of(html, rewritten.replacements));
  if (!changed || !rewritten.pixel) return 1;
  std::fwrite(changed->data(), 1, changed->size(), stdout);
  return 0;
}
