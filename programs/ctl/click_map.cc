// `report map`: counts from the daemon, the layout from a message or from what the daemon kept, in a file.
#include "campaign/map.h"
#include "campaign/skeleton.h"
#include "mail/file/message_file.h"
#include "programs/ctl/output.h"
#include "programs/ctl/report_reader.h"
#include "programs/ctl/session.h"
#include "programs/ctl/tasks.h"
#include "system/exit_codes.h"
#include "system/file.h"
#include "system/system_clock.h"

namespace signpost::programs {
namespace {

int add_picture(const DrawMap& task, const CtlOptions& options, campaign::MapData& map) {
  if (task.sample.empty()) return system::kExitOk;
  config::LoadedConfig config;
  std::optional<track::Sealer> own;
  if (const int code = find_sealer(task.keys, options, config, own); code != system::kExitOk) return code;
  const auto raw = system::read_file(task.sample);
  if (!raw) return file_failed(raw.error(), system::kExitNoPermission);
  const mail::Message message = mail::parse_message(mail::to_crlf(*raw).first);
  map.sample.clear();
  map.skeleton = campaign::make_skeleton(message.fields, message.body, own ? *own : *config.snapshot->sealer);
  if (map.skeleton.links.empty()) complain("note: " + task.sample + " contains no link made with these keys");
  return system::kExitOk;
}

}  // namespace

int run(const DrawMap& task, const CtlOptions& options) {
  const std::string socket = find_socket(options);
  auto client = daemon::control::ControlClient::connect(socket);
  if (!client) return unreachable(client.error(), socket, "report map");
  (void)client->send(format_report_command(task.campaign, task.tenant));
  ReportReader reader;
  for (auto line = client->next_line();; line = client->next_line()) {
    if (!line) {
      complain(line.error().text);
      return system::kExitUnavailable;
    }
    if (!*line) break;
    reader.take(**line);
  }
  auto map = reader.finish();
  if (!map) {
    complain(map.error().text);
    return reader.exit_code();
  }
  map->campaign = task.campaign;
  map->now = system::SystemClock().wall();
  if (const int code = add_picture(task, options, *map); code != system::kExitOk) return code;
  return write_output(task.out, campaign::format_map(*map), "a click map", campaign::kMapBegin, task.replace);
}

}  // namespace signpost::programs
