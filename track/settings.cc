// The words of tracking: modes and the Signpost-Track header.
#include "track/settings.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::track {

const char* mode_word(Mode mode) {
  switch (mode) {
    case Mode::off:
      return "off";
    case Mode::anonymous:
      return "anonymous";
    case Mode::pseudonymous:
      return "pseudonymous";
    case Mode::identified:
      return "identified";
  }
  return "off";
}

base::Result<Mode> parse_mode(std::string_view word) {
  for (const Mode mode : {Mode::off, Mode::anonymous, Mode::pseudonymous, Mode::identified}) {
    if (base::equals_ignore_case(word, mode_word(mode))) return mode;
  }
  return base::invalid("expected off, anonymous, pseudonymous or identified");
}

base::Result<Request> parse_track_header(std::string_view value) {
  bool clicks = false;
  bool opens = false;
  std::size_t modes = 0;
  Request request;
  for (std::string_view rest = base::trim(value); !rest.empty(); rest = base::trim(rest)) {
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t\r\n"));
    rest.remove_prefix(word.size());
    if (base::equals_ignore_case(word, "clicks")) {
      clicks = true;
    } else if (base::equals_ignore_case(word, "opens")) {
      opens = true;
    } else if (const auto mode = parse_mode(word)) {
      request.mode = *mode;
      ++modes;
    } else {
      return base::invalid("expected off, clicks, opens or a mode");
    }
  }
  const bool named = clicks || opens;
  if (modes > 1 || (!named && modes == 0) || (named && request.mode == Mode::off)) {
    return base::invalid("expected off, clicks, opens or one mode");
  }
  // A mode alone leaves what is tracked as configured; "off" leaves nothing.
  const bool tracked = request.mode != Mode::off;
  request.clicks = named ? clicks : tracked;
  request.opens = named ? opens : tracked;
  return request;
}

}  // namespace signpost::track
