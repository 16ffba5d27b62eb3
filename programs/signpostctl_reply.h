// How signpostctl shows a reply and which exit code it means. Knows no socket.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/control/client.h"

namespace signpost::programs {

/// The exit code of an error KIND.
int exit_code_of(std::string_view kind);

/// Takes a reply line by line and prints it: as it is, or as JSON, one object a line (a reply that is not a
/// list is one object). The body of export, help and metrics is printed without the lines around it.
class ReplyPrinter {
 public:
  struct Form {
    bool json = false;
    bool raw_body = false;
  };
  ReplyPrinter(Form form, std::FILE* out, std::FILE* err) : form_(form), out_(out), err_(err) {}

  void take(std::string_view line);
  /// The reply is complete. What it came to; a list that broke off is an error. Error `invalid` if
  /// it was not a reply.
  base::Result<daemon::control::ReplyStatus> finish();

 private:
  void take_status(std::string_view line);
  void take_body(std::string_view line);
  void print_objects();
  void print(std::string_view line);
  void complain(const daemon::control::ReplyStatus& status);

  const Form form_;
  std::FILE* const out_;
  std::FILE* const err_;
  std::optional<base::Result<daemon::control::ReplyStatus>> status_;
  std::vector<std::string> kept_;  ///< JSON: body lines, until it is known whether the reply is a list
  std::string end_line_;
};

}  // namespace signpost::programs
