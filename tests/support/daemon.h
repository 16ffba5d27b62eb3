// The built signpostd as a child process in a private directory: configuration, start, control
// commands, log, end.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"

namespace signpost::tests {

class Daemon {
 public:
  Daemon() = default;
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Starts the program named by the build on DIRECTORY/signpost.toml and waits until its
  /// milter socket answers.
  base::Result<void> start(const std::string& directory);
  /// One command on the control socket; the status line and the body lines.
  base::Result<std::vector<std::string>> control(const std::string& command) const;
  /// TERM, then waits. Error if it did not end with exit code 0.
  base::Result<void> stop();
  bool is_running();
  pid_t pid() const { return pid_; }
  std::string milter_address() const { return "unix:" + directory_ + "/milter.sock"; }
  std::vector<std::string> log_lines() const;
  /// What it wrote to its error output; for complaints.
  std::string errors() const;

 private:
  void wait_for_list() const;
  std::string directory_;
  pid_t pid_ = -1;
  int status_ = 0;
};

}  // namespace signpost::tests
