// A reply as JSON, one object a line, then an empty line: the same data as the text, with numbers as numbers, yes and
// no as booleans, none as null, lists as arrays (docs/control.md).
#pragma once

#include <string>

#include "daemon/commands/reply.h"
#include "daemon/control/channel.h"

namespace signpost::daemon::control {

/// Before a command: its reply comes as JSON.
inline constexpr std::string_view kAskForJson = "form=json ";

/// For one reply. A reply of Body::fields is one object; else each line is one.
class JsonWriter final : public commands::ReplySink {
 public:
  explicit JsonWriter(ControlChannel& channel) : channel_(channel) {}
  bool take(const commands::Reply& reply, bool is_last) override;

 private:
  ControlChannel& channel_;
  bool has_head_ = false;
};

/// The result of a reply in JSON: the object that contains "ok".
struct JsonStatus {
  bool ok = false;
  std::string kind;  ///< of an error
  std::string text;  ///< of an error
};
/// Nullopt for an object without "ok", which is a line of a list. Error `invalid` for what is not an object.
base::Result<std::optional<JsonStatus>> parse_json_status(std::string_view line);
/// The text form of a value of the object; nullopt if it has none of that name.
std::optional<std::string> find_json_text(std::string_view line, std::string_view key);

}  // namespace signpost::daemon::control
