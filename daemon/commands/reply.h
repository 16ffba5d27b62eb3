// The shape of a reply: one status line, body lines, for a list a last line, then an empty line
// (interface.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "daemon/commands/channel.h"
#include "policy/fields.h"

namespace signpost::daemon::commands {

/// Writes one reply. The status line comes first and once; `finish` ends it. Buffers a little, so that a long
/// list stays in bounded memory.
class Reply {
 public:
  explicit Reply(ControlChannel& channel) : channel_(channel) {}

  /// "ok", or "ok TEXT".
  void ok(std::string_view text = {});
  /// "error KIND TEXT". Newlines in the text become "; ". After a list has begun this is its last line.
  void error(std::string_view kind, std::string_view text);
  void error(const base::Error& error);
  void line(const policy::Fields& fields);
  /// A body line as it is: export, help and metrics only.
  void raw(std::string_view line);
  /// "end n=COUNT", and "next=KEY" where more would follow.
  void end(std::uint64_t count, std::string_view next = {});
  /// The empty line. False if the peer is gone.
  bool finish();
  /// False once the peer is known to be gone: a long list may stop.
  bool alive() const { return alive_; }

 private:
  void add(std::string_view text);
  void flush();
  ControlChannel& channel_;
  std::string buffer_;
  bool alive_ = true;
};

}  // namespace signpost::daemon::commands
