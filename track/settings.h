// What tracking needs to know, as plain data. Filled from [tracking] by programs/settings.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/keyring.h"
#include "base/result.h"

namespace signpost::track {

/// How much a link may tell, from nothing to the person; the order matters (narrowest wins).
enum class Mode { off, anonymous, pseudonymous, identified };
const char* mode_word(Mode mode);
base::Result<Mode> parse_mode(std::string_view word);

struct Settings {
  std::string host;  ///< canonical; empty: tracking is off
  std::shared_ptr<const base::Keyring> keys;
  Mode mode = Mode::anonymous;
  bool clicks = true;
  bool opens = false;
  std::vector<std::string> streams = {"bulk"};
  bool plain_text = false;
  std::vector<std::string> unsubscribe_streams = {"bulk"};  ///< [unsubscribe] streams
};

/// What a Signpost-Track header asks for; never wider than configured.
struct Request {
  bool clicks = true;
  bool opens = true;
  Mode mode = Mode::identified;  ///< narrowest of this and the configured one counts
};

/// "off", "clicks", "opens", "clicks opens", a mode, or clicks and opens with a mode, in any order and case.
base::Result<Request> parse_track_header(std::string_view value);

}  // namespace signpost::track
