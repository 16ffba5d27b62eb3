#include "programs/ctl/session.h"

#include <cerrno>

#include <unistd.h>

#include "programs/ctl/output.h"
#include "system/exit_codes.h"

namespace signpost::programs {
namespace {

constexpr const char* kDefaultSocket = "/run/signpost/control.sock";
const system::SystemFiles kSystemFiles;

config::LoadedConfig load(const std::string& path) {
  return config::load_config(path.empty() ? std::string(config::reader::kDefaultConfigPath) : path, {},
                             kSystemFiles);
}

}  // namespace

int load_or_complain(const std::string& path, config::LoadedConfig& config) {
  config = load(path);
  if (config.ok()) return system::kExitOk;
  for (const config::reader::Diagnostic& diagnostic : config.diagnostics)
    complain(config::reader::format_diagnostic(diagnostic));
  return config.exit_code;
}

std::string find_socket(const CtlOptions& options) {
  if (!options.socket.empty()) return options.socket;
  std::string socket = load(options.config).process.control_socket;
  return socket.empty() ? kDefaultSocket : socket;
}

int unreachable(const base::Error& error, const std::string& socket, std::string_view command) {
  complain(error.text);
  if (::access(socket.c_str(), W_OK) != 0 && errno == EACCES) return system::kExitNoPermission;
  return command == "status" ? kExitNotRunning : system::kExitUnavailable;
}

base::Result<std::vector<std::string>> ask_lines(daemon::control::ControlClient& client,
                                                 const std::string& command) {
  (void)client.send(command);
  std::vector<std::string> lines;
  for (;;) {
    auto line = client.next_line();
    if (!line) return tl::unexpected(line.error());
    if (!*line) return lines;
    lines.push_back(std::move(**line));
  }
}

}  // namespace signpost::programs
