// signpostctl: sends a command to the daemon, or does what needs no daemon. programs/ctl has its parts.
#include <cstdio>
#include <exception>
#include <variant>

#include "programs/ctl/options.h"
#include "programs/ctl/tasks.h"
#include "system/exit_codes.h"

int main(int argc, char** argv) {
  using namespace signpost;
  using namespace signpost::programs;
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
