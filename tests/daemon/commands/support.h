// What control tests talk to: a context with a real store in a private directory and twins for the rest.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/mutex.h"
#include "daemon/commands/context.h"
#include "daemon/control/dispatch.h"
#include "milter/services.h"
#include "store/store.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/string_channel.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"
#include "tests/support/zone_lookup.h"

namespace signpost::tests {

/// Two tenants, or acme alone; two limits, one of them full after two recipients.
inline std::shared_ptr<milter::Snapshot> control_snapshot(bool is_alone = false) {
  return configured(std::string(R"([[tenant]]
name           = "acme"
logins         = ["acme-app"]
sender_domains = ["acme.example"]
streams        = ["transactional", "bulk"]

[[limit]]
name = "login-hour"
key  = ["login"]
rate = ["2/h"]

[[limit]]
name   = "domain-day"
key    = ["tenant", "rcpt_domain"]
rate   = ["1000/d"]
action = "refuse"
)") + (is_alone ? "" : "[[tenant]]\nname = \"default\"\n"));
}

inline testing::AssertionResult has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "no '" << part << "' in:\n" << text;
}

class ControlHouse {
 public:
  ControlHouse() {
    context.dkim_watch = &dkim_watch;
    context.bulk = &store->bulk();
    context.links = &links;
    context.hits = &store->hits();
    context.pictures = &store->pictures();
    context.backup = [this](const std::string& path) { return store->backup(path); };
  }

  /// All that is answered to these lines.
  std::string say(const std::vector<std::string>& lines,
                  daemon::commands::ControlPeer::May may = daemon::commands::ControlPeer::May::write) {
    StringChannel channel(lines);
    daemon::control::converse(channel, {may, "operator uid=7"}, context);
    return channel.written;
  }
  std::string say(const std::string& line) { return say(std::vector<std::string>{line}); }

  /// While a server answers in other threads.
  void set_problems(std::vector<std::string> problems) {
    base::MutexLock lock(status_mutex);
    status.problems = std::move(problems);
  }

  TempDir directory;
  HandClock clock;
  milter::SnapshotHolder snapshots{control_snapshot()};
  milter::OverridesHolder overrides;
  policy::limits::Buckets buckets;
  milter::Counters counters;
  std::unique_ptr<store::Store> store = std::move(*store::Store::open(directory.path() + "/store"));
  daemon::upkeep::LinkSwitch links{store->links(), directory.path() + "/blocked-links"};
  daemon::commands::ReloadResult reload_result = daemon::commands::ReloadReport{7, {}, {}};
  Zone zone;
  system::DaemonLog log{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock};
  daemon::upkeep::DkimWatch dkim_watch{store->keys(), snapshots, clock, log, zone.lookups()};
  base::Mutex status_mutex;
  daemon::commands::DaemonStatus status;
  bool overrides_can_be_saved = true;
  std::string log_level;
  daemon::commands::ControlContext context{clock,
                                           snapshots,
                                           overrides,
                                           buckets,
                                           counters,
                                           store->suppressions(),
                                           [this] { return reload_result; },
                                           [this] {
                                             base::MutexLock lock(status_mutex);
                                             return status;
                                           },
                                           [this](const policy::limits::Overrides&) -> base::Result<void> {
                                             if (overrides_can_be_saved) return {};
                                             return base::fail(base::ErrorKind::unavailable,
                                                               "the disk is full");
                                           },
                                           [this](std::string_view level) -> base::Result<void> {
                                             log_level = level;
                                             return {};
                                           }};
};

}  // namespace signpost::tests
