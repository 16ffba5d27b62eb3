// signpostctl: sends a command to the daemon, or does what needs no daemon. signpostctl_options reads the command line,
// signpostctl_reply prints a reply, and offline_* do the work without a daemon.
#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/text.h"
#include "campaign/map.h"
#include "campaign/skeleton.h"
#include "config/load.h"
#include "daemon/commands/table.h"
#include "daemon/control/client.h"
#include "daemon/control/json_writer.h"
#include "daemon/control/text_writer.h"
#include "feedback/answers.h"
#include "feedback/listing.h"
#include "mail/file/message_file.h"
#include "programs/import_command.h"
#include "programs/offline_token.h"
#include "programs/report_reader.h"
#include "programs/signpostctl_options.h"
#include "programs/signpostctl_progress.h"
#include "programs/signpostctl_reply.h"
#include "store/output_file.h"
#include "system/exit_codes.h"
#include "system/file.h"
#include "system/system_clock.h"

namespace {

using namespace signpost;
using namespace signpost::programs;

constexpr int kExitNotRunning = 3;  ///< `status`, as for init scripts
constexpr int kExitNotWhole = 1;    ///< something was found wrong, as with kAlarms of signpostctl_reply
constexpr std::size_t kMaxReportFile = 256UL * 1024 * 1024;  ///< feedback/report looks at the beginning only
constexpr const char* kDefaultSocket = "/run/signpost/control.sock";

void complain(const std::string& text) {
  (void)std::fprintf(stderr, "signpostctl: %s\n", text.c_str());
}

/// Prints what went wrong with a file and returns the exit code for it.
int file_failed(const base::Error& error, int unavailable_code) {
  complain(error.text);
  switch (error.kind) {
    case base::ErrorKind::not_found:
      return system::kExitNoInput;
    case base::ErrorKind::unavailable:
      return unavailable_code;
    default:
      return system::kExitDataError;
  }
}

int put(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return system::kExitOk;
  complain("cannot write to standard output");
  return system::kExitIoError;
}

const system::SystemFiles kSystemFiles;

config::LoadedConfig load(const std::string& path) {
  return config::load_config(path.empty() ? std::string(config::reader::kDefaultConfigPath) : path, {},
                             kSystemFiles);
}

/// The configuration; if it has errors, they are printed to stderr.
int load_or_complain(const std::string& path, config::LoadedConfig& config) {
  config = load(path);
  if (config.ok()) return system::kExitOk;
  for (const config::reader::Diagnostic& diagnostic : config.diagnostics)
    complain(config::reader::format_diagnostic(diagnostic));
  return config.exit_code;
}

/// -s, else what the configuration says, even if it has errors elsewhere or its keys cannot be read by this user.
std::string find_socket(const CtlOptions& options) {
  if (!options.socket.empty()) return options.socket;
  std::string socket = load(options.config).process.control_socket;
  return socket.empty() ? kDefaultSocket : socket;
}

// ---- words for the daemon

/// The command as it is sent.
struct Sent {
  std::vector<daemon::commands::Word> words;
  const daemon::commands::Command* command = nullptr;
};

Sent prepare(const std::vector<std::string>& arguments) {
  Sent sent;
  for (const std::string& argument : arguments) sent.words.push_back(daemon::commands::to_word(argument));
  sent.command = daemon::commands::find_command(sent.words);
  return sent;
}

int unreachable(const base::Error& error, const std::string& socket, std::string_view command) {
  complain(error.text);
  if (::access(socket.c_str(), W_OK) != 0 && errno == EACCES) return system::kExitNoPermission;
  return command == "status" ? kExitNotRunning : system::kExitUnavailable;
}

/// The printer's exit code, unless standard output could not be written.
int finish(ReplyPrinter& printer) {
  const auto code = printer.finish();
  if (!code) {
    complain(code.error().text);
    return system::kExitSoftware;
  }
  const int written = put("");
  return written == system::kExitOk ? *code : written;
}

int show_reply(daemon::control::ControlClient& client, const ReplyPrinter::Form& form) {
  ReplyPrinter printer(form, stdout, stderr);
  for (;;) {
    const auto line = client.next_line();
    if (!line) {
      complain(line.error().text);
      return system::kExitUnavailable;
    }
    if (!*line) return finish(printer);
    printer.take(**line);
  }
}

/// Collects a reply that is made here, as the daemon would send it.
class PrinterChannel final : public daemon::control::ControlChannel {
 public:
  explicit PrinterChannel(ReplyPrinter& printer) : printer_(printer) {}
  daemon::commands::LineStatus read_line(std::string&) override {
    return daemon::commands::LineStatus::closed;
  }
  bool write(std::string_view bytes) override {
    for (const std::string_view line : base::split(bytes, '\n'))
      if (!line.empty()) printer_.take(line);
    return true;
  }

 private:
  ReplyPrinter& printer_;
};

/// `help` comes from the same table that the daemon has.
int show_help(const daemon::commands::Request& request, const ReplyPrinter::Form& form) {
  ReplyPrinter printer(form, stdout, stderr);
  PrinterChannel channel(printer);
  daemon::control::TextWriter text(channel);
  daemon::control::JsonWriter json(channel);
  daemon::commands::ReplySink& sink = form.json ? static_cast<daemon::commands::ReplySink&>(json) : text;
  daemon::commands::Reply reply(form.body, sink);
  daemon::commands::answer_help(request.text("COMMAND"), reply);
  reply.finish();
  const int code = finish(printer);
  if (code != system::kExitOk || form.json || request.has("COMMAND")) return code;
  return put("Commands that need no daemon: signpostctl --help\n");
}

std::string format_command(const std::vector<daemon::commands::Word>& words, bool json) {
  std::string line = daemon::commands::format_command_line(words);
  if (json) line.insert(0, daemon::control::kAskForJson);
  return line;
}

/// `suppress import [FILE]`: what a file of another service means is found out here; the daemon gets entries.
int run_import(const Sent& sent, const ReplyPrinter::Form& form, const CtlOptions& options) {
  auto words = read_import_words(sent.words, system::SystemClock().wall());
  if (!words) {
    complain("invalid: " + words.error().text);
    return system::kExitDataError;
  }
  const bool preview = words->preview;
  auto file = FileSender::open(std::move(*words));
  if (!file) return file_failed(file.error(), system::kExitIoError);
  if (preview) {
    const auto shown = file->preview();
    if (!shown) return file_failed(shown.error(), system::kExitIoError);
    const int written = put(shown->text);
    return written != system::kExitOk || shown->is_whole ? written : kExitNotWhole;
  }
  const std::string socket = find_socket(options);
  auto client = daemon::control::ControlClient::connect(socket);
  if (!client) return unreachable(client.error(), socket, sent.command->words);
  // If something could not be sent, the reply or its absence shows it.
  {
    ImportProgress progress(socket);
    (void)client->send(
        format_command(file->words(), form.json), [&](const auto& put_line) { return file->write(put_line); },
        [&](std::uint64_t count) { progress.sent(count); });
    if (!file->failure()) progress.wait_for(*client);
  }
  if (file->failure()) {
    complain(file->failure()->text + "; nothing was listed");
    return system::kExitDataError;
  }
  const int code = show_reply(*client, form);
  for (const std::string& warning : file->warnings()) complain("note: " + warning);
  return code;
}

int run(AskDaemon ask, const CtlOptions& options) {
  // It belongs before the command, but is accepted after it too.
  if (ask.words.size() > 1 && ask.words.back() == "--json") {
    ask.words.pop_back();
    ask.json = true;
  }
  const Sent sent = prepare(ask.words);
  const std::string_view command = sent.command == nullptr ? std::string_view() : sent.command->words;
  const ReplyPrinter::Form form = {
      ask.json, sent.command == nullptr ? daemon::commands::Body::fields : sent.command->body,
      find_alarm(command)};
  if (command == "help") {
    const auto request = daemon::commands::fill(*sent.command, sent.words);
    if (request) return show_help(*request, form);
    complain(std::string(request.error().kind) + ": " + request.error().text);
    return exit_code_of(request.error().kind);
  }
  if (sent.command == nullptr) {
    const daemon::commands::Refusal refusal = daemon::commands::unknown_command(sent.words);
    complain(std::string(refusal.kind) + ": " + refusal.text);
    return exit_code_of(refusal.kind);
  }
  if (sent.command->takes_lines) return run_import(sent, form, options);
  const std::string socket = find_socket(options);
  auto client = daemon::control::ControlClient::connect(socket);
  if (!client) return unreachable(client.error(), socket, command);
  (void)client->send(format_command(sent.words, ask.json));
  return show_reply(*client, form);
}

/// Writes over an earlier file of the kind, else only with --replace. `begin`: how all of the kind begin. Returns the exit code.
int write_output(const std::string& path, std::string_view text, const char* what, std::string_view begin,
                 bool replace) {
  const auto written =
      store::check_output(path, {.what = what,
                                 .is_former = [&](int file) { return store::begins_with(file, begin); },
                                 .replace_word = "--replace",
                                 .replace = replace})
          .and_then([&] { return system::replace_file(path, system::fill_with(text), {.mode = 0666}); });
  if (written) return system::kExitOk;
  complain(written.error().text);
  return system::kExitCannotCreate;
}

// ---- what needs no daemon

int run(const GenerateDkimKey& task, const CtlOptions&) {
  const auto made = daemon::commands::generate_dkim_key(task.key);
  if (!made) return file_failed(made.error(), system::kExitCannotCreate);
  complain("the key was written to " + made->file);
  return put(task.json ? daemon::commands::format_json(*made)
                       : made->zone_record + "\n\n" + made->record + "\n");
}

int run(const ChangeRing& task, const CtlOptions&) {
  const auto changed = daemon::commands::change_ring(task.change, task.file, task.id);
  return changed ? put(*changed + "\n") : file_failed(changed.error(), system::kExitCannotCreate);
}

/// The sealer of a key ring's file or, without one, of the configuration, which is loaded for it.
int find_sealer(const std::string& keys, const CtlOptions& options, config::LoadedConfig& config,
                std::optional<track::Sealer>& own) {
  if (keys.empty()) {
    const int code = load_or_complain(options.config, config);
    if (code != system::kExitOk || config.snapshot->sealer) return code;
    complain("the configuration has no tracking.key_file; give a key ring with --keys");
    return system::kExitConfig;
  }
  const auto text = system::read_file(keys);
  if (!text) return file_failed(text.error(), system::kExitNoPermission);
  const auto ring = base::parse_keyring(*text);
  if (!ring) return file_failed(base::in_context(keys, ring.error()), system::kExitNoPermission);
  auto sealer = track::Sealer::create(*ring);
  if (!sealer) return file_failed(base::in_context(keys, sealer.error()), system::kExitNoPermission);
  own.emplace(std::move(*sealer));
  return system::kExitOk;
}

int run(const DecodeToken& task, const CtlOptions& options) {
  config::LoadedConfig config;
  std::optional<track::Sealer> own;
  if (const int code = find_sealer(task.keys, options, config, own); code != system::kExitOk) return code;
  const std::vector<policy::Tenant> tenants =
      config.ok() ? config.snapshot->policy.tenants : std::vector<policy::Tenant>{};
  const auto described = describe_token(task.url, own ? *own : *config.snapshot->sealer, tenants);
  return described ? put(*described) : file_failed(described.error(), system::kExitSoftware);
}

// ---- the click map: counts from the daemon, the layout from a message

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

int exit_code_of(policy::Action action) {
  if (action == policy::Action::refuse) return system::kExitDataError;
  return action == policy::Action::defer ? system::kExitTemporary : system::kExitOk;
}

/// Sends a command and returns all lines of the reply.
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

/// Each file by itself: one that cannot be read does not keep the others from being judged.
int run(const ClassifyBounces& task, const CtlOptions&) {
  int code = system::kExitOk;
  const std::vector<std::string> files = task.files.empty() ? std::vector<std::string>{"-"} : task.files;
  for (const std::string& file : files) {
    const auto raw =
        system::read_file(file == "-" ? std::string("/dev/stdin") : file, {.max_bytes = kMaxReportFile});
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

int run(const DiagnoseReply& task, const CtlOptions&) {
  return put(feedback::format_diagnosis(feedback::diagnose(task.reply), task.json));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto options = read_ctl_options({argv + 1, argv + argc});
    if (options) return std::visit([&](const auto& task) { return run(task, *options); }, options->task);
    (void)std::fputs(options.error().text.c_str(), options.error().code == system::kExitOk ? stdout : stderr);
    return options.error().code;
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "signpostctl: %s\n", error.what());
    return system::kExitSoftware;
  }
}
