#include "web/request.h"

#include <utility>

#include "track/token_url.h"

namespace signpost::web {

Route parse_route(std::string_view target) {
  using Kind = Route::Kind;
  if (auto found = track::find_token(target)) {
    switch (found->purpose) {
      case track::Purpose::click:
        return {Kind::click, std::move(found->token)};
      case track::Purpose::open:
        return {Kind::open, std::move(found->token)};
      case track::Purpose::unsubscribe:
        return {Kind::unsubscribe, std::move(found->token)};
    }
  }
  const std::string_view authority = system::absolute_authority(target);
  if (!authority.empty()) target.remove_prefix(static_cast<std::size_t>(authority.end() - target.begin()));
  target = target.substr(0, target.find_first_of("?#"));
  if (target == "/" || (target.empty() && !authority.empty())) return {Kind::about, {}};
  if (target == "/healthz") return {Kind::health, {}};
  if (target == "/style.css") return {Kind::style, {}};
  if (target == "/.well-known/apple-app-site-association") return {Kind::apple_links, {}};
  if (target == "/.well-known/assetlinks.json") return {Kind::android_links, {}};
  return {};
}

}  // namespace signpost::web
