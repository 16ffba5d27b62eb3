// The progress of a long import, as one line on stderr that is rewritten once a second; only for people, that is,
// if stderr is a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "daemon/control/client.h"

namespace signpost::programs {

class ImportProgress {
 public:
  /// Asks the daemon at `socket` on connections of its own: the import itself is answered only at its end.
  explicit ImportProgress(std::string socket);
  ~ImportProgress();
  ImportProgress(const ImportProgress&) = delete;
  ImportProgress& operator=(const ImportProgress&) = delete;

  void sent(std::uint64_t lines);
  /// Returns when the reply begins.
  void wait_for(daemon::control::ControlClient& client);

 private:
  void show(const std::string& text);
  std::string ask() const;

  std::string socket_;
  bool is_terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace signpost::programs
