// A whole request against respond (parse_route among it): the method, target, host, content type and one more
// value are lines, the rest is the body. Nothing redirects that we did not seal, only a POST changes
// anything, and a response is one response.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "track/token_url.h"
#include "web/respond.h"

using namespace signpost;
using namespace signpost::track;

namespace {

constexpr std::string_view kTarget = "https://shop.example/";

web::Site make_site() {
  const base::Keyring ring{{{1, base::KeyState::active, std::string(32, 'k')}}};
  return web::Site{
      {"h.example"}, {}, "abuse@h.example", std::move(*Sealer::create(ring)), *UndoSealer::create(ring),
      web::Pages(),  {}};
}

/// Lets the fuzzer reach what lies behind genuine tokens: "/c/@" is the path of one.
std::string with_token(const web::Site& site, std::string_view target) {
  for (const Purpose purpose : {Purpose::click, Purpose::open, Purpose::unsubscribe}) {
    Token token;
    token.purpose = purpose;
    if (purpose == Purpose::click) token.target = kTarget;
    const std::string wanted = format_path(purpose, "@");
    if (!target.starts_with(wanted)) continue;
    return format_path(purpose, site.sealer.seal(token)).append(target.substr(wanted.size()));
  }
  return std::string(target);
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const web::Site site = make_site();
  static const Blocks blocks;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  system::HttpRequest request;
  request.method = take_line(text);
  const std::string_view raw_target = take_line(text);
  const std::string target = with_token(site, raw_target);
  request.target = target;
  request.fields = {{"Host", take_line(text)}, {"Content-Type", take_line(text)}};
  const std::string_view extra = take_line(text);
  for (const std::string_view name : {"User-Agent", "X-Forwarded-For", "Purpose"})
    request.fields.emplace_back(name, extra);
  request.body = text;

  const web::Answer answer = web::respond(request, site, {&blocks, {}, base::Wall{}});
  const system::HttpResponse& response = answer.response;
  if ((response.status == 302) != !response.location.empty()) __builtin_trap();
  if (response.status == 302 && (response.location != kTarget || !raw_target.starts_with("/c/@")))
    __builtin_trap();
  const bool acts =
      answer.hit && (answer.hit->kind == HitKind::unsubscribe || answer.hit->kind == HitKind::undo);
  if (acts && (request.method != "POST" || !raw_target.starts_with("/u/@"))) __builtin_trap();
  if (web::parse_route(target).token.size() > target.size()) __builtin_trap();

  const std::string wire = system::format_response(response, {});
  const std::size_t end = wire.find("\r\n\r\n");
  if (end == wire.npos || wire.size() - end - 4 != response.body.size()) __builtin_trap();
  return 0;
}
