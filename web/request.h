// Which of signpost-web's pages a request is for. system/http holds the request itself.
#pragma once

#include <string>
#include <string_view>

#include "system/http.h"

namespace signpost::web {

struct Route {
  enum class Kind { none, about, health, style, apple_links, android_links, click, open, unsubscribe };
  Kind kind = Kind::none;
  std::string token;  ///< for the last three, without what does not belong to one
};
/// What stands behind a token, query and fragment are ignored (track/token_url). A target in absolute form is read like its path.
Route parse_route(std::string_view target);

}  // namespace signpost::web
