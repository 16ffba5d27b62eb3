// Sealer::open, find_token, parse_track_header and parse_mode: nothing that was not sealed opens, what opens
// opens the same when it is sealed again; any target comes back from its short form.
#include <cstdint>
#include <string>
#include <string_view>

#include "track/short_target.h"
#include "track/token.h"
#include "track/token_url.h"

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

const signpost::track::Sealer& sealer() {
  static const signpost::track::Sealer made = *signpost::track::Sealer::create(
      {{{1, signpost::base::KeyState::active, "0123456789abcdef0123456789abcdef"}}});
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace signpost::track;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const Purpose purpose : {Purpose::click, Purpose::open, Purpose::unsubscribe}) {
    const auto token = sealer().open(input, purpose);
    require(!token || (token->purpose == purpose && sealer().open(sealer().seal(*token), purpose) == *token));
    const auto minted = open_token(sealer(), {purpose, std::string(input)});
    require(!token || minted);
    require(!minted || sealer().open(minted->text, purpose) == minted->token);
  }
  if (const auto found = find_token(input)) {
    const std::string path = format_path(found->purpose, found->token);
    require(find_token(path) && find_token(path)->token == found->token);
  }
  if (const auto bound = parse_stream_mode(input)) require(!bound->stream.empty());
  if (const auto request = parse_track_header(input)) require(request->mode != Mode::off || !request->clicks);
  if (const auto mode = parse_mode(input)) require(parse_mode(mode_word(*mode)) == *mode);

  std::string printable(input);
  std::erase_if(printable, [](char c) { return c <= ' ' || c >= 127; });
  require(expand_target(shorten_target(printable)) == printable);
  require(expand_target(shorten_target(expand_target(input))) == expand_target(input));

  Token sealed;
  sealed.campaign = input.substr(0, kMaxCampaign);
  sealed.target = "https://x.example/";
  require(sealer().open(sealer().seal(sealed), Purpose::click) == sealed);
  return 0;
}
