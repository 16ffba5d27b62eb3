// A caller bound to a tenant, walked through every row of the command table with another tenant's data in the store:
// nothing of the other one may be told or changed.
#include <gtest/gtest.h>

#include "daemon/commands/table.h"
#include "tests/daemon/commands/support.h"

namespace signpost::daemon::commands {
namespace {

/// In everything that is the other tenant's, its name too; no command of the walk says it but where it names
/// the tenant.
constexpr const char* kOther = "rivalsecret";
constexpr const char* kOwn = "acme";

std::shared_ptr<milter::Snapshot> two_tenants() {
  return tests::configured(R"([[tenant]]
name           = "acme"
logins         = ["acme-app"]
sender_domains = ["acme.example"]
streams        = ["transactional", "bulk"]

[[tenant]]
name           = "rivalsecret"
logins         = ["rivalsecret-app"]
sender_domains = ["rivalsecret.example"]

[[limit]]
name = "tenant-hour"
key  = ["tenant", "sender_domain"]
rate = ["2/h"]

[[limit]]
name = "rivalsecret-hour"
key  = ["login"]
rate = ["2/h"]
when = { tenant = ["rivalsecret"] }
)");
}

class BoundCallerTest : public testing::Test {
 protected:
  BoundCallerTest() {
    house_.snapshots.set(two_tenants());
    base::Keyring ring{{{7, base::KeyState::active, std::string(32, 'k')}}};
    EXPECT_TRUE(
        house_.store->suppressions().use_keys(store::list::HashKeys(std::make_shared<base::Keyring>(ring))));
    for (const char* line : {
             "suppress add bob@example.net reason=manual tenant=rivalsecret note=rivalsecret",
             "suppress add bob@example.net reason=trap tenant=- note=\"told by rivalsecret\"",
             "suppress add rivalsecret@example.net reason=complaint tenant=rivalsecret stream=transactional",
             "suppress add @example.net reason=dead-domain tenant=rivalsecret subdomains=yes",
             "suppress add bob@example.net reason=complaint tenant=acme note=ours",
             "suppress add own@example.net reason=unsubscribe tenant=acme",
             "tenant pause rivalsecret for=2h",
             "link block campaign=rivalsecret note=rivalsecret",
             "link block host=rivalsecret.example",
         })
      EXPECT_TRUE(house_.say(line).starts_with("ok")) << line << house_.say(line);
    const auto snapshot = house_.snapshots.get();
    for (const policy::LimitSettings& limit : snapshot->policy.limits) {
      const auto reserved = house_.buckets.reserve(
          {{&limit, "tenant=rivalsecret sender_domain=rivalsecret.example", 1, nullptr}},
          house_.clock.steady());
      EXPECT_TRUE(reserved);
      house_.buckets.commit(reserved->id, house_.clock.steady());
    }
    house_.counters.trap_hits.count(kOther);
    store::Changes changes;
    for (const char* tenant : {kOwn, kOther}) {
      const std::uint32_t id = policy::tenant_id(tenant);
      changes.places[{id, "november", 1}] = std::string("https://") + tenant + ".example/";
      changes.counts[{id, "november", 496'000, store::Counted::click, 1}] = 3;
      changes.counts[{id, "november", 496'000, store::Counted::recipient, 0}] = 9;
      changes.streams[{id, "november", 496'000, store::Counted::recipient, "bulk"}] = 9;
    }
    EXPECT_TRUE(house_.store->hits().commit({"1", 0, 1}, changes));
    house_.events->append(house_.clock.wall(),
                          base::format_time(house_.clock.wall()) +
                              " id=01M8H0DJG00000000000000001 qid=november stage=message tenant=rivalsecret");
    house_.twin.status_now.problems = {"dkim: rivalsecret.example has no record"};
    house_.twin.reload_result = ReloadReport{7, {"tenant rivalsecret: odd"}, {}};
    house_.subjects.push_back(
        {"sample",
         [](const mail::Address&) -> base::Result<std::vector<policy::Fields>> {
           return std::vector<policy::Fields>{{{"tenant", kOther}}};
         },
         [this](const mail::Address&) -> base::Result<std::uint64_t> { return ++erased_; }});
  }

  std::string say(const std::string& line) {
    std::vector<std::string> lines = {line};
    if (line.find("suppress import") != std::string::npos) {
      for (const char* entry : {"address,reason,tenant", "bob@example.net,manual,rivalsecret",
                                "ann@example.net,manual,-", "eve@example.net,manual,", "."})
        lines.emplace_back(entry);
    }
    if (line.find("feedback take") != std::string::npos) lines.emplace_back(".");
    return house_.say(lines, {tests::ControlHouse::kAdmin, "key acme-1", kOwn});
  }

  /// All that an operator sees of what is not acme's.
  std::string rest() {
    std::string all;
    for (const char* line :
         {"suppress list tenant=rivalsecret", "suppress list tenant=-", "tenant show rivalsecret",
          "limit list", "limit top", "link blocked", "dkim list", "tenant list",
          "report campaign november tenant=rivalsecret hours=yes", "report list",
          "report list tenant=rivalsecret", "why november"})
      all += house_.say(line);
    return all;
  }

  tests::ControlHouse house_;
  std::uint64_t erased_ = 0;
};

/// Something that a value of the kind may be. Names what the other tenant has too.
std::string sample(ValueKind kind) {
  switch (kind) {
    case ValueKind::address:
    case ValueKind::listing:
      return "bob@example.net";
    case ValueKind::ip:
      return "192.0.2.7";
    case ValueKind::domain:
      return "example.net";
    case ValueKind::name:
      return "tenant-hour";
    case ValueKind::tenant:
      return kOwn;
    case ValueKind::reason:
      return "manual";
    case ValueKind::number:
      return "7";
    case ValueKind::duration:
      return "1h";
    case ValueKind::yes:
      return "yes";
    case ValueKind::rates:
      return "5/h";
    case ValueKind::mode:
      return "replace";
    case ValueKind::log_level:
      return "error";
    case ValueKind::path:
      return "/nonexistent/copy";
    case ValueKind::key:
      return "a@example.net";
    case ValueKind::text:
      return "november";
    case ValueKind::words:
      return "status";
  }
  return {};
}

/// The row with its holes, then with each option by itself, then with all; each with every tenant it may name.
std::vector<std::string> ways_to_ask(const Command& command) {
  std::vector<std::string> ways;
  for (const std::string& tenant : {std::string(kOwn), std::string(kOther), std::string("-")}) {
    const auto value = [&](ValueKind kind) { return kind == ValueKind::tenant ? tenant : sample(kind); };
    std::string with_holes(command.words);
    for (const Argument& hole : command.holes) with_holes += " " + value(hole.kind);
    std::string with_all = with_holes;
    ways.push_back(with_holes);
    for (const Argument& option : command.options) {
      const std::string word = " " + std::string(option.name) + "=" + value(option.kind);
      ways.push_back(with_holes + word);
      with_all += word;
    }
    ways.push_back(with_all);
  }
  return ways;
}

TEST_F(BoundCallerTest, NoRowTellsOrChangesWhatIsAnothers) {
  const std::string before = rest();
  ASSERT_TRUE(tests::has(before, "note=rivalsecret"));
  ASSERT_TRUE(tests::has(before, "stage=message tenant=rivalsecret"));
  for (const Command& command : commands()) {
    for (const std::string& way : ways_to_ask(command)) {
      for (const std::string& line : {way, "form=json " + way}) {
        const std::string heard = say(line);
        EXPECT_EQ(heard.find(kOther), std::string::npos) << line << "\n" << heard;
      }
      EXPECT_EQ(rest(), before) << way;
    }
  }
  EXPECT_EQ(erased_, 0u);
  EXPECT_EQ(house_.twin.reloads, 0);
}

TEST_F(BoundCallerTest, ARowWithoutAWordIsDenied) {
  EXPECT_EQ(Command{}.for_tenant, ForTenant::denied);
  for (const Command& command : commands()) {
    if (command.for_tenant != ForTenant::denied) continue;
    EXPECT_TRUE(say(ways_to_ask(command).front()).starts_with("error denied ")) << command.words;
  }
}

TEST_F(BoundCallerTest, ANarrowedRowGivesWhatIsItsOwn) {
  EXPECT_TRUE(tests::has(say("suppress list"), "address=own@example.net reason=unsubscribe tenant=acme"));
  EXPECT_TRUE(tests::has(say("suppress export"), "own@example.net,unsubscribe,acme"));
  const std::string checked = say("suppress check bob@example.net");
  EXPECT_TRUE(tests::has(checked, "note=ours"));
  EXPECT_TRUE(tests::has(checked, "\naddress=bob@example.net reason=policy tenant=-\n")) << checked;
  EXPECT_TRUE(tests::has(say("tenant list"), "tenant=acme"));
  EXPECT_TRUE(tests::has(say("tenant show acme"), "logins=acme-app"));
  EXPECT_TRUE(tests::has(say("report campaign november"), "tenant=acme recipients=9 clicks=3"));
  EXPECT_TRUE(tests::has(say("report campaign november"), "counted-under=\"(under ten recipients)\"\n"));
  EXPECT_TRUE(house_.store->hits().add(
      {{{policy::tenant_id(kOwn), "december", 496'001, store::Counted::recipient, 0}, 10}},
      {{{policy::tenant_id(kOwn), "december", 496'001, store::Counted::recipient, "bulk"}, 10}}));
  EXPECT_FALSE(tests::has(say("report campaign december"), "counted-under="));
  const std::uint32_t own = policy::tenant_id(kOwn);
  EXPECT_TRUE(
      house_.store->hits().add({{{own, "december", 496'001, store::Counted::click, 1}, 4},
                                {{own, "december", 496'001, store::Counted::open_privacy, 0}, 2}},
                               {{{own, "december", 496'001, store::Counted::recipient, "vip"}, 10},
                                {{own, "december", 496'001, store::Counted::click, "bulk"}, 3},
                                {{own, "december", 496'001, store::Counted::open_privacy, "vip"}, 2}}));
  EXPECT_TRUE(tests::has(say("report campaign december"), "opens-privacy=2"));
  EXPECT_TRUE(tests::has(say("report campaign december"), "stream=bulk recipients=10 unsubscribes=0"))
      << "one click does not say its stream";
  EXPECT_TRUE(house_.store->hits().add({}, {{{own, "december", 496'001, store::Counted::click, "vip"}, 1}}));
  EXPECT_TRUE(tests::has(say("report campaign december stream=bulk"), "stream=bulk recipients=10 clicks=3"));
  EXPECT_TRUE(tests::has(say("report campaign december stream=vip"), "stream=vip recipients=10 clicks=1"));
  const std::string campaigns = say("report list");
  EXPECT_TRUE(
      tests::has(campaigns,
                 "tenant=acme campaign=november first=2026-08-01T16:00:00.000Z last=2026-08-01T16:00:00.000Z "
                 "recipients=9 clicks=3 "))
      << campaigns;
  EXPECT_TRUE(tests::has(campaigns, "end n=2\n")) << campaigns;
  const std::string first = house_.say("report list limit=1 after=acme/december");
  const std::string second = house_.say("report list limit=1 after=acme/november");
  EXPECT_TRUE(tests::has(first, "end n=1 next=acme/november\n")) << first;
  EXPECT_TRUE(tests::has(second, "tenant=rivalsecret campaign=november ")) << second;
  EXPECT_TRUE(tests::has(second, "end n=1\n")) << second;
  EXPECT_TRUE(tests::has(house_.say("report list after=november"), "error invalid "));
  EXPECT_TRUE(tests::has(house_.say("report list after=nobody/x"), "error not-found "));
  EXPECT_EQ(say("suppress add new@example.net").substr(0, 8), "ok added");
  EXPECT_TRUE(tests::has(house_.say("suppress check new@example.net"), "tenant=acme"));
  EXPECT_EQ(say("suppress del new@example.net").substr(0, 12), "ok removed=1");
  EXPECT_TRUE(tests::has(say("suppress import"), "ok added=1 changed=0 bad=2\nline=2 error="));
  EXPECT_TRUE(tests::has(house_.say("suppress check eve@example.net"), "tenant=acme"));
}

TEST_F(BoundCallerTest, AnotherTenantIsDeniedByName) {
  EXPECT_TRUE(say("suppress list tenant=rivalsecret")
                  .starts_with("error denied this caller may only use tenant 'acme'"));
  EXPECT_TRUE(say("suppress add x@example.net tenant=-").starts_with("error denied "));
  EXPECT_TRUE(say("tenant show rivalsecret").starts_with("error denied "));
}

}  // namespace
}  // namespace signpost::daemon::commands
