// Bounces and complaints: what a report means and what a refusal means, without a daemon; and a message from a pipe, for the daemon.
#include <algorithm>

#include <unistd.h>

#include "base/encoding.h"
#include "daemon/commands/line.h"
#include "feedback/answers.h"
#include "feedback/listing.h"
#include "mail/file/message_file.h"
#include "programs/ctl/output.h"
#include "programs/ctl/session.h"
#include "programs/ctl/tasks.h"
#include "system/exit_codes.h"
#include "system/file.h"

namespace signpost::programs {
namespace {

constexpr std::size_t kMaxHandedIn = 1UL * 1024 * 1024;      ///< as much as the daemon reads
constexpr std::size_t kLineBytes = 900;                      ///< of base64, from so many octets times 4/3
constexpr std::size_t kMaxReportFile = 256UL * 1024 * 1024;  ///< feedback/report looks at the beginning only

}  // namespace

/// Each file by itself: one that cannot be read does not keep the others from being judged.
int run(const ClassifyBounces& task, const CtlOptions&) {
  int code = system::kExitOk;
  const std::vector<std::string> files = task.files.empty() ? std::vector<std::string>{"-"} : task.files;
  for (const std::string& file : files) {
    const auto raw = file == "-" ? system::read_stream(STDIN_FILENO, kMaxReportFile)
                                 : system::read_file(file, {.max_bytes = kMaxReportFile});
    if (!raw) {
      code = file_failed(raw.error(), system::kExitNoPermission);
      continue;
    }
    const auto form = task.json ? feedback::ListingForm::json : feedback::ListingForm::columns;
    const int written = put(feedback::format_listing(file, feedback::parse_report(*raw), form));
    if (written != system::kExitOk) return written;
  }
  return code;
}

/// The MTA keeps the message for everything that is not 0: a bounce of a bounce helps nobody.
int run(const HandIn& task, const CtlOptions& options) {
  const auto failed = [](const base::Error& error) {
    complain(error.text);
    return system::kExitTemporary;
  };
  const auto raw = system::read_stream(STDIN_FILENO, kMaxReportFile);
  if (!raw) return failed(raw.error());
  std::string_view message = *raw;
  if (message.starts_with("From ")) message.remove_prefix(std::min(message.find('\n') + 1, message.size()));
  const std::string wire = mail::to_crlf(message.substr(0, kMaxHandedIn)).first;
  auto client = daemon::control::ControlClient::connect(find_socket(options));
  if (!client) return failed(client.error());
  const auto put_lines = [&](const daemon::control::ControlClient::PutLine& put_line) {
    for (std::size_t at = 0; at < wire.size(); at += kLineBytes) {
      if (!put_line(base::encode_base64(std::string_view(wire).substr(at, kLineBytes)))) return false;
    }
    return true;
  };
  const std::string command = daemon::commands::format_command_line(
      {daemon::commands::to_word("feedback"), daemon::commands::to_word("take"),
       daemon::commands::to_word(task.recipient)});
  (void)client->send(command, put_lines, [](std::uint64_t) {});
  std::string status;
  for (auto line = client->next_line();; line = client->next_line()) {
    if (!line) return failed(line.error());
    if (!*line) break;
    if (status.empty()) status = **line;
  }
  if (status.starts_with("ok")) return system::kExitOk;
  complain(status);
  return system::kExitTemporary;
}

int run(const DiagnoseReply& task, const CtlOptions&) {
  return put(feedback::format_diagnosis(feedback::diagnose(task.reply), task.json));
}

}  // namespace signpost::programs
