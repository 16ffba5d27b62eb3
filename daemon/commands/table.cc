// To add a command: a row in daemon/commands/rows, which says what a caller bound to a tenant gets; a handler in
// the file of its family; a case in tests/daemon/commands/*_test.cc. `help` and docs/control.md follow.
#include "daemon/commands/table.h"

#include <iterator>

#include "daemon/commands/rows/rows.h"

namespace signpost::daemon::commands {
namespace {

std::vector<Command> all_commands() {
  std::vector<Command> all;
  for (auto* family : {list_rows, traffic_rows, held_rows, tenant_rows, daemon_rows}) {
    std::vector<Command> rows = family();
    std::move(rows.begin(), rows.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = all_commands();
  return all;
}

}  // namespace signpost::daemon::commands
