// signpost-web: the program that faces the internet. Command line, signals, and how its parts hold together;
// what is served is web_app. It opens neither the store nor the control socket nor a DKIM key.
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <getopt.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/version.h"
#include "config/reader/sources.h"
#include "system/daemon_log.h"
#include "system/exit_codes.h"
#include "system/standard_error.h"
#include "system/system_clock.h"
#include "web/app.h"
#include "web/config.h"
#include "web/spool/blocks_file.h"

namespace {

using namespace signpost;

constexpr const char* kUsage =
    "usage: signpost-web [-c FILE] [-t] [-V]\n"
    "  -c FILE  configuration (default /etc/signpost/signpost.toml, with conf.d/*.toml beside it)\n"
    "  -t       check everything, report every problem, and exit\n"
    "  -V       version\n"
    "Stays in the foreground. TERM stops gracefully, INT at once, HUP reloads.\n";

constexpr std::chrono::seconds kDrainTime{5};

/// The running program.
class WebProgram {
 public:
  WebProgram(std::string config_path, web::LoadedWebConfig config, web::spool::BlocksFollower follower,
             web::spool::SpoolWriter writer, system::DaemonLog& log, const base::Clock& clock)
      : config_path_(std::move(config_path)),
        config_(std::move(config)),
        follower_(std::move(follower)),
        log_(log),
        clock_(clock),
        bell_(config_.web.ingest),
        spool_(std::make_unique<web::SpoolQueue>(std::move(writer), clock, [this] { bell_.ring(); })),
        app_(state(), *spool_, clock) {}

  base::Result<void> listen() {
    const auto pages = [this](const system::HttpRequest& request, const system::HttpReply& reply) {
      app_.answer(request, reply);
    };
    const auto metrics = [this](const system::HttpRequest& request, const system::HttpReply& reply) {
      app_.answer_metrics(request, reply, server_->counts());
    };
    auto server =
        system::HttpServer::open({{config_.web.listen, pages}, {config_.web.metrics, metrics}}, {}, clock_);
    if (!server) return tl::unexpected(server.error());
    server_ = std::move(*server);
    server_->serve();
    log_.info(std::string("signpost-web ") + base::kVersion + " serves " +
              base::join(config_.site->hosts, ", ") + " on " + system::format_listen(config_.web.listen));
    return {};
  }

  /// Once a second: follows the kill switch, and logs what fails and what works again.
  void tick() {
    if (follower_.refresh()) app_.publish(state());
    tell("disabled links: ", follower_.failure(), blocks_failure_);
    tell("spool: ", spool_->failure(), spool_failure_);
  }

  void reload() {
    web::LoadedWebConfig next = web::load_web_config(config_path_, system::SystemFiles());
    for (const config::reader::Diagnostic& diagnostic : next.diagnostics)
      log_.error(config::reader::format_diagnostic(diagnostic));
    if (!next.ok()) return log_.error("reload: the configuration has errors; the running one stays in use");
    for (const std::string& setting :
         config::reader::settings_awaiting_restart(config_.restart_values, next.restart_values)) {
      log_.warning("reload: " + setting + " takes effect at the next start");
    }
    config_.site = std::move(next.site);
    app_.publish(state());
    log_.info("reloaded");
  }

  void stop(std::chrono::milliseconds patience) {
    server_->drain(patience);
    // The queue answers those who still wait; then the server may end.
    spool_.reset();
    server_.reset();
    log_.info("stopped");
  }

 private:
  web::WebState state() const { return {config_.site, follower_.blocks(), !follower_.failure().empty()}; }

  void tell(const std::string& what, const std::string& now, std::string& before) {
    if (now == before) return;
    before = now;
    if (now.empty()) {
      log_.info(what + "working again");
    } else {
      log_.error(what + now);
    }
  }

  const std::string config_path_;
  web::LoadedWebConfig config_;
  web::spool::BlocksFollower follower_;
  system::DaemonLog& log_;
  const base::Clock& clock_;
  const web::IngestBell bell_;
  std::unique_ptr<web::SpoolQueue> spool_;
  web::WebApp app_;
  std::unique_ptr<system::HttpServer> server_;
  std::string blocks_failure_;
  std::string spool_failure_;
};

struct CommandLine {
  std::string config_path{config::reader::kDefaultConfigPath};
  bool test = false;
  int exit_code = -1;  ///< leave now with this code
};

CommandLine read_command_line(int argc, char** argv) {
  CommandLine line;
  for (int option = getopt(argc, argv, "c:tVh"); option != -1; option = getopt(argc, argv, "c:tVh")) {
    switch (option) {
      case 'c':
        line.config_path = optarg;
        break;
      case 't':
        line.test = true;
        break;
      case 'V':
        std::printf("signpost-web %s\n", base::kVersion);
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
  if (optind < argc) {
    (void)std::fprintf(stderr, "signpost-web: unexpected argument '%s'\n%s", argv[optind], kUsage);
    line.exit_code = system::kExitUsage;
  }
  return line;
}

/// Blocked in every thread; the main thread waits for them.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGHUP, SIGTERM, SIGINT}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
  (void)std::signal(SIGXFSZ, SIG_IGN);  // at a file size limit write() fails; the process does not end
  return signals;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int run(const CommandLine& line, web::LoadedWebConfig config) {
  const sigset_t signals = block_signals();
  raise_descriptor_limit();
  ::umask(0027);
  const system::SystemClock clock;
  system::DaemonLog log(system::StandardError(), clock);
  auto writer = web::spool::SpoolWriter::open(config.web.spool, {}, clock.wall());
  if (!writer) {
    log.error("web.spool: " + writer.error().text);
    return system::kExitCannotCreate;
  }
  auto follower = web::spool::BlocksFollower::open(config.web.blocked_links, config.web.spool);
  if (!follower) {
    log.error("web.spool: " + follower.error().text);
    return system::kExitCannotCreate;
  }
  WebProgram program(line.config_path, std::move(config), std::move(*follower), std::move(*writer), log,
                     clock);
  if (auto listening = program.listen(); !listening) {
    log.error(listening.error().text);
    return system::kExitCannotCreate;
  }
  for (;;) {
    program.tick();
    const timespec second{1, 0};
    switch (sigtimedwait(&signals, nullptr, &second)) {
      case SIGHUP:
        program.reload();
        break;
      case SIGTERM:
        program.stop(kDrainTime);
        return system::kExitOk;
      case SIGINT:
        program.stop(std::chrono::milliseconds(0));
        return system::kExitOk;
      default:
        break;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const CommandLine line = read_command_line(argc, argv);
  if (line.exit_code >= 0) return line.exit_code;
  web::LoadedWebConfig config = web::load_web_config(line.config_path, system::SystemFiles());
  for (const config::reader::Diagnostic& diagnostic : config.diagnostics) {
    (void)std::fprintf(stderr, "%s\n", config::reader::format_diagnostic(diagnostic).c_str());
  }
  if (!config.ok()) return config.exit_code;
  if (line.test) {
    (void)std::fprintf(stderr, "%s: no error\n", line.config_path.c_str());
    return system::kExitOk;
  }
  return run(line, std::move(config));
}
