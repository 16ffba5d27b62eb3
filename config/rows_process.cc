// The settings of the process itself: sockets, store, log.
#include "config/rows_process.h"

#include <cstdint>
#include <string>
#include <utility>

#include "base/text.h"
#include "config/reader/setting_types.h"
#include "config/shared/tracking.h"
#include "system/file.h"

namespace signpost::config {
namespace {

base::Result<mode_t> parse_mode(std::string_view text) {
  mode_t mode = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') mode = 01000;
    mode = mode * 8 + static_cast<mode_t>(c - '0');
    if (mode > 0777)
      return base::invalid("'" + std::string(text) + "' is not an octal mode from \"0600\" to \"0777\"");
  }
  if ((mode & 0600) != 0600)
    return base::invalid("the owner must be able to use the socket, as with \"0660\"");
  return mode;
}

reader::Section milter_section() {
  reader::Section section{"milter", false, "The milter socket, and how the daemon behaves as a whole.", {}};
  auto& settings = section.settings;
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"socket", R"("unix:/var/spool/postfix/signpost/milter.sock")",
       "Where the MTA finds the milter. "
       "A path in the queue directory works whether or not Postfix is chrooted."},
      R"(a socket such as "unix:/path" or "inet:8895@127.0.0.1")", system::parse_socket,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().milter_socket; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"socket_mode", R"("0660")", "The permissions of a unix socket, in octal."},
      R"(an octal mode such as "0660")", parse_mode,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().milter_socket_mode; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"socket_group", "", "The group of a unix socket, usually the MTA's. If absent, the daemon's own."},
      "the name of a group", reader::parse_any_text,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().milter_socket_group; })));
  settings.push_back(reader::choice_setting(
      {"mode", R"("enforce")",
       "What is done with decisions: enforce applies them; observe judges and logs, but changes nothing."},
      reader::Choices<bool>{{{"enforce", false}, {"observe", true}}},
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().observe; }));
  settings.push_back(reader::choice_setting(
      {"on_error", R"("defer")", "What happens to mail after an internal failure of Signpost."},
      reader::Choices<milter::OnError>{
          {{"defer", milter::OnError::defer}, {"accept", milter::OnError::accept}}},
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().on_error; }));
  settings.push_back(reader::size_setting({"max_header", R"("1MB")",
                                           "The size of a message's header, with 64 bytes more for each "
                                           "field. Mail of ours with a larger one is refused."},
                                          1u << 16, std::uint64_t{64} << 20, [](reader::Parts& parts) {
                                            return &parts.get<milter::Settings>().max_header;
                                          }));
  settings.push_back(reader::size_setting(
      {"max_body", R"("64MB")", "Larger messages are signed but not rewritten."}, 1u << 16,
      std::uint64_t{4} << 30, [](reader::Parts& parts) { return &parts.get<milter::Settings>().max_body; }));
  settings.push_back(reader::size_setting(
      {"max_held", R"("512MB")",
       "The memory for all messages together: what is held of them and what rewriting needs. "
       "A message that does not find room is signed but not rewritten."},
      1u << 20, std::uint64_t{1} << 40,
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().max_held; }));
  return section;
}

reader::Section control_section() {
  reader::Section section{"control", false, "The control socket, which signpostctl connects to.", {}};
  auto& settings = section.settings;
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"socket", R"("/run/signpost/control.sock")", "The path of the unix socket."}, "an absolute path",
      reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().control_socket; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"admin_group", R"("signpost-admin")",
       "Its members may give every command; root and the daemon's own user always may."},
      "the name of a group", reader::parse_any_text,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().admin_group; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"read_group", R"("signpost-read")",
       "Its members may give the commands that change nothing. All others are refused."},
      "the name of a group", reader::parse_any_text,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().read_group; })));
  return section;
}

reader::Section store_section() {
  reader::Section section{"store", false, "Where the suppression list and the state of limits are kept.", {}};
  section.settings.push_back(reader::needs_restart(
      reader::parsed_setting({"path", R"("/var/lib/signpost")",
                              "A directory on a local disk (not NFS) that belongs to the daemon's user."},
                             "an absolute path", reader::parse_absolute_path,
                             [](reader::Parts& parts) { return &parts.get<ProcessSettings>().store_path; })));
  section.settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"identity_file", "",
       "A small file that says which list is the right one, best on another file system than "
       "`path`: a start with another list, or with none, is refused. If absent, it is "
       "signpost.id in `path`, which does not notice a directory that is not mounted."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().identity_file; })));
  section.settings.push_back(reader::needs_restart(reader::choice_setting(
      {"when_unknown", R"("refuse")",
       "What a start does whose list is damaged, missing or not the one that `identity_file` names: refuse "
       "ends; "
       "defer goes on without a list, and the site's own mail is deferred until the list is mended and "
       "signpostd "
       "restarted."},
      reader::Choices<WhenUnknown>{{{"refuse", WhenUnknown::refuse}, {"defer", WhenUnknown::defer}}},
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().when_unknown; })));
  return section;
}

reader::Section log_section() {
  reader::Section section{"log", false, "The policy log: one line for each decision.", {}};
  auto& settings = section.settings;
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"file", "",
       "The log file, reopened on the signal USR1. If absent, lines go to syslog, facility mail."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().log_file; })));
  settings.push_back(reader::needs_restart(reader::choice_setting(
      {"format", R"("text")", "text: key=value pairs; json: one JSON object a line with the same keys."},
      reader::Choices<LogFormat>{{{"text", LogFormat::text}, {"json", LogFormat::json}}},
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().log_format; })));
  settings.push_back(reader::needs_restart(reader::choice_setting(
      {"addresses", R"("clear")",
       "Whether the log shows addresses or keyed hashes of them; hashing needs suppression.key_file."},
      reader::Choices<LogAddresses>{{{"clear", LogAddresses::clear}, {"hashed", LogAddresses::hashed}}},
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().log_addresses; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"events", "",
       "The directory of the event files, from which `signpostctl why` tells: the same lines, a file for "
       "each day. If "
       "absent, it is `events` in store.path."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().events_path; })));
  settings.push_back(reader::needs_restart(
      reader::flag_setting({"keep_events", "true",
                            "Whether events are kept there. Without them `why` knows nothing, and "
                            "`feedback.mail_log` cannot tell whose mail a line is about."},
                           [](reader::Parts& parts) { return &parts.get<ProcessSettings>().keeps_events; })));
  return section;
}

reader::Section retention_section() {
  reader::Section section{"retention", false, "How long data about sent mail is kept.", {}};
  section.settings.push_back(reader::needs_restart(reader::duration_setting(
      {"events", R"("90d")",
       "How long the hourly counts of clicks, opens, unsubscribes and bounces are kept, and the event "
       "files."},
      std::chrono::hours(1),
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().events_kept; })));
  section.settings.push_back(reader::needs_restart(reader::size_setting(
      {"events_size", R"("4GB")",
       "How much the event files may take together. The oldest days go first; the current one stays."},
      std::uint64_t{1} << 20, std::uint64_t{1} << 50,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().events_size; })));
  section.settings.push_back(reader::needs_restart(reader::duration_setting(
      {"evidence", R"("30d")",
       "How long reports that came back to return paths are kept, to be judged again when rules change "
       "(`feedback replay`)."},
      std::chrono::hours(1),
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().evidence_kept; })));
  section.settings.push_back(reader::needs_restart(reader::size_setting(
      {"evidence_size", R"("1GB")", "How much they may take together. The oldest days go first."},
      std::uint64_t{1} << 20, std::uint64_t{1} << 50,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().evidence_size; })));
  return section;
}

reader::Section report_section() {
  reader::Section section{"report", false, "What reports about campaigns may show.", {}};
  section.settings.push_back(reader::flag_setting(
      {"keep_sample", "false",
       "Whether the text of a campaign's first message is kept for its click map. "
       "It may be personal; without it only the layout and the lengths of texts are kept."},
      [](reader::Parts& parts) { return &parts.get<shared::TrackingDraft>().settings.keep_sample; }));
  return section;
}

void check_group(std::string_view section, std::string_view name, const std::string& group,
                 const system::Files& files, reader::Checks& checks) {
  if (checks.given(section, name) == nullptr || group.empty() || files.group_exists(group)) return;
  checks.error_at(section, name, "there is no group '" + group + "'");
}

void check_event_files(const ProcessSettings& process, const system::Files& files, reader::Checks& checks) {
  const std::string& path = process.events_path;
  if (path.empty()) return;
  const auto found = files.inspect(path);
  if (found && found->kind == system::FileFacts::Kind::regular)
    checks.error_at("log", "events", path + " is a file; name a directory");
  const std::string parent = system::directory_of(path);
  if (const auto above = files.inspect(parent); !above && above.error().kind == base::ErrorKind::not_found)
    checks.error_at("log", "events",
                    "the directory " + parent + " does not exist; create it, writable for the daemon's user");
}

void check_mail_log(const ProcessSettings& process, const system::Files& files, reader::Checks& checks) {
  const std::string& path = process.mail_log;
  if (path.empty()) return;
  const auto found = files.inspect(path);
  if (found && found->kind == system::FileFacts::Kind::directory)
    checks.error_at("feedback", "mail_log", path + " is a directory; name the MTA's log");
  if (!found && found.error().kind == base::ErrorKind::not_found)
    checks.warning_at("feedback", "mail_log",
                      "feedback.mail_log: there is no " + path + " yet; it is read once it is there");
  if (!process.keeps_events)
    checks.warning_at(
        "feedback", "mail_log",
        "feedback.mail_log has no effect with log.keep_events = false: nothing tells whose mail a "
        "line is about");
}

}  // namespace

void check_process(const ProcessSettings& process, const milter::Settings& milter,
                   const std::string& suppression_key_file, const system::Files& files,
                   reader::Checks& checks) {
  check_event_files(process, files, checks);
  check_mail_log(process, files, checks);
  if (!process.milter_socket.is_local()) {
    checks.warning_at("milter", "socket",
                      "milter.socket: whoever can reach " + process.milter_socket.format() +
                          " can have mail signed; restrict access to the MTA, for example with a firewall");
  }
  if ((process.milter_socket_mode & 0002) != 0) {
    checks.warning_at(
        "milter", "socket_mode",
        "milter.socket_mode: every user of this host can have mail signed; use milter.socket_group");
  }
  if (milter.max_body > milter.max_held)
    checks.error_at("milter", "max_body", "must not be larger than milter.max_held");
  if (milter.max_header > milter.max_held)
    checks.error_at("milter", "max_header", "must not be larger than milter.max_held");
  check_group("milter", "socket_group", process.milter_socket_group, files, checks);
  check_group("control", "admin_group", process.admin_group, files, checks);
  check_group("control", "read_group", process.read_group, files, checks);
  if (process.log_addresses == LogAddresses::hashed && suppression_key_file.empty())
    checks.error_at("log", "addresses", "hashed addresses need suppression.key_file");
}

std::vector<reader::Section> process_sections() {
  return {milter_section(), control_section(),   store_section(),
          log_section(),    retention_section(), report_section()};
}

}  // namespace signpost::config
