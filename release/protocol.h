// What the daemon and signpost-release say to each other: a request a line, an answer a line. Pure. docs/held-mail.md has the
// table; the other half is system/release_channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::release {

inline constexpr std::size_t kMaxLine = 512;  ///< of a request, with its newline
inline constexpr std::size_t kMaxInstanceName = 32;

enum class Verb : std::uint8_t { held, list, release, drop, refuse };

/// A letter or digit, then letters, digits, "-" and "_".
bool is_instance_name(std::string_view text);

struct Request {
  Verb verb = Verb::list;
  std::string instance;  ///< empty: the first
  std::string id;        ///< of one of the queues that this service knows; empty for `list`
};

/// A line without its newline: a verb, and for all but `list` one blank and an id, with "NAME:" before it or not. Error `invalid`
/// for anything else: an id is checked byte by byte (release/queue_id).
base::Result<Request> parse_release_request(std::string_view line);
std::string format_release_request(const Request& request);

enum class Answer : std::uint8_t {
  done,         ///< "ok held", "ok released", "ok dropped", "ok refused"
  gone,         ///< "ok gone"
  invalid,      ///< not a request, or not of an instance
  conflict,     ///< told too late: somebody may have held it
  not_found,    ///< no such message is being received
  not_told,     ///< it is none of ours
  limit,        ///< too many are told
  unsupported,  ///< this MTA cannot do that
  unavailable,  ///< nothing was done, or it failed; may be asked again
};

struct Reply {
  Answer answer = Answer::done;
  std::string text;  ///< of an error; one line
};

/// With its newline; line breaks in the text become blanks.
std::string format_reply(Verb verb, const Reply& reply);

enum class State : std::uint8_t { coming, hold, gone };
const char* state_word(State state);
/// "told ID SINCE STATE", with its newline; `name` is the id with its instance, if it needs one.
std::string format_told(std::string_view name, base::Wall since, State state);
/// "ok COUNT", with its newline: the end of a list.
std::string format_list_end(std::size_t count);

}  // namespace signpost::release
