// The commands against a context in memory and a real store: what each answers and what it changes.

#include <gtest/gtest.h>

#include "tests/daemon/commands/support.h"

namespace signpost::daemon::commands {
namespace {

using tests::ControlHouse;
using tests::has;

TEST(ControlSuppress, AddsChecksAndDeletes) {
  ControlHouse house;
  EXPECT_EQ(house.say("suppress check bob@example.net"), "ok not-listed\n\n");
  EXPECT_EQ(house.say("suppress add Bob@Example.NET note=\"asked by phone\""), "ok added\n\n");
  EXPECT_EQ(house.say("suppress add <bob@example.net>"), "ok changed\n\n");
  const std::string listed = house.say("suppress check BOB@example.net");
  EXPECT_TRUE(listed.starts_with(
      "ok listed n=1\naddress=bob@example.net reason=manual tenant=- stream=- since=2026-11-23"))
      << listed;
  EXPECT_TRUE(has(listed, "by=\"operator uid=7\""));
  EXPECT_TRUE(listed.ends_with("\nend n=1\n\n"));
  EXPECT_EQ(house.say("suppress del bob@example.net reason=trap"),
            "error not-found the list has no such entry\n\n");
  EXPECT_EQ(house.say("suppress del bob@example.net"), "ok removed=1\n\n");
  EXPECT_EQ(house.say("suppress check bob@example.net"), "ok not-listed\n\n");
}

TEST(ControlSuppress, ChecksScopesAndStreams) {
  ControlHouse house;
  EXPECT_EQ(house.say("suppress add bob@example.net reason=complaint tenant=acme"), "ok added\n\n");
  EXPECT_EQ(house.say("suppress add @example.org subdomains=yes ttl=1h"), "ok added\n\n");
  EXPECT_TRUE(has(house.say("suppress check bob@example.net tenant=acme"), "listed n=1"));
  EXPECT_TRUE(has(house.say("suppress check bob@example.net tenant=default"), "not-listed"));
  EXPECT_TRUE(has(house.say("suppress check bob@example.net tenant=acme stream=bulk"), "listed n=1"));
  EXPECT_TRUE(
      has(house.say("suppress check bob@example.net tenant=acme stream=transactional"), "not-listed"));
  EXPECT_TRUE(has(house.say("suppress check ann@mail.example.org"), "subdomains=yes"));
  house.clock.tick(std::chrono::hours(2));
  EXPECT_TRUE(has(house.say("suppress check ann@mail.example.org"), "not-listed"));
}

TEST(ControlSuppress, RefusesWhatCannotBe) {
  ControlHouse house;
  const std::pair<const char*, const char*> cases[] = {
      {"suppress add bob@example.net tenant=acmee",
       "error not-found no tenant is named 'acmee' (did you mean 'acme'?)"},
      {"suppress add bob@example.net stream=bulk", "error invalid a stream needs a tenant"},
      {"suppress add bob@example.net subdomains=yes",
       "error invalid subdomains=yes is only valid for @DOMAIN"},
      {"suppress add bob@example.net hashed=yes",
       "error invalid hashed addresses need a key: make one with `signpostctl key new FILE`, name the file "
       "in suppression.key_file, and restart signpostd"},
      {"suppress forget bob@example.net",
       "error invalid hashed addresses need a key: make one with `signpostctl key new FILE`, name the file "
       "in suppression.key_file, and restart signpostd"},
      {"hash bob@example.net",
       "error invalid hashed addresses need a key: make one with `signpostctl key new FILE`, name the file "
       "in suppression.key_file, and restart signpostd"},
      {"backup /nonexistent/directory/file", "error "},
  };
  for (const auto& [line, expected] : cases)
    EXPECT_TRUE(house.say(line).starts_with(expected)) << house.say(line);
  EXPECT_TRUE(has(house.say("suppress list"), "end n=0"));
}

TEST(ControlSuppress, HashesAndForgets) {
  ControlHouse house;
  base::Keyring ring{{{7, base::KeyState::active, std::string(32, 'k')}}};
  ASSERT_TRUE(
      house.context.suppressions.use_keys(store::list::HashKeys(std::make_shared<base::Keyring>(ring))));
  EXPECT_EQ(house.say("suppress add Bob@example.net hashed=yes"), "ok added\n\n");
  const std::string listed = house.say("suppress check bob@EXAMPLE.net");
  EXPECT_TRUE(listed.starts_with("ok listed n=1\naddress=hmac:7:")) << listed;
  const std::string hash = listed.substr(listed.find("hmac:7:"), 7 + 64);
  EXPECT_EQ(house.say("hash BOB@example.net."), "ok hash=" + hash + "\n\n");
  EXPECT_EQ(house.say("suppress add " + hash), "ok changed\n\n");
  EXPECT_EQ(house.say("suppress forget bob@example.net"),
            "error not-found the list has no such entry in the clear\n\n");
  EXPECT_EQ(house.say("suppress add ann@example.net note=\"said Ann\""), "ok added\n\n");
  EXPECT_EQ(house.say("suppress forget ann@example.net"), "ok hashed=1\n\n");
  const std::string all = house.say("suppress list");
  EXPECT_EQ(all.find("nn"), std::string::npos) << all;
  EXPECT_TRUE(has(all, "end n=2"));
  EXPECT_TRUE(has(house.say("suppress stats"), "hashed=2"));
  EXPECT_EQ(house.say("suppress del ann@example.net"), "ok removed=1\n\n");
}

TEST(ControlSubject, ShowsAndErasesWhatEverySourceHas) {
  ControlHouse house;
  base::Keyring ring{{{7, base::KeyState::active, std::string(32, 'k')}}};
  ASSERT_TRUE(
      house.context.suppressions.use_keys(store::list::HashKeys(std::make_shared<base::Keyring>(ring))));
  std::uint64_t clicks = 2;
  house.subjects.push_back(
      {"click",
       [&](const mail::Address& address) -> base::Result<std::vector<policy::Fields>> {
         return std::vector<policy::Fields>(clicks, {{"to", mail::canonical_key(address)}});
       },
       [&](const mail::Address&) -> base::Result<std::uint64_t> { return std::exchange(clicks, 0); }});
  house.say("suppress add Bob@Example.net note=\"called us\"");
  house.say("suppress add @example.net");
  const std::string told = house.say("subject show bob@example.net");
  EXPECT_TRUE(has(told, "ok key=bob@example.net\nwhat=listing address=bob@example.net reason=manual"));
  EXPECT_TRUE(has(told, "note=\"called us\" as-given=Bob@Example.net\nwhat=click to=bob@example.net\n"));
  EXPECT_TRUE(told.ends_with("end n=3\n\n")) << told;
  EXPECT_EQ(house.say("subject erase bob@example.net"),
            "ok\nwhat=listing erased=1\nwhat=click erased=2\nend n=2\n\n");
  const std::string left = house.say("subject show bob@example.net");
  EXPECT_TRUE(has(left, "what=listing address=hmac:7:"));
  EXPECT_TRUE(left.ends_with("end n=1\n\n")) << left;
  EXPECT_TRUE(has(house.say("suppress check bob@example.net"), "listed n=2"));
  EXPECT_EQ(house.say("subject erase nobody@example.org"),
            "ok\nwhat=listing erased=0\nwhat=click erased=0\nend n=2\n\n");
}

TEST(ControlSubject, WhatCannotBeReachedNowIsToldAndTheRestIsErased) {
  ControlHouse house;
  const base::Keyring ring{{{7, base::KeyState::active, std::string(32, 'k')}}};
  ASSERT_TRUE(
      house.context.suppressions.use_keys(store::list::HashKeys(std::make_shared<base::Keyring>(ring))));
  daemon::upkeep::SubjectSource spool;
  spool.what = "hit";
  spool.show = [](const mail::Address&) { return std::vector<policy::Fields>(); };
  spool.settle = [&]() -> base::Result<void> {
    house.say("suppress add bob@example.net");  // what had waited
    return base::fail(base::ErrorKind::unavailable, "a segment cannot be read");
  };
  house.subjects.push_back(spool);
  EXPECT_EQ(house.say("subject erase bob@example.net"),
            "error unavailable all else is erased: a segment cannot be read\n\n");
  EXPECT_TRUE(has(house.say("subject show bob@example.net"), "what=listing address=hmac:7:"));
}

TEST(ControlSubject, WithoutAKeyABlockCannotBeKeptSoNothingIsErased) {
  ControlHouse house;
  house.say("suppress add bob@example.net");
  EXPECT_EQ(house.say("subject erase bob@example.net"),
            "error invalid hashed addresses need a key: make one with `signpostctl key new FILE`, name the "
            "file in suppression.key_file, and restart signpostd\n\n");
  EXPECT_TRUE(has(house.say("suppress check bob@example.net"), "listed n=1"));
  EXPECT_EQ(house.say("subject erase ann@example.net"), "ok\nwhat=listing erased=0\nend n=1\n\n");
}

TEST(ControlSuppress, WhatConcernsOneCustomerIsItsOwn) {
  ControlHouse house;
  for (const char* reason : {"complaint", "unsubscribe", "soft-bounce"}) {
    const std::string add = std::string("suppress add bob@example.net reason=") + reason;
    EXPECT_EQ(house.say(add + " tenant=acme"), "ok added\n\n");
    EXPECT_EQ(house.say(add), "ok added\n\n") << "no tenant is named among several: everywhere";
    EXPECT_EQ(house.say(add + " tenant=-"), "ok changed\n\n");
  }
  EXPECT_TRUE(has(house.say("suppress check bob@example.net tenant=default"), "listed n=3"));
  house.snapshots.set(tests::control_snapshot(true));
  EXPECT_EQ(house.say("suppress add ann@example.net reason=complaint"), "ok added\n\n");
  EXPECT_TRUE(has(house.say("suppress check ann@example.net"), "tenant=acme"));
}

TEST(ControlSuppress, ADashMeansEverywhere) {
  ControlHouse house;
  house.say("suppress add bob@example.net");
  house.say("suppress add bob@example.net tenant=acme");
  EXPECT_TRUE(has(house.say("suppress list tenant=-"), "end n=1"));
  EXPECT_EQ(house.say("suppress del bob@example.net tenant=-"), "ok removed=1\n\n");
  EXPECT_TRUE(has(house.say("suppress list"), "tenant=acme"));
}

TEST(ControlSuppress, ListsPageByPage) {
  ControlHouse house;
  for (const char* name : {"a", "b", "c"}) house.say("suppress add " + std::string(name) + "@example.net");
  const std::string first = house.say("suppress list limit=2");
  EXPECT_TRUE(has(first, "end n=2 next="));
  const std::size_t at = first.rfind("next=") + 5;
  const std::string second = house.say("suppress list after=" + first.substr(at, first.size() - at - 2));
  EXPECT_TRUE(has(second, "address=c@example.net"));
  EXPECT_TRUE(second.ends_with("end n=1\n\n"));
  EXPECT_TRUE(has(house.say("suppress list domain=example.org"), "end n=0"));
  const std::string stats = house.say("suppress stats");
  EXPECT_TRUE(has(stats, "addresses=3"));
  EXPECT_TRUE(has(stats, "manual=3"));
}

TEST(ControlLimit, ShowsSetsAndResets) {
  ControlHouse house;
  EXPECT_TRUE(has(house.say("limit list"),
                  "limit=login-hour key=login rate=2/h burst=- weight=recipients action=defer keys=0 "
                  "max-keys=100000\n"));
  EXPECT_TRUE(has(house.say("limit show loginhour"),
                  "error not-found no limit is named 'loginhour' (did you mean 'login-hour'?)"));
  EXPECT_TRUE(has(house.say("limit set login-hour rate=5/h,9/d for=2h"),
                  "ok limit=login-hour rate=5/h,9/d until=" +
                      base::format_time(house.clock.wall() + std::chrono::hours(2))));
  EXPECT_TRUE(has(
      house.say("limit list"),
      "rate=5/h,9/d burst=- weight=recipients action=defer configured-rate=2/h set-by=\"operator uid=7\""));
  house.clock.tick(std::chrono::hours(3));
  EXPECT_TRUE(has(house.say("limit list"), "limit=login-hour key=login rate=2/h burst"));
  EXPECT_TRUE(has(house.say("limit set login-hour rate=7/h"), "undo=\"limit reset login-hour only=rate\""));
  const auto used =
      house.buckets.reserve({{&house.snapshots.get()->policy.limits[0], "login=x", 1}}, house.clock.steady());
  house.buckets.commit(used->id, house.clock.steady());
  EXPECT_TRUE(has(house.say("limit reset login-hour only=rate"), "ok limit=login-hour rate=2/h emptied=0"));
  EXPECT_TRUE(has(house.say("limit show login-hour"), "used=1 of=2 share=50"));
  EXPECT_TRUE(has(house.say("limit reset login-hour only=all"), "error usage only= must be rate"));
  EXPECT_TRUE(has(house.say("limit reset login-hour only=rate login=x"), "error usage"));
  EXPECT_TRUE(has(house.say("limit reset login-hour"), "emptied=1"));
  house.say("limit set login-hour rate=7/h");
  EXPECT_TRUE(has(house.say("limit reset login-hour"), "ok limit=login-hour emptied=0"));
  EXPECT_TRUE(has(house.say("limit list"), "rate=2/h"));
}

TEST(ControlLimit, ChoosesBucketsByTheirKey) {
  ControlHouse house;
  const auto snapshot = house.snapshots.get();
  const policy::LimitSettings& limit = snapshot->policy.limits[1];
  for (const char* domain : {"example.net", "example.org"}) {
    const std::string key = "tenant=acme rcpt_domain=" + std::string(domain);
    const auto reserved = house.buckets.reserve({{&limit, key, 3, nullptr}}, house.clock.steady());
    ASSERT_TRUE(reserved);
    house.buckets.commit(reserved->id, house.clock.steady());
  }
  EXPECT_TRUE(has(house.say("limit show domain-day"), "end n=2"));
  const std::string one = house.say("limit show domain-day rcpt_domain=EXAMPLE.net");
  EXPECT_TRUE(
      has(one,
          "bucket=domain-day key=\"tenant=acme rcpt_domain=example.net\" used=3 of=1000 share=0 reserved=0 "
          "rate=1000/d\nend n=1"));
  EXPECT_TRUE(has(house.say("limit show domain-day login=x"),
                  "error invalid the key of limit 'domain-day' does not contain login"));
  EXPECT_TRUE(has(house.say("limit top 1"), "end n=1"));
  EXPECT_TRUE(has(house.say("limit reset domain-day rcpt_domain=example.org"), "emptied=1"));
  EXPECT_TRUE(has(house.say("limit top"), "end n=1"));
}

TEST(ControlLimit, ShowsTheRatesInForceOfExceptions) {
  ControlHouse house;
  auto snapshot = tests::configured(R"(
[[limit]]
name = "x"
key = ["login", "client"]
rate = ["2/h"]
when = { stream = ["transactional", "bulk"], not = { login = ["boss"], sender = ["news-*@acme.example"], client = ["10.0.0.0/8"] } }
[[limit.override]]
login = "Bulk"
rate = ["50/h", "90/d"]
[[limit.override]]
login = "@acme.example"
client = "192.0.2.0/24"
rate = []
)");
  house.snapshots.set(snapshot);
  EXPECT_TRUE(has(house.say("limit list"),
                  "limit=x key=login,client rate=2/h burst=- weight=recipients action=defer "
                  "when-stream=transactional,bulk when-not-login=boss when-not-sender=news-*@acme.example "
                  "when-not-client=10.0.0.0/8 exceptions=2 keys=0 max-keys=100000\n"));
  const policy::LimitSettings& limit = snapshot->policy.limits[0];
  const std::string key = "login=bulk client=192.0.2.7";
  const auto reserved = house.buckets.reserve({{&limit, key, 1}, {&limit, "login=ann client=192.0.2.7", 1}},
                                              house.clock.steady());
  ASSERT_TRUE(reserved);
  house.buckets.commit(reserved->id, house.clock.steady());
  EXPECT_TRUE(has(house.say("limit set x rate=7/h"), "rate=7/h until=- exceptions=2"));
  const std::string all = house.say("limit show x");
  EXPECT_TRUE(has(all, "exception=x key=login=Bulk rate=50/h,90/d\n")) << all;
  EXPECT_TRUE(has(all, "exception=x key=\"login=@acme.example client=192.0.2.0/24\" rate=-\n")) << all;
  EXPECT_TRUE(has(all, "key=\"" + key + "\" used=1 of=50,90 share=2 reserved=0 rate=50/h,90/d\n")) << all;
  EXPECT_TRUE(has(all, "key=\"login=ann client=192.0.2.7\" used=1 of=7 share=14 reserved=0 rate=7/h\n"))
      << all;
  EXPECT_TRUE(has(all, "end n=4")) << all;
  EXPECT_TRUE(has(house.say("limit show x login=ann@ACME.example"), "key=\"login=@acme.example"))
      << "may hold";
  EXPECT_TRUE(has(house.say("limit show x login=ann@ACME.example client=10.0.0.1"), "end n=0"));
  EXPECT_TRUE(has(house.say("limit top"), "rate=50/h,90/d\n"));
  const std::string told = house.say("explain recipient a@b.example login=BULK client=192.0.2.7");
  EXPECT_TRUE(has(told, "stage=rcpt rate=50/h,90/d rate-by=exception\n")) << told;
  const std::string free = house.say("explain recipient a@b.example login=x@acme.example client=192.0.2.7");
  EXPECT_TRUE(has(free, "state=passes stage=rcpt rate=- rate-by=exception\n")) << free;
  const std::string others = house.say("explain recipient a@b.example login=ann client=192.0.2.7");
  EXPECT_TRUE(has(others, "stage=rcpt rate=7/h rate-by=operator\n")) << others;
}

TEST(ControlLimit, TellsHowManyKeysThereAreAndWhatTheyShare) {
  ControlHouse house;
  auto snapshot = tests::configured(R"(
[[limit]]
name = "x"
key = ["tenant", "rcpt_domain"]
rate = ["2/h"]
max_keys = 3
)");
  house.snapshots.set(snapshot);
  const policy::LimitSettings& limit = snapshot->policy.limits[0];
  for (int i = 0; i < 5; ++i) {
    const std::string key = "tenant=acme rcpt_domain=d" + std::to_string(i) + ".example";
    const auto reserved = house.buckets.reserve({{&limit, key, 1}}, house.clock.steady());
    ASSERT_TRUE(reserved);
    house.buckets.commit(reserved->id, house.clock.steady());
  }
  const std::string all = house.say("limit show x");
  EXPECT_TRUE(has(all, "action=defer keys=3 max-keys=3\n")) << all;
  EXPECT_TRUE(has(all, "bucket=x key=\"other tenant=acme\" used=2 of=2 share=100 reserved=0 rate=2/h\n"))
      << all;
  EXPECT_TRUE(has(house.say("limit show x tenant=acme"), "end n=4"));
  EXPECT_TRUE(has(house.say("limit show x rcpt_domain=d1.example"), "end n=1"));
  const std::string metrics = house.say("metrics");
  EXPECT_TRUE(has(metrics, "signpost_limit_keys{limit=\"x\"} 3\n")) << metrics;
  EXPECT_TRUE(has(metrics, "signpost_limit_max_keys{limit=\"x\"} 3\n"));
  EXPECT_TRUE(has(metrics, "signpost_limit_charged_to_shared_total{limit=\"x\"} 2\n"));
  EXPECT_TRUE(has(house.say("limit reset x"), "emptied=4"));
}

TEST(ControlTenant, PausesAndResumes) {
  ControlHouse house;
  EXPECT_TRUE(has(house.say("tenant pause nobody"), "error not-found"));
  EXPECT_TRUE(has(house.say("tenant pause acme for=1h"), "ok tenant=acme until=2026-11-23T"));
  EXPECT_TRUE(house.overrides.get()->is_paused("acme", house.clock.wall()));
  EXPECT_TRUE(
      has(house.say("tenant list"),
          "tenant=acme stream=transactional sender-domains=acme.example paused=yes paused-until=2026-"));
  EXPECT_TRUE(has(house.say("tenant show acme"), "streams=transactional,bulk\n"));
  EXPECT_EQ(house.say("tenant resume acme"), "ok tenant=acme\n\n");
  EXPECT_TRUE(has(house.say("tenant resume acme"), "error not-found"));
}

TEST(ControlTenant, WhatCannotBeStoredDoesNotCount) {
  ControlHouse house;
  house.twin.overrides_can_be_saved = false;
  EXPECT_EQ(house.say("tenant pause acme"), "error unavailable the disk is full\n\n");
  EXPECT_FALSE(house.overrides.get()->is_paused("acme", house.clock.wall()));
}

TEST(ControlExplain, NamesTheListingThatDecides) {
  ControlHouse house;
  house.say("suppress add bob@example.net reason=complaint tenant=-");
  house.say("suppress add bob@example.net reason=trap tenant=acme");
  house.say("suppress add bob@example.net reason=manual tenant=default");
  const std::string told =
      house.say("explain recipient Bob@example.net login=acme-app sender=news@acme.example");
  EXPECT_TRUE(has(told,
                  "ok\nwhat=recipient key=bob@example.net origin=login class=outbound tenant=acme "
                  "stream=transactional\n"));
  EXPECT_TRUE(has(told, "why=decides address=bob@example.net reason=trap tenant=acme"));
  EXPECT_TRUE(has(told, "why=does-not-block-stream address=bob@example.net reason=complaint"));
  EXPECT_TRUE(has(told, "why=other-tenant address=bob@example.net reason=manual"));
  EXPECT_TRUE(has(told,
                  "what=verdict action=refuse reason=suppressed rule=trap reply=\"550 5.7.1 Recipient "
                  "suppressed (trap)\"\nend n="));
}

TEST(ControlExplain, NamesTheException) {
  ControlHouse house;
  house.say("suppress add bob@example.net reason=manual");
  house.say("suppress add bob@example.net reason=allow tenant=acme");
  const std::string told = house.say("explain recipient bob@example.net login=acme-app");
  EXPECT_TRUE(has(told, "why=allowed-by-exception address=bob@example.net reason=manual"));
  EXPECT_TRUE(has(told, "why=exception address=bob@example.net reason=allow"));
  EXPECT_TRUE(has(told, "what=verdict action=accept reason=- rule=-\n"));
}

TEST(ControlExplain, ShowsLimitsAndChargesNothing) {
  ControlHouse house;
  const std::string line = "explain recipient ann@example.net login=acme-app";
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(has(house.say(line), "what=limit limit=login-hour key=login=acme-app used=0 state=passes"));
  EXPECT_EQ(house.buckets.size(), 0u);
  const auto snapshot = house.snapshots.get();
  const auto reserved = house.buckets.reserve({{&snapshot->policy.limits[0], "login=acme-app", 2, nullptr}},
                                              house.clock.steady());
  ASSERT_TRUE(reserved);
  const std::string told = house.say(line);
  EXPECT_TRUE(has(told, "key=login=acme-app used=2 state=full retry-after="));
  EXPECT_TRUE(has(told,
                  "what=verdict action=defer reason=limit rule=login-hour reply=\"451 4.7.1 Limit login-hour "
                  "reached, retry in "));
}

TEST(ControlExplain, JudgesTheSenderAndPauses) {
  ControlHouse house;
  EXPECT_TRUE(has(house.say("explain recipient ann@example.net login=acme-app sender=a@other.example"),
                  "reply=\"550 5.7.1 Sender not allowed for this account\""));
  EXPECT_TRUE(has(house.say("explain recipient ann@example.net client=198.51.100.1"),
                  "action=pass reason=not-outbound"));
  house.say("tenant pause acme");
  EXPECT_TRUE(has(house.say("explain recipient ann@example.net login=acme-app"),
                  "reply=\"451 4.7.1 Tenant paused\""));
}

TEST(ControlDaemon, TellsItsHealth) {
  ControlHouse house;
  house.twin.status_now.started = house.clock.wall() - std::chrono::minutes(90);
  EXPECT_TRUE(has(house.say("status"), "state=ok\nversion="));
  house.twin.status_now.problems = {"store: cannot be read"};
  house.twin.status_now.log_lines_lost = 3;
  const std::string status = house.say("status");
  EXPECT_TRUE(has(status, "state=degraded\n"));
  EXPECT_TRUE(has(status, "uptime=90m\n"));
  EXPECT_TRUE(
      has(status, "log-lines-lost=3\nlist-checked=-\nlist-percent=0\nproblem=\"store: cannot be read\"\n"));
}

TEST(ControlDaemon, ReloadsOrAnswersTheErrors) {
  ControlHouse house;
  EXPECT_EQ(house.say("reload"), "ok generation=7\n\n");
  house.twin.reload_result = tl::unexpected(std::vector<std::string>{"a.toml:1:2: error: unknown key 'x'"});
  EXPECT_EQ(house.say("reload"),
            "error invalid the configuration has errors; the running one stays\nproblem=\"a.toml:1:2: error: "
            "unknown key 'x'\"\n\n");
  EXPECT_EQ(house.say("log level debug"), "ok level=debug\n\n");
  EXPECT_EQ(house.twin.log_level, "debug");
}

TEST(ControlDaemon, CountsInTwoForms) {
  ControlHouse house;
  house.counters.messages = 5;
  house.counters.trap_hits.count("ac\"me");
  EXPECT_TRUE(has(house.say("stats"), "\nmessages=5\n"));
  const std::string metrics = house.say("metrics");
  EXPECT_TRUE(has(metrics, "# TYPE signpost_messages_total counter\nsignpost_messages_total 5\n"));
  EXPECT_TRUE(has(metrics, "# TYPE signpost_connections_open gauge\n"));
  EXPECT_TRUE(has(metrics, "signpost_healthy 1\n"));
  EXPECT_TRUE(has(metrics, "signpost_trap_hits_total{tenant=\"ac\\\"me\"} 1\n"));
}

TEST(ControlDaemon, BacksTheStoreUp) {
  ControlHouse house;
  house.say("suppress add bob@example.net");
  const std::string file = house.directory.path() + "/copy.mdb";
  EXPECT_EQ(house.say("backup " + file), "ok file=" + file + "\n\n");
}

TEST(ControlDispatch, ReadersMayNotWrite) {
  ControlHouse house;
  EXPECT_EQ(house.say({"suppress add bob@example.net"}, ControlHouse::kReader),
            "error denied suppress add needs membership in control.admin_group\n\n");
  EXPECT_EQ(house.say({"suppress import", "bob@example.net", "."}, ControlHouse::kReader),
            "error denied suppress import needs membership in control.admin_group\n\n");
  EXPECT_EQ(house.say({"suppress check bob@example.net"}, ControlHouse::kReader), "ok not-listed\n\n");
}

TEST(ControlDispatch, SurvivesNonsense) {
  ControlHouse house;
  EXPECT_EQ(house.say({"", "   ", "version"}).find("ok version="), 0u);
  EXPECT_TRUE(has(house.say("\"open"), "error invalid the quote at byte 1 is not closed"));
  EXPECT_EQ(house.say({std::string(70 * 1024, 'x')}),
            "error limit a line must not be longer than 65536 bytes\n\n");
}

}  // namespace
}  // namespace signpost::daemon::commands
