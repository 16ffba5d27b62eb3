// The settings of the process itself: sockets, store, log.
#include <cstdint>
#include <string>
#include <utility>

#include "base/text.h"
#include "config/draft.h"
#include "config/reader/setting_types.h"
#include "config/sections.h"
#include "config/shared/tracking.h"

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
       "Where the MTA finds the milter. A path in the queue directory works whether or not Postfix is "
       "chrooted."},
      R"(a socket such as "unix:/path" or "inet:8895@127.0.0.1")", system::parse_socket,
      [](reader::Parts& parts) { return &parts.get<Draft>().process.milter_socket; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"socket_mode", R"("0660")", "The permissions of a unix socket, in octal."},
      R"(an octal mode such as "0660")", parse_mode,
      [](reader::Parts& parts) { return &parts.get<Draft>().process.milter_socket_mode; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"socket_group", "", "The group of a unix socket, usually the MTA's. If absent, the daemon's own."},
      "the name of a group", reader::parse_any_text,
      [](reader::Parts& parts) { return &parts.get<Draft>().process.milter_socket_group; })));
  settings.push_back(reader::choice_setting(
      {"mode", R"("enforce")",
       "What is done with decisions: enforce applies them; observe judges and logs, but changes nothing."},
      reader::Choices<bool>{{{"enforce", false}, {"observe", true}}},
      [](reader::Parts& parts) { return &parts.get<Draft>().snapshot.milter.observe; }));
  settings.push_back(reader::choice_setting(
      {"on_error", R"("defer")", "What happens to mail after an internal failure of Signpost."},
      reader::Choices<milter::OnError>{
          {{"defer", milter::OnError::defer}, {"accept", milter::OnError::accept}}},
      [](reader::Parts& parts) { return &parts.get<Draft>().snapshot.milter.on_error; }));
  settings.push_back(reader::size_setting(
      {"max_body", R"("64MB")", "Larger messages are signed but not rewritten."}, 1u << 16,
      std::uint64_t{4} << 30,
      [](reader::Parts& parts) { return &parts.get<Draft>().snapshot.milter.max_body; }));
  settings.push_back(reader::size_setting({"max_held", R"("512MB")",
                                           "The total size of all message bodies held in memory. A message "
                                           "that would exceed it is signed but not "
                                           "rewritten."},
                                          1u << 20, std::uint64_t{1} << 40, [](reader::Parts& parts) {
                                            return &parts.get<Draft>().snapshot.milter.max_held;
                                          }));
  return section;
}

reader::Section control_section() {
  reader::Section section{"control", false, "The control socket, which signpostctl connects to.", {}};
  auto& settings = section.settings;
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"socket", R"("/run/signpost/control.sock")", "The path of the unix socket."}, "an absolute path",
      reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<Draft>().process.control_socket; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"admin_group", R"("signpost-admin")",
       "Its members may give every command; root and the daemon's own user always may."},
      "the name of a group", reader::parse_any_text,
      [](reader::Parts& parts) { return &parts.get<Draft>().process.admin_group; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"read_group", R"("signpost-read")",
       "Its members may give the commands that change nothing. All others are refused."},
      "the name of a group", reader::parse_any_text,
      [](reader::Parts& parts) { return &parts.get<Draft>().process.read_group; })));
  return section;
}

reader::Section store_section() {
  reader::Section section{"store", false, "Where the suppression list and the state of limits are kept.", {}};
  section.settings.push_back(reader::needs_restart(
      reader::parsed_setting({"path", R"("/var/lib/signpost")",
                              "A directory on a local disk (not NFS) that belongs to the daemon's user."},
                             "an absolute path", reader::parse_absolute_path,
                             [](reader::Parts& parts) { return &parts.get<Draft>().process.store_path; })));
  return section;
}

reader::Section log_section() {
  reader::Section section{"log", false, "The policy log: one line for each decision.", {}};
  auto& settings = section.settings;
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"file", "",
       "The log file, reopened on the signal USR1. If absent, lines go to syslog, facility mail."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<Draft>().process.log_file; })));
  settings.push_back(reader::needs_restart(reader::choice_setting(
      {"format", R"("text")", "text: key=value pairs; json: one JSON object a line with the same keys."},
      reader::Choices<LogFormat>{{{"text", LogFormat::text}, {"json", LogFormat::json}}},
      [](reader::Parts& parts) { return &parts.get<Draft>().process.log_format; })));
  settings.push_back(reader::needs_restart(reader::choice_setting(
      {"addresses", R"("clear")",
       "Whether the log shows addresses or keyed hashes of them; hashing needs suppression.key_file."},
      reader::Choices<LogAddresses>{{{"clear", LogAddresses::clear}, {"hashed", LogAddresses::hashed}}},
      [](reader::Parts& parts) { return &parts.get<Draft>().process.log_addresses; })));
  return section;
}

reader::Section retention_section() {
  reader::Section section{"retention", false, "How long data about sent mail is kept.", {}};
  section.settings.push_back(reader::needs_restart(reader::duration_setting(
      {"events", R"("90d")", "How long the hourly counts of clicks, opens and unsubscribes are kept."},
      std::chrono::hours(1), [](reader::Parts& parts) { return &parts.get<Draft>().process.events_kept; })));
  return section;
}

reader::Section report_section() {
  reader::Section section{"report", false, "What reports about campaigns may show.", {}};
  section.settings.push_back(reader::flag_setting(
      {"keep_sample", "false",
       "Whether the text of a campaign's first message is kept for its click map. It may be "
       "personal; without it only the layout and the lengths of texts are kept."},
      [](reader::Parts& parts) { return &parts.get<shared::TrackingDraft>().settings.keep_sample; }));
  return section;
}

}  // namespace

std::vector<reader::Section> process_sections() {
  return {milter_section(), control_section(),   store_section(),
          log_section(),    retention_section(), report_section()};
}

}  // namespace signpost::config
