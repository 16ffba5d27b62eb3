// signpost-release: releases from the MTA's hold queue what Signpost held, and nothing else. Runs as root in the foreground; the
// command line is read here, the rest is in release/.
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <getopt.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/version.h"
#include "release/keeper.h"
#include "release/postfix_queue.h"
#include "release/sendmail_queue.h"
#include "release/server.h"
#include "release/told_file.h"
#include "system/daemon_log.h"
#include "system/exit_codes.h"
#include "system/peer_credentials.h"
#include "system/standard_error.h"
#include "system/system_clock.h"

namespace signpost {
namespace {

constexpr const char* kUsage = R"(usage: signpost-release [options]
Releases from the MTA's hold queue the mail that Signpost held, and nothing else. Runs as root, in the foreground.
  --socket PATH              where it listens (default /run/signpost-release/release.sock)
  --user NAME                who may ask, besides root (default signpost)
  --state FILE               what it was told (default /var/lib/signpost-release/told)
  --postfix NAME=DIR         a Postfix instance by its configuration directory (default main=/etc/postfix)
  --sendmail NAME=CF:QUEUE   a Sendmail by its configuration file and its queue directory
  --postconf PATH            (default /usr/sbin/postconf)
  --sendmail-program PATH    (default /usr/sbin/sendmail)
  -t                         check that all of it is there, and exit
  -V, --version              print the version and exit
  -h, --help                 print this text and exit
--postfix and --sendmail may be repeated. Ids without "NAME:" are of the instance that is named first.
)";

struct InstanceOption {
  std::string name;
  bool is_sendmail = false;
  std::string where;
};

struct CommandLine {
  std::string socket = "/run/signpost-release/release.sock";
  std::string user = "signpost";
  std::string state = "/var/lib/signpost-release/told";
  std::string postconf = "/usr/sbin/postconf";
  std::string sendmail = "/usr/sbin/sendmail";
  std::vector<InstanceOption> instances;
  bool test = false;
  int exit_code = -1;  ///< at least 0: leave now with this code
};

int complain(const std::string& text, int code) {
  (void)std::fprintf(stderr, "signpost-release: %s\n", text.c_str());
  return code;
}

/// "NAME=…". False if it is not that, or the name was there before.
bool add_instance(CommandLine& line, const std::string& text, bool is_sendmail) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at + 1 == text.size()) return false;
  InstanceOption option{text.substr(0, at), is_sendmail, text.substr(at + 1)};
  if (!release::is_instance_name(option.name)) return false;
  for (const InstanceOption& other : line.instances)
    if (other.name == option.name) return false;
  line.instances.push_back(std::move(option));
  return true;
}

enum Option : int { kSocket = 256, kUser, kState, kPostfix, kSendmail, kPostconf, kSendmailProgram };

CommandLine read_command_line(int argc, char** argv) {
  static const option kOptions[] = {{"socket", required_argument, nullptr, kSocket},
                                    {"user", required_argument, nullptr, kUser},
                                    {"state", required_argument, nullptr, kState},
                                    {"postfix", required_argument, nullptr, kPostfix},
                                    {"sendmail", required_argument, nullptr, kSendmail},
                                    {"postconf", required_argument, nullptr, kPostconf},
                                    {"sendmail-program", required_argument, nullptr, kSendmailProgram},
                                    {"version", no_argument, nullptr, 'V'},
                                    {"help", no_argument, nullptr, 'h'},
                                    {nullptr, 0, nullptr, 0}};
  CommandLine line;
  for (int found = 0; (found = getopt_long(argc, argv, "tVh", kOptions, nullptr)) != -1;) {
    switch (found) {
      case kSocket:
        line.socket = optarg;
        break;
      case kUser:
        line.user = optarg;
        break;
      case kState:
        line.state = optarg;
        break;
      case kPostconf:
        line.postconf = optarg;
        break;
      case kSendmailProgram:
        line.sendmail = optarg;
        break;
      case kPostfix:
      case kSendmail:
        if (add_instance(line, optarg, found == kSendmail)) break;
        line.exit_code = complain("'" + std::string(optarg) +
                                      "' must be NAME=… with a name of its own, of letters, digits, - and _",
                                  system::kExitUsage);
        return line;
      case 't':
        line.test = true;
        break;
      case 'V':
        std::printf("signpost-release %s\n", base::kVersion);
        line.exit_code = system::kExitOk;
        return line;
      case 'h':
        (void)std::fputs(kUsage, stdout);
        line.exit_code = system::kExitOk;
        return line;
      default:
        (void)std::fputs(kUsage, stderr);
        line.exit_code = system::kExitUsage;
        return line;
    }
  }
  if (optind < argc)
    line.exit_code =
        complain("unexpected argument '" + std::string(argv[optind]) + "'\n" + kUsage, system::kExitUsage);
  if (line.instances.empty()) add_instance(line, "main=/etc/postfix", false);
  return line;
}

struct Queues {
  std::vector<std::unique_ptr<release::HeldQueue>> owned;
  std::vector<release::Instance> instances;
};

base::Result<std::unique_ptr<release::HeldQueue>> open_queue(const CommandLine& line,
                                                             const InstanceOption& option) {
  if (!option.is_sendmail) {
    auto settings = release::ask_postconf(line.postconf, option.where);
    if (!settings) return tl::unexpected(settings.error());
    return std::make_unique<release::PostfixQueue>(std::move(*settings));
  }
  const std::size_t colon = option.where.find(':');
  if (colon == std::string::npos || option.where.front() != '/' || option.where[colon + 1] != '/' ||
      line.sendmail.front() != '/')
    return base::invalid("must be CF:QUEUE, both absolute paths");
  return std::make_unique<release::SendmailQueue>(release::SendmailSettings{
      line.sendmail, option.where.substr(0, colon), option.where.substr(colon + 1)});
}

base::Result<Queues> open_queues(const CommandLine& line) {
  Queues queues;
  for (const InstanceOption& option : line.instances) {
    auto queue = open_queue(line, option);
    if (!queue) return tl::unexpected(base::in_context(option.name, queue.error()));
    queues.instances.push_back({option.name, queue->get()});
    queues.owned.push_back(std::move(*queue));
  }
  return queues;
}

/// -t, once the queues are known.
int test(const CommandLine& line, const Queues& queues) {
  int code = system::kExitOk;
  for (const release::Instance& instance : queues.instances) {
    if (auto seen = instance.queue->check(); !seen)
      code = complain(instance.name + ": " + seen.error().text, system::kExitConfig);
    if (!instance.queue->can(release::Verb::refuse))
      (void)complain(
          instance.name + ": this MTA cannot return held mail to its sender (Postfix 3.5 and newer can)", 0);
  }
  // Only whether it can be read: a running service has it locked.
  const auto state = release::read_told_file(line.state);
  if (!state && state.error().kind != base::ErrorKind::not_found)
    code = complain(state.error().text, system::kExitDataError);
  if (code == system::kExitOk) (void)complain("no error", code);
  return code;
}

int exit_code_of(const base::Error& error) {
  if (error.kind == base::ErrorKind::corrupt) return system::kExitDataError;
  return error.kind == base::ErrorKind::unavailable ? system::kExitTemporary : system::kExitCannotCreate;
}

int run(const CommandLine& line, uid_t user, const Queues& queues) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGXFSZ, SIG_IGN);
  ::umask(0077);

  const system::SystemClock clock;
  system::DaemonLog log(system::StandardError(), clock);
  for (const release::Instance& instance : queues.instances)
    if (auto seen = instance.queue->check(); !seen) log.warning(instance.name + ": " + seen.error().text);
  auto keeper = release::Keeper::open(line.state, queues.instances);
  if (!keeper) {
    log.error(keeper.error().text);
    return exit_code_of(keeper.error());
  }
  log.info("started: " + std::to_string(keeper->size()) + " messages are told, " +
           std::to_string(queues.instances.size()) + " queues");
  release::ServerSettings settings;
  settings.path = line.socket;
  settings.user = user;
  const auto server = release::Server::start(std::move(settings), std::move(*keeper), clock, log);
  if (!server) {
    log.error(server.error().text);
    return system::kExitCannotCreate;
  }
  int signal = SIGHUP;
  while (signal == SIGHUP) sigwait(&signals, &signal);  // nothing is read anew
  return system::kExitOk;
}

}  // namespace
}  // namespace signpost

int main(int argc, char** argv) {
  using namespace signpost;
  const CommandLine line = read_command_line(argc, argv);
  if (line.exit_code >= 0) return line.exit_code;
  if (::geteuid() != 0)
    return complain("must run as root: postsuper refuses everybody else", system::kExitNoPermission);
  const auto user = system::find_user(line.user);
  if (!user) return complain("there is no user '" + line.user + "'", system::kExitConfig);
  const auto queues = open_queues(line);
  if (!queues) return complain(queues.error().text, system::kExitConfig);
  return line.test ? test(line, *queues) : run(line, user->user, *queues);
}
