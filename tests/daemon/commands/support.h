// What control tests talk to: a context with a real store in a private directory and twins for the rest.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/commands/context.h"
#include "daemon/commands/overrides.h"
#include "daemon/control/dispatch.h"
#include "milter/services.h"
#include "policy/limits/buckets.h"
#include "store/store.h"
#include "system/log_writer.h"
#include "tests/support/configured.h"
#include "tests/support/daemon_twin.h"
#include "tests/support/mta_queue_twin.h"
#include "tests/support/returned_twin.h"
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
  using Rights = daemon::commands::Rights;
  static constexpr Rights kReader{daemon::commands::Right::read};
  static constexpr Rights kAdmin{daemon::commands::Right::read, daemon::commands::Right::write,
                                 daemon::commands::Right::admin};

  /// All that is answered to these lines.
  std::string say(const std::vector<std::string>& lines, const daemon::commands::Caller& caller) {
    StringChannel channel(lines);
    daemon::control::converse(channel, caller, context);
    return channel.written;
  }
  std::string say(const std::vector<std::string>& lines, Rights rights = kAdmin) {
    return say(lines, {rights, "operator uid=7", std::nullopt});
  }
  std::string say(const std::string& line) { return say(std::vector<std::string>{line}); }

  /// While a server answers in other threads.
  void set_problems(std::vector<std::string> problems) { twin.set_problems(std::move(problems)); }

  TempDir directory;
  HandClock clock;
  milter::SnapshotHolder snapshots{control_snapshot()};
  milter::OverridesHolder overrides;
  policy::limits::Buckets buckets;
  milter::Counters counters;
  std::unique_ptr<store::Store> store = std::move(*store::Store::open(directory.path() + "/store"));
  store::StoredTraffic traffic{store->hits()};
  DaemonTwin twin{*store};
  daemon::upkeep::LinkSwitch links{store->links(), directory.path() + "/blocked-links"};
  Zone zone;
  system::DaemonLog log{std::move(*system::LogWriter::open(system::LogTarget::standard_error)), clock};
  daemon::upkeep::DkimWatch dkim_watch{store->keys(), snapshots, clock, log, zone.lookups()};
  daemon::commands::OverrideEditor override_editor{overrides, twin};
  std::unique_ptr<store::EventFiles> events =
      std::move(*store::EventFiles::open(directory.path() + "/events", 1 << 30));
  policy::AddressForms address_forms = [](std::string_view text) {
    return std::vector<std::string>{std::string(text)};
  };
  std::vector<daemon::upkeep::SubjectSource> subjects;
  ReturnedTwin returned;
  RecordingSink decisions;
  milter::Services services{snapshots, overrides, store->suppressions(), buckets, decisions, clock, counters};
  HoldQueueState hold_queue;
  daemon::upkeep::HoldKeeper holds{std::make_unique<MtaQueueTwin>(hold_queue), store->held(), services, log};
  daemon::commands::ControlContext context{clock,
                                           snapshots,
                                           overrides,
                                           override_editor,
                                           buckets,
                                           counters,
                                           store->suppressions(),
                                           store->bulk(),
                                           store->hits(),
                                           traffic,
                                           store->pictures(),
                                           links,
                                           dkim_watch,
                                           *events,
                                           address_forms,
                                           subjects,
                                           returned,
                                           holds,
                                           [](base::Wall, bool, const auto&) { return base::Result<void>(); },
                                           twin};
};

}  // namespace signpost::tests
