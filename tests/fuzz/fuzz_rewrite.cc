// rewrite over whole message files: what is written can be undone bit for bit, a second time changes nothing,
// and the reason is a listed word.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "mail/edit.h"
#include "mail/message.h"
#include "track/rewrite.h"

namespace {

using namespace signpost;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

const track::Sealer& sealer() {
  static const track::Sealer made =
      *track::Sealer::create({{{1, base::KeyState::active, "0123456789abcdef0123456789abcdef"}}});
  return made;
}

bool is_listed(std::string_view reason) {
  const auto has = [reason](const auto& words) {
    return std::any_of(words.begin(), words.end(), [&](const auto& one) { return one.word == reason; });
  };
  return reason.empty() || has(track::unrewritten_words()) || has(track::no_pixel_words());
}

void check(const mail::Message& message, const track::Context& context) {
  const auto result = track::rewrite(message.fields, message.body, context);
  require(is_listed(result.reason) && is_listed(track::why_not(message.fields, true)));
  require(mail::are_in_order(result.replacements, message.body.size()));
  const auto splices = mail::splices_of(message.body, result.replacements);
  const auto body = mail::apply_splices(message.body, splices);
  require(body.has_value());
  require(mail::undo_splices(*body, splices) == message.body);
  const auto again = track::rewrite(message.fields, *body, context);
  require(again.links == result.links);
  require(result.pixel == result.no_pixel.empty() && is_listed(result.no_pixel));
  // A link in plain text that says notrack has no mark once it is plain.
  require(again.replacements.empty() || message.body.find("notrack") != message.body.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto message = mail::parse_message({reinterpret_cast<const char*>(data), size});
  track::Settings settings;
  settings.host = "click.example.com";
  track::Context context;
  context.settings = &settings;
  context.sealer = &sealer();
  for (const bool both : {false, true}) {
    context.opens = settings.plain_text = settings.conditional_comments = settings.svg = both;
    settings.url_text = !both;
    check(message, context);
  }
  return 0;
}
