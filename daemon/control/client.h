// The client's side of the control socket: sends one command and gives the reply line by line.
// programs/ctl/reply shows it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
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

  /// Puts one line; false if the peer does not take it.
  using PutLine = std::function<bool(std::string_view line)>;
  /// Gives all lines of a bulk command to `put`. False: they are not complete, and nothing may come of them.
  using WriteLines = std::function<bool(const PutLine& put)>;

  /// Sends a command line. False if the peer did not take all of it; its answer may still say why.
  bool send(std::string_view command);
  /// The same of a bulk command with its lines and the "." behind them; a line that is "." would end it, so the caller
  /// gives none. Lines that are not complete end without the ".", which lists nothing. `sent` is called now and then
  /// with the number of lines sent so far.
  bool send(std::string_view command, const WriteLines& write,
            const std::function<void(std::uint64_t)>& sent);
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
