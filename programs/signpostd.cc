// signpostd's command line and signals. daemon/daemon builds the daemon, config/load reads its configuration.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include <getopt.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/key_memory.h"
#include "base/version.h"
#include "config/load.h"
#include "daemon/daemon.h"
#include "system/daemon_log.h"
#include "system/exit_codes.h"
#include "system/log_writer.h"

namespace {

using namespace signpost;

constexpr const char* kUsage =
    "usage: signpostd [-c FILE] [-t] [-o key=value]... [-V]\n"
    "  -c FILE       configuration (default /etc/signpost/signpost.toml, with conf.d/*.toml beside it)\n"
    "  -t            check everything, report every problem, and exit\n"
    "  -o key=value  a setting that overrides the files, e.g. -o milter.mode=observe\n"
    "  -V            version\n"
    "Stays in the foreground. TERM stops gracefully, INT at once, HUP reloads, USR1 reopens the log.\n";

struct CommandLine {
  daemon::DaemonOptions options{std::string(config::reader::kDefaultConfigPath), {}};
  bool test = false;
  int exit_code = -1;  ///< leave now with this code
};

CommandLine read_command_line(int argc, char** argv) {
  CommandLine line;
  for (int option = getopt(argc, argv, "c:to:Vh"); option != -1; option = getopt(argc, argv, "c:to:Vh")) {
    switch (option) {
      case 'c':
        line.options.config_path = optarg;
        break;
      case 't':
        line.test = true;
        break;
      case 'o':
        line.options.overrides.emplace_back(optarg);
        break;
      case 'V':
        std::printf("signpostd %s\n", base::kVersion);
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
    (void)std::fprintf(stderr, "signpostd: unexpected argument '%s'\n%s", argv[optind], kUsage);
    line.exit_code = system::kExitUsage;
  }
  return line;
}

void print_diagnostics(const config::LoadedConfig& config) {
  for (const config::reader::Diagnostic& diagnostic : config.diagnostics)
    (void)std::fprintf(stderr, "%s\n", config::reader::format_diagnostic(diagnostic).c_str());
}

/// The signals we wait for, blocked in every thread. libmilter's own thread waits for three of them too and
/// would end the daemon on HUP; a signal to the process goes to the main thread first as long as that one is
/// waiting, so it does nothing else. Limitation: a HUP in the instant in which the main thread hands another
/// signal on may still reach libmilter and stop the daemon gracefully.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGHUP, SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
  // A file at its size limit is an error of that write, not the end of the daemon.
  (void)std::signal(SIGXFSZ, SIG_IGN);
  return signals;
}

/// As many connections as the system allows; each is a descriptor, and libmilter gives up on
/// the 1025th otherwise.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int wait_for_the_end(daemon::Daemon& daemon, const sigset_t& signals, system::DaemonLog& log) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    switch (signal) {
      case SIGHUP:
        daemon.request_reload();
        break;
      case SIGUSR1:
        daemon.request_reopen_logs();
        break;
      case SIGINT:
        log.info("SIGINT: stopping at once");
        std::_Exit(system::kExitOk);
      default:
        if (!daemon.stop_gracefully()) return system::kExitSoftware;
        if (const auto failure = daemon.failure()) return failure->exit_code;
        return system::kExitOk;
    }
  }
}

/// Large bodies get pages of their own, which are returned to the system when they are freed. The C library would
/// raise this threshold to the size of the largest body ever freed, and then keep and copy the buffers that a
/// growing body needs: 2.2 times the size of a 10 MB message instead of 1.0 (tests/bench/memory.py).
void give_large_memory_back() {
  constexpr int kLarge = 4 << 20;
  (void)mallopt(M_MMAP_THRESHOLD, kLarge);
  // Whoever sets the one sets the other too: at its 128 KiB each message of 1 MiB gave pages back several times, and cost
  // ten times the floor (tests/bench/compare.sh).
  (void)mallopt(M_TRIM_THRESHOLD, kLarge);
}

int run(int argc, char** argv) {
  const CommandLine line = read_command_line(argc, argv);
  if (line.exit_code >= 0) return line.exit_code;
  prctl(PR_SET_DUMPABLE, 0);  // no core dump, and no process of the same user reads the keys in our memory
  const base::KeyMemory key_memory = base::guard_key_memory();
  give_large_memory_back();
  const system::SystemFiles files;
  config::LoadedConfig config = config::load_config(line.options.config_path, line.options.overrides, files);
  print_diagnostics(config);
  if (!config.ok()) return config.exit_code;
  if (line.test) {
    (void)std::fprintf(stderr, "%s: no error\n", line.options.config_path.c_str());
    return system::kExitOk;
  }

  const sigset_t signals = block_signals();
  raise_descriptor_limit();
  const system::SystemClock clock;
  auto writer = system::LogWriter::open(system::LogTarget::standard_error);
  if (!writer) {
    (void)std::fprintf(stderr, "signpostd: %s\n", writer.error().text.c_str());
    return system::kExitSoftware;
  }
  system::DaemonLog log(std::move(*writer), clock);
  if (key_memory != base::KeyMemory::locked)
    log.info(
        "private keys may be swapped out: LimitMEMLOCK=infinity (ulimit -l) lets them be locked in memory");
  // To this thread: a thread of libmilter waits for signals of the process too, even after libmilter has ended.
  const auto stop = [self = pthread_self()] { pthread_kill(self, SIGTERM); };
  auto daemon = daemon::Daemon::create(line.options, std::move(config), log, stop);
  if (!daemon) {
    log.error(daemon.error().text);
    return daemon.error().exit_code;
  }
  if (auto listening = (*daemon)->listen(); !listening) {
    log.error(listening.error().text);
    return listening.error().exit_code;
  }
  return wait_for_the_end(**daemon, signals, log);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // no thread, or no memory, while it starts
    (void)std::fprintf(stderr, "signpostd: cannot start: %s\n", error.what());
    return system::kExitTemporary;
  }
}
