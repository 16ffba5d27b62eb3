// `message run` and `message undo`: a message through the same judging and signing as in the daemon, without one.
#include <cstdio>

#include "programs/ctl/offline_message.h"
#include "programs/ctl/output.h"
#include "programs/ctl/session.h"
#include "programs/ctl/tasks.h"
#include "system/exit_codes.h"
#include "system/file.h"
#include "system/system_clock.h"

namespace signpost::programs {
namespace {

int exit_code_of(policy::Action action) {
  if (action == policy::Action::refuse) return system::kExitDataError;
  return action == policy::Action::defer ? system::kExitTemporary : system::kExitOk;
}

/// The daemon's state; nothing without a daemon, and then the reason is printed to stderr.
std::optional<DaemonState> find_state(const std::string& raw, const RunMessage& task,
                                      const milter::Snapshot& snapshot, const std::string& socket) {
  auto client = daemon::control::ControlClient::connect(socket);
  const auto state = client.and_then([&](daemon::control::ControlClient& connected) {
    return ask_state(raw, task.run, snapshot,
                     [&](const std::string& command) { return ask_lines(connected, command); });
  });
  if (state) {
    complain("note: judged with the listings, pauses and limits of the daemon at " + socket);
    return *state;
  }
  complain("note: judged without listings, pauses and the use of limits: " + state.error().text);
  return std::nullopt;
}

}  // namespace

int run(const RunMessage& task, const CtlOptions& options) {
  config::LoadedConfig config;
  if (const int code = load_or_complain(options.config, config); code != system::kExitOk) return code;
  const auto raw = system::read_file(task.file);
  if (!raw) return file_failed(raw.error(), system::kExitNoPermission);
  const std::string socket = options.socket.empty() ? config.process.control_socket : options.socket;
  const auto state = find_state(*raw, task, *config.snapshot, socket);
  const auto result =
      run_message(*raw, task.run, config.snapshot, system::SystemClock(), state ? &*state : nullptr);
  if (!result) return file_failed(result.error(), system::kExitSoftware);
  for (const std::string& line : result->trace) (void)std::fprintf(stderr, "%s\n", line.c_str());
  for (const std::string& line : result->log) (void)std::fprintf(stderr, "%s\n", line.c_str());
  if (!task.edits.empty()) {
    const int code =
        write_output(task.edits, result->edits, "a file of edits", "signpost-edits ", task.replace);
    if (code != system::kExitOk) return code;
  }
  const int written = put(result->message);
  return written == system::kExitOk ? exit_code_of(result->action) : written;
}

int run(const UndoMessage& task, const CtlOptions&) {
  const auto raw = system::read_file(task.file);
  if (!raw) return file_failed(raw.error(), system::kExitNoPermission);
  const auto edits = system::read_file(task.edits);
  if (!edits) return file_failed(edits.error(), system::kExitNoPermission);
  const auto original = undo_message(*raw, *edits);
  return original ? put(*original) : file_failed(original.error(), system::kExitSoftware);
}

}  // namespace signpost::programs
