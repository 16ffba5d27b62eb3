// How signpostctl prints a reply, and the exit code for it. Knows no socket.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/commands/reply.h"
#include "daemon/control/client.h"

namespace signpost::programs {

/// The exit code of an error KIND.
int exit_code_of(std::string_view kind);

/// The commands that may succeed and still find something wrong, for monitoring. `key` names the value that shows it
/// (`result` is the word after ok); any value other than `good` means exit code 1.
struct Alarm {
  std::string_view command;
  std::string_view key;
  std::string_view good;
};
/// Null for other commands.
const Alarm* find_alarm(std::string_view command);

/// Takes a reply line by line and prints it as it is, text or JSON. Of Body::text only the body is printed.
class ReplyPrinter {
 public:
  struct Form {
    bool json = false;
    daemon::commands::Body body = daemon::commands::Body::fields;
    const Alarm* alarm = nullptr;  ///< none: success is success
  };
  ReplyPrinter(Form form, std::FILE* out, std::FILE* err) : form_(form), out_(out), err_(err) {}

  void take(std::string_view line);
  /// The reply is complete: the exit code for it. A list that broke off is an error. Error `invalid` if it was
  /// no reply.
  base::Result<int> finish();

 private:
  void take_text(std::string_view line);
  void take_json(std::string_view line);
  void watch_text(std::string_view line);
  void watch_value(std::string_view value);
  void print(std::string_view line);

  const Form form_;
  std::FILE* const out_;
  std::FILE* const err_;
  std::optional<base::Error> broken_;
  bool has_head_ = false;
  int code_ = 0;
};

}  // namespace signpost::programs
