// A command for the daemon: sends its words, prints the reply; and the two that need more, `help` and `suppress import`.
#include <cstdio>

#include "base/text.h"
#include "daemon/commands/table.h"
#include "daemon/control/json_writer.h"
#include "daemon/control/text_writer.h"
#include "programs/ctl/import_command.h"
#include "programs/ctl/output.h"
#include "programs/ctl/progress.h"
#include "programs/ctl/reply.h"
#include "programs/ctl/session.h"
#include "programs/ctl/tasks.h"
#include "system/exit_codes.h"
#include "system/system_clock.h"

namespace signpost::programs {
namespace {

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

}  // namespace

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
  if (command == "suppress import") return run_import(sent, form, options);
  if (sent.command->takes_lines) {
    complain("usage: signpostctl feedback RECIPIENT < MESSAGE");
    return system::kExitUsage;
  }
  const std::string socket = find_socket(options);
  auto client = daemon::control::ControlClient::connect(socket);
  if (!client) return unreachable(client.error(), socket, command);
  (void)client->send(format_command(sent.words, ask.json));
  return show_reply(*client, form);
}

}  // namespace signpost::programs
