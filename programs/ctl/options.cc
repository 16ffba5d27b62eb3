#include "programs/ctl/options.h"

#include <algorithm>
#include <functional>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "base/version.h"
#include "daemon/commands/line.h"
#include "daemon/commands/table.h"
#include "system/exit_codes.h"

namespace signpost::programs {
namespace {

constexpr const char* kFooter = R"(
Commands for the daemon: `signpostctl help` lists them, `signpostctl help COMMAND` explains one. Help works
without a running daemon.
Commands that need no daemon (each with --help):
  dkim genkey DOMAIN SELECTOR [--type rsa2048|rsa3072|rsa4096|ed25519] [--out DIR] [--json]
  key new FILE | key rotate FILE | key revoke FILE [ID]
  token decode URL [--keys FILE]
  message run FILE --sender A --rcpt A... [--login L] [--client IP] [--mta MTA] [--edits FILE [--replace]]
  message undo FILE --edits FILE
  bounce classify [FILE...] [--json]
  diagnose REPLY [--json]    what a server's refusal means, and what to do
For a pipe of the MTA; every failure is exit code 75, so that it tries again:
  feedback RECIPIENT < MESSAGE
A click map of what the daemon counted:
  report map CAMPAIGN -o FILE [--replace] [--tenant T] [--sample FILE [--keys FILE]]
Exit codes are those of sysexits.h, and 1 when a command worked and found something wrong: `status` if the
daemon is not healthy, `dkim check` if a key or record is wrong, `suppress check` if the address is not
listed, `suppress import` if not every record was taken. `status` exits with 3 if the daemon is not running.)";

/// CLI11 takes its arguments in reverse order.
using Words = std::vector<std::string>;

tl::expected<void, CtlExit> parse_with(CLI::App& app, Words words) {
  std::reverse(words.begin(), words.end());
  try {
    app.parse(std::move(words));
    return {};
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const bool is_question = app.exit(error, out, err) == 0;
    return tl::unexpected(
        CtlExit{is_question ? system::kExitOk : system::kExitUsage, is_question ? out.str() : err.str()});
  }
}

/// Reads the arguments of an offline command into the task.
using OfflineParser = std::function<tl::expected<void, CtlExit>(CLI::App&, const Words&, CtlOptions&)>;

/// -c may also follow the command.
void add_config_option(CLI::App& app, CtlOptions& options) {
  app.add_option("-c,--config", options.config, "configuration file");
}

tl::expected<void, CtlExit> parse_genkey(CLI::App& app, const Words& words, CtlOptions& options) {
  GenerateDkimKey task;
  std::string type = "rsa2048";
  app.add_option("DOMAIN", task.key.domain, "signing domain")->required();
  app.add_option("SELECTOR", task.key.selector, "selector")->required();
  app.add_option("--type", type, "rsa2048, rsa3072, rsa4096 or ed25519")
      ->check(CLI::IsMember({"rsa2048", "rsa3072", "rsa4096", "ed25519"}));
  app.add_option("--out", task.key.directory, "directory for the key file");
  app.add_flag("--json", task.json, "one JSON object instead of text");
  if (auto parsed = parse_with(app, words); !parsed) return parsed;
  const daemon::commands::KeyKind kind = *daemon::commands::key_kind_of(type);
  task.key.type = kind.type;
  task.key.bits = kind.bits;
  options.task = std::move(task);
  return {};
}

OfflineParser parse_ring(daemon::commands::RingChange change) {
  return [change](CLI::App& app, const Words& words, CtlOptions& options) -> tl::expected<void, CtlExit> {
    ChangeRing task;
    task.change = change;
    app.add_option("FILE", task.file, "key ring")->required();
    if (change == daemon::commands::RingChange::revoke)
      app.add_option("ID", task.id, "id of the key; if absent, the only one in state accept");
    if (auto parsed = parse_with(app, words); !parsed) return parsed;
    options.task = std::move(task);
    return {};
  };
}

tl::expected<void, CtlExit> parse_token(CLI::App& app, const Words& words, CtlOptions& options) {
  DecodeToken task;
  app.add_option("URL", task.url, "a link, pixel or unsubscribe address")->required();
  app.add_option("--keys", task.keys, "key ring; if absent, tracking.key_file of the configuration");
  add_config_option(app, options);
  if (auto parsed = parse_with(app, words); !parsed) return parsed;
  options.task = std::move(task);
  return {};
}

tl::expected<void, CtlExit> parse_run(CLI::App& app, const Words& words, CtlOptions& options) {
  RunMessage task;
  app.add_option("FILE", task.file, "message")->required();
  app.add_option("--sender", task.run.sender, "envelope sender; <> for none")->required();
  app.add_option("--rcpt", task.run.recipients, "envelope recipient; repeat for each")->required();
  app.add_option("--login", task.run.login, "the client's SMTP AUTH login");
  app.add_option("--client", task.run.client,
                 "the client's address; without this and --login the message is a local submission");
  std::string origin;
  app.add_option(
         "--origin", origin,
         "login, made-here, trusted, own-dsn, sealed, reinjected or foreign; default: what login, client and "
         "the message's header tell")
      ->check(CLI::IsMember({"login", "made-here", "trusted", "own-dsn", "sealed", "reinjected", "foreign"}));
  app.add_option("--host", task.run.host, "this host's name in its Received fields");
  std::string mta;
  app.add_option("--mta", mta,
                 "postfix or sendmail: whose changes after signing are prevented; default: neither's")
      ->check(CLI::IsMember({"postfix", "sendmail"}));
  app.add_option("--edits", task.edits, "file for the edits, for `message undo`");
  app.add_flag("--replace", task.replace, "write over a file that is there and does not hold edits");
  app.add_option("-s,--socket", options.socket,
                 "control socket of the daemon whose listings and limits are used");
  add_config_option(app, options);
  if (auto parsed = parse_with(app, words); !parsed) return parsed;
  if (!origin.empty()) task.run.origin = *mail::parse_origin(origin);
  if (mta == "sendmail") task.run.mta = mail::Mta::sendmail;
  if (mta == "postfix") task.run.mta = mail::Mta::postfix;
  options.task = std::move(task);
  return {};
}

tl::expected<void, CtlExit> parse_undo(CLI::App& app, const Words& words, CtlOptions& options) {
  UndoMessage task;
  app.add_option("FILE", task.file, "message as `message run` wrote it")->required();
  app.add_option("--edits", task.edits, "the edits that `message run` wrote")->required();
  if (auto parsed = parse_with(app, words); !parsed) return parsed;
  options.task = std::move(task);
  return {};
}

tl::expected<void, CtlExit> parse_classify(CLI::App& app, const Words& words, CtlOptions& options) {
  ClassifyBounces task;
  app.add_option("FILE", task.files, "a report as it came in; - or none: standard input");
  app.add_flag("--json", task.json, "one JSON object a line instead of columns");
  if (auto parsed = parse_with(app, words); !parsed) return parsed;
  options.task = std::move(task);
  return {};
}

tl::expected<void, CtlExit> parse_diagnose(CLI::App& app, const Words& words, CtlOptions& options) {
  DiagnoseReply task;
  std::vector<std::string> reply;
  app.add_option("REPLY", reply, "what a mail server answered, or a line of a mail log")->required();
  app.add_flag("--json", task.json, "one JSON object instead of lines");
  if (auto parsed = parse_with(app, words); !parsed) return parsed;
  task.reply = base::join(reply, " ");
  options.task = std::move(task);
  return {};
}

tl::expected<void, CtlExit> parse_hand_in(CLI::App& app, const Words& words, CtlOptions& options) {
  HandIn task;
  app.add_option("RECIPIENT", task.recipient, "the address at the bounce domain to which it came")
      ->required();
  app.add_option("-s,--socket", options.socket, "control socket");
  add_config_option(app, options);
  if (auto parsed = parse_with(app, words); !parsed) {
    // In a pipe, where any other code would make the MTA bounce the report.
    if (parsed.error().code == system::kExitUsage) parsed.error().code = system::kExitTemporary;
    return parsed;
  }
  options.task = std::move(task);
  return {};
}

tl::expected<void, CtlExit> parse_map(CLI::App& app, const Words& words, CtlOptions& options) {
  DrawMap task;
  app.add_option("CAMPAIGN", task.campaign, "campaign, as Signpost-Campaign named it")->required();
  app.add_option("-o,--out", task.out, "the HTML file to write; an earlier map is replaced")->required();
  app.add_flag("--replace", task.replace, "write over a file that is there and is not a click map");
  app.add_option("--tenant", task.tenant, "the tenant; needed if several have such a campaign");
  app.add_option("--sample", task.sample,
                 "a message of the campaign as it was sent, which gives the layout; if absent, the layout "
                 "that the daemon kept");
  app.add_option("--keys", task.keys, "key ring; if absent, tracking.key_file of the configuration");
  app.add_option("-s,--socket", options.socket, "control socket");
  add_config_option(app, options);
  if (auto parsed = parse_with(app, words); !parsed) return parsed;
  options.task = std::move(task);
  return {};
}

const std::map<std::string, OfflineParser>& offline_commands() {
  static const std::map<std::string, OfflineParser> all = {
      {"dkim genkey", parse_genkey},
      {"key new", parse_ring(daemon::commands::RingChange::create)},
      {"key rotate", parse_ring(daemon::commands::RingChange::rotate)},
      {"key revoke", parse_ring(daemon::commands::RingChange::revoke)},
      {"token decode", parse_token},
      {"message run", parse_run},
      {"message undo", parse_undo},
      {"bounce classify", parse_classify},
      {"diagnose", parse_diagnose},
      {"feedback", parse_hand_in},
      {"report map", parse_map},
  };
  return all;
}

/// How many of the words are the name of a command that needs no daemon; 0 if they begin with none.
std::size_t offline_name(const Words& words) {
  if (words.size() >= 2 && offline_commands().contains(words[0] + " " + words[1])) return 2;
  const bool is_daemons =
      words.size() >= 2 && daemon::commands::find_command({daemon::commands::to_word(words[0]),
                                                           daemon::commands::to_word(words[1])}) != nullptr;
  return !words.empty() && !is_daemons && offline_commands().contains(words[0]) ? 1 : 0;
}

}  // namespace

tl::expected<CtlOptions, CtlExit> read_ctl_options(const std::vector<std::string>& arguments) {
  CLI::App app("Talks to signpostd, and helps with keys and messages without it.", "signpostctl");
  CtlOptions options;
  AskDaemon ask;
  app.add_option("-s,--socket", options.socket,
                 "control socket; if absent, control.socket of the configuration");
  app.add_option("-c,--config", options.config, "configuration file");
  app.add_flag("--json", ask.json, "print answers as JSON, one object a line");
  app.set_version_flag("-V,--version", std::string("signpostctl ") + base::kVersion);
  app.footer(kFooter);
  app.prefix_command();
  if (auto parsed = parse_with(app, arguments); !parsed) return tl::unexpected(parsed.error());

  ask.words = app.remaining();
  if (!ask.words.empty() && ask.words.front() == "--") {
    ask.words.erase(ask.words.begin());
  } else if (!ask.words.empty() && ask.words.front().starts_with('-')) {
    return tl::unexpected(
        CtlExit{system::kExitUsage, "signpostctl: unknown option " + ask.words.front() + "; see --help\n"});
  }
  if (ask.words.empty()) return tl::unexpected(CtlExit{system::kExitUsage, app.help()});
  // Help about what needs no daemon.
  if (ask.words.size() > 1 && ask.words[0] == "help" &&
      offline_name({ask.words.begin() + 1, ask.words.end()}) == ask.words.size() - 1) {
    ask.words.erase(ask.words.begin());
    ask.words.emplace_back("--help");
  }
  if (const std::size_t length = offline_name(ask.words); length > 0) {
    const auto after_name = ask.words.begin() + static_cast<std::ptrdiff_t>(length);
    const std::string name = base::join({ask.words.begin(), after_name}, " ");
    CLI::App command("", "signpostctl " + name);
    const OfflineParser& parse = offline_commands().at(name);
    if (auto parsed = parse(command, {after_name, ask.words.end()}, options); !parsed)
      return tl::unexpected(parsed.error());
    if (auto* task = std::get_if<ClassifyBounces>(&options.task)) task->json = task->json || ask.json;
    if (auto* task = std::get_if<DiagnoseReply>(&options.task)) task->json = task->json || ask.json;
    return options;
  }
  options.task = std::move(ask);
  return options;
}

}  // namespace signpost::programs
