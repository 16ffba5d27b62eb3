// The client's side of the control socket: sends one command and gives the reply line by line.
// programs/signpostctl_reply shows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "system/descriptor.h"

namespace signpost::daemon::control {

/// A status line taken apart.
struct ReplyStatus {
  bool ok = false;
  std::string kind;  ///< of an error
  std::string text;  ///< behind "ok " or "error KIND "
};
/// Error `invalid` for a line that is not a status line.
base::Result<ReplyStatus> parse_status_line(std::string_view line);

class ControlClient {
 public:
  /// Errors: not_found, unavailable.
  static base::Result<ControlClient> connect(const std::string& path);

  /// Sends a command line and, if `lines` is given, all its lines up to a line "." or its end, and a ".".
  /// False if the peer did not take all of it; its answer may still say why.
  /// `sent` is called now and then with the number of lines sent so far.
  bool send(std::string_view command, std::istream* lines,
            const std::function<void(std::uint64_t)>& sent = {});
  /// False if nothing arrived within the time.
  bool wait(std::chrono::milliseconds time);
  /// The next line of the reply; nullopt for the empty line that ends it. Error `unavailable` if the
  /// connection ended before.
  base::Result<std::optional<std::string>> next_line();

 private:
  explicit ControlClient(system::Descriptor socket) : socket_(std::move(socket)) {}
  bool send_all(std::string_view bytes);
  system::Descriptor socket_;
  std::string buffer_;
  std::size_t begin_ = 0;
};

}  // namespace signpost::daemon::control
