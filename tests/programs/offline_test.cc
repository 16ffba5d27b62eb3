// What needs no daemon: keys and rings made and changed, a message run and undone, a token told.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/keyring.h"
#include "base/text.h"
#include "daemon/commands/make_keys.h"
#include "mail/file/message_file.h"
#include "programs/ctl/offline_message.h"
#include "programs/ctl/offline_token.h"
#include "system/file.h"
#include "tests/daemon/commands/support.h"
#include "tests/programs/offline_support.h"
#include "tests/support/twins.h"
#include "tests/support/workplace.h"

namespace signpost::programs {
namespace {

using tests::kNewsletter;
using tests::snapshot_with_key;

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0;
}

TEST(OfflineKeys, MakesADkimKeyAndItsRecord) {
  const tests::TempDir directory;
  for (const base::KeyType type : {base::KeyType::rsa, base::KeyType::ed25519}) {
    const std::string selector = type == base::KeyType::rsa ? "r1" : "e1";
    const auto made =
        daemon::commands::generate_dkim_key({"Example.COM.", selector, type, 2048, directory.path()});
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(made->file, directory.path() + "/example.com." + selector + ".pem");
    EXPECT_EQ(mode_of(made->file), 0600u);
    const auto key = base::PrivateKey::parse_pem(*system::read_file(made->file));
    ASSERT_TRUE(key) << key.error().text;
    EXPECT_EQ(key->type(), type);
    const std::string wanted = base::encode_base64(key->dns_public_bytes());
    EXPECT_TRUE(made->record.starts_with("v=DKIM1;")) << made->record;
    EXPECT_TRUE(made->record.ends_with("p=" + wanted)) << made->record;
    EXPECT_TRUE(made->zone_record.starts_with(selector + "._domainkey.example.com. IN TXT"))
        << made->zone_record;
  }
}

TEST(OfflineKeys, NeverReplacesAKey) {
  const tests::TempDir directory;
  const daemon::commands::DkimKeyRequest request = {"example.com", "s1", base::KeyType::ed25519, 0,
                                                    directory.path()};
  ASSERT_TRUE(daemon::commands::generate_dkim_key(request));
  const std::string before = *system::read_file(directory.path() + "/example.com.s1.pem");
  EXPECT_FALSE(daemon::commands::generate_dkim_key(request));
  EXPECT_EQ(*system::read_file(directory.path() + "/example.com.s1.pem"), before);
}

TEST(OfflineKeys, RefusesNamesThatAreNone) {
  const tests::TempDir directory;
  const std::pair<const char*, const char*> cases[] = {{"exa mple.com", "s1"},   {"..", "s1"},
                                                       {"example.com", "../s1"}, {"example.com", ""},
                                                       {"[192.0.2.1]", "s1"},    {"example.com", "a..b"}};
  for (const auto& [domain, selector] : cases) {
    EXPECT_FALSE(
        daemon::commands::generate_dkim_key({domain, selector, base::KeyType::ed25519, 0, directory.path()}))
        << domain << " " << selector;
  }
}

TEST(OfflineKeys, ChangesARing) {
  const tests::TempDir directory;
  const std::string file = directory.path() + "/tracking.keys";
  ASSERT_TRUE(daemon::commands::change_ring(daemon::commands::RingChange::create, file, {}));
  EXPECT_EQ(mode_of(file), 0600u);
  EXPECT_FALSE(daemon::commands::change_ring(daemon::commands::RingChange::create, file, {}))
      << "a ring is never replaced by a new one";
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  ASSERT_TRUE(daemon::commands::change_ring(daemon::commands::RingChange::rotate, file, {}));
  EXPECT_EQ(mode_of(file), 0640u) << "the mode that the administrator gave stays";
  auto ring = *base::parse_keyring(*system::read_file(file));
  ASSERT_EQ(ring.keys.size(), 2u);
  EXPECT_EQ(ring.active()->id, 2);
  EXPECT_FALSE(daemon::commands::change_ring(daemon::commands::RingChange::revoke, file, 2))
      << "the active key";
  ASSERT_TRUE(daemon::commands::change_ring(daemon::commands::RingChange::rotate, file, {}));
  EXPECT_FALSE(daemon::commands::change_ring(daemon::commands::RingChange::revoke, file, {}))
      << "two could be meant";
  ASSERT_TRUE(daemon::commands::change_ring(daemon::commands::RingChange::revoke, file, 1));
  ASSERT_TRUE(daemon::commands::change_ring(daemon::commands::RingChange::revoke, file, {}));
  EXPECT_FALSE(daemon::commands::change_ring(daemon::commands::RingChange::revoke, file, {}));
  EXPECT_EQ(base::parse_keyring(*system::read_file(file))->find(2)->state, base::KeyState::revoked);
}

TEST(OfflineKeys, OldLinksOutliveARotationUntilTheirKeyIsRevoked) {
  const tests::TempDir directory;
  const std::string file = directory.path() + "/tracking.keys";
  const auto sealer = [&file] {
    return std::move(*track::Sealer::create(*base::parse_keyring(*system::read_file(file))));
  };
  ASSERT_TRUE(daemon::commands::change_ring(daemon::commands::RingChange::create, file, {}));
  track::Token token;
  token.target = "https://shop.example/";
  const std::string old_link = sealer().seal(token);
  ASSERT_TRUE(daemon::commands::change_ring(daemon::commands::RingChange::rotate, file, {}));
  const std::string new_link = sealer().seal(token);
  EXPECT_NE(old_link, new_link);
  EXPECT_EQ(sealer().open(old_link, track::Purpose::click), token);
  EXPECT_EQ(sealer().open(new_link, track::Purpose::click), token);
  ASSERT_TRUE(daemon::commands::change_ring(daemon::commands::RingChange::revoke, file, 1));
  EXPECT_FALSE(sealer().open(old_link, track::Purpose::click));
  EXPECT_EQ(sealer().open(new_link, track::Purpose::click), token);
}

TEST(OfflineKeys, SaysWhatIsWrongWithARing) {
  const tests::TempDir directory;
  const std::string file = directory.path() + "/ring";
  EXPECT_EQ(daemon::commands::change_ring(daemon::commands::RingChange::rotate, file, {}).error().kind,
            base::ErrorKind::not_found);
  std::ofstream(file) << "1 active nonsense\n";
  EXPECT_NE(
      daemon::commands::change_ring(daemon::commands::RingChange::rotate, file, {}).error().text.find(file),
      std::string::npos);
}

std::string with_crlf(const std::string& text) {
  return mail::to_crlf(text).first;
}

TEST(OfflineMessage, RunsAndUndoesBitForBit) {
  const tests::HandClock clock;
  const auto snapshot = snapshot_with_key();
  const std::string mixed = with_crlf(kNewsletter) + "bare\nline\rend\n\n";
  for (const std::string& raw : {kNewsletter, with_crlf(kNewsletter), mixed, kNewsletter + "no line end"}) {
    const auto result = run_message(raw, {"news@shop.example", {"ann@example.net"}, "", ""}, snapshot, clock);
    ASSERT_TRUE(result) << result.error().text;
    EXPECT_EQ(result->action, policy::Action::accept);
    EXPECT_NE(result->message.find("DKIM-Signature:"), std::string::npos);
    EXPECT_NE(result->message.find("https://click.shop.example/c/"), std::string::npos) << result->message;
    EXPECT_EQ(result->message.find("Signpost-Campaign"), std::string::npos);
    ASSERT_EQ(result->log.size(), 1u);
    EXPECT_NE(result->log[0].find("stage=message action=accept"), std::string::npos) << result->log[0];
    const auto original = undo_message(result->message, result->edits);
    ASSERT_TRUE(original) << original.error().text;
    EXPECT_EQ(*original, raw);
  }
}

TEST(OfflineMessage, WritesAnEncodedListUnsubscribePlainly) {
  const tests::HandClock clock;
  const std::string raw =
      "From: news@shop.example\r\nTo: ann@example.net\r\nSubject: t\r\n"
      "List-Unsubscribe: =?utf-8?q?=3Chttps=3A//news=2Eshop=2Eexample/leave?=\r\n "
      "=?utf-8?q?=3Fid=3D279=3E?=\r\n"
      "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nhello\r\n";
  const MessageRun run{"news@shop.example", {"ann@example.net"}, "", ""};
  const auto left = run_message(raw, run, snapshot_with_key(), clock);
  EXPECT_NE(left->log[0].find(" unsub=own-encoded "), std::string::npos) << left->log[0];
  EXPECT_NE(left->message.find("List-Unsubscribe: =?utf-8?q?=3Chttps"), std::string::npos);

  const auto mended = run_message(raw, run, snapshot_with_key("[unsubscribe]\ndecode = true\n"), clock);
  EXPECT_NE(mended->log[0].find(" unsub=own-decoded "), std::string::npos) << mended->log[0];
  EXPECT_NE(mended->message.find("\r\nList-Unsubscribe: <https://news.shop.example/leave?id=279>\r\n"),
            std::string::npos)
      << mended->message;
  EXPECT_EQ(undo_message(mended->message, mended->edits).value_or("?"), raw);
}

TEST(OfflineMessage, WarnsOfHtmlThatGmailClips) {
  const tests::HandClock clock;
  const MessageRun run{"news@shop.example", {"ann@example.net"}, "", ""};
  const auto log_of = [&](std::size_t size) {
    const std::string html =
        kNewsletter + std::string(size / 2, ' ') + "\n" + std::string(size / 2, 'x') + "\n";
    return run_message(html, run, snapshot_with_key(), clock)->log[0];
  };
  EXPECT_NE(log_of(400).find(" html="), std::string::npos);
  EXPECT_EQ(log_of(400).find(" warn="), std::string::npos);
  EXPECT_NE(log_of(100'000).find(" warn=html-size "), std::string::npos) << log_of(100'000);
}

TEST(OfflineMessage, IsAsBehindTheMtaThatIsNamed) {
  const tests::HandClock clock;
  const auto snapshot = snapshot_with_key();
  const std::string raw = "From: Mr. Shop <news@shop.example>\nTo: a@b.example,c@d.example\n\ntext\n";
  MessageRun run{"news@shop.example", {"ann@example.net"}, "", ""};
  for (const mail::Mta mta : {mail::Mta::unknown, mail::Mta::postfix, mail::Mta::sendmail}) {
    run.mta = mta;
    const auto result = run_message(raw, run, snapshot, clock);
    ASSERT_TRUE(result) << result.error().text;
    const bool as_sendmail = result->message.find(
                                 "From: \"Mr. Shop\" <news@shop.example>\n"
                                 "To: a@b.example, c@d.example\n") != std::string::npos;
    EXPECT_EQ(as_sendmail, mta == mail::Mta::sendmail) << result->message;
    const auto original = undo_message(result->message, result->edits);
    ASSERT_TRUE(original) << original.error().text;
    EXPECT_EQ(*original, raw);
  }
}

TEST(OfflineMessage, ARefusalGivesNoMessage) {
  const tests::HandClock clock;
  const auto snapshot = snapshot_with_key("sender_domains = [\"shop.example\"]\nlogins = [\"shop\"]\n");
  const auto result = run_message(
      kNewsletter, {"news@other.example", {"ann@example.net"}, "shop", "192.0.2.1"}, snapshot, clock);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->action, policy::Action::refuse);
  EXPECT_EQ(result->message, "");
  ASSERT_FALSE(result->log.empty());
  EXPECT_NE(result->log[0].find("reason=sender-not-allowed"), std::string::npos) << result->log[0];
}

TEST(OfflineMessage, OthersMailPassesUntouched) {
  const tests::HandClock clock;
  const auto result = run_message(kNewsletter, {"news@shop.example", {"ann@example.net"}, "", "192.0.2.1"},
                                  snapshot_with_key(), clock);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->action, policy::Action::pass);
  EXPECT_EQ(result->message, kNewsletter);
}

TEST(OfflineMessage, IsJudgedByWhatTheDaemonKnows) {
  tests::ControlHouse house;
  const auto snapshot = house.snapshots.get();
  const auto ask = [&](const std::string& command) -> base::Result<std::vector<std::string>> {
    std::vector<std::string> lines;
    const std::string reply = house.say(command);
    for (const std::string_view line : base::split(reply, '\n'))
      if (!line.empty()) lines.emplace_back(line);
    return lines;
  };
  const std::string raw = "From: news@acme.example\nTo: ann@example.net\nSubject: News\n\nHello.\n";
  const MessageRun message{
      "<news@acme.example>", {"<ann@example.net>", "<bob@example.net>"}, "acme-app", "192.0.2.1"};
  const auto log_of = [&](const MessageRun& run) {
    const auto state = ask_state(raw, run, *snapshot, ask);
    EXPECT_TRUE(state) << state.error().text;
    const auto result = run_message(raw, run, snapshot, house.clock, state ? &*state : nullptr);
    EXPECT_TRUE(result) << result.error().text;
    std::string log;
    for (const std::string& line : result->trace) log += line + "\n";
    for (const std::string& line : result->log) log += line + "\n";
    return log;
  };
  EXPECT_TRUE(tests::has(log_of(message), "stage=message action="));
  EXPECT_TRUE(tests::has(log_of(message),
                         "to=<ann@example.net> what=check stage=rcpt check=suppression action=accept"));
  EXPECT_TRUE(tests::has(log_of(message), "\nwhat=check stage=message check=author action=accept"));
  EXPECT_TRUE(tests::has(log_of(message),
                         "to=<bob@example.net> what=limit limit=login-hour key=login=acme-app used="));

  house.say("suppress add bob@example.net reason=complaint tenant=acme note=\"a \\\"b\\\"\"");
  house.say("suppress add @example.org reason=dead-domain subdomains=yes");
  EXPECT_FALSE(tests::has(log_of(message), "reason=suppressed")) << "not in the stream transactional";
  MessageRun other = message;
  other.recipients = {"ann@mail.example.org"};
  EXPECT_TRUE(tests::has(log_of(other), "action=refuse reason=suppressed rule=dead-domain"));
  EXPECT_TRUE(
      tests::has(log_of(other),
                 "check=suppression action=refuse reason=suppressed rule=dead-domain reply=\"550 5.7.1 "));

  // login-hour lets two pass: one is used, the first recipient takes the other.
  const auto used = house.buckets.reserve({{&snapshot->policy.limits[0], "login=acme-app", 1, nullptr}},
                                          house.clock.steady());
  ASSERT_TRUE(used);
  EXPECT_TRUE(tests::has(log_of(message),
                         "action=defer reason=limit rule=login-hour from=<news@acme.example> to=<bob@"));
  house.say("limit set login-hour rate=9/h");
  EXPECT_FALSE(tests::has(log_of(message), "reason=limit"));
  house.say("tenant pause acme");
  EXPECT_TRUE(tests::has(log_of(message), "action=defer reason=tenant-paused"));
  EXPECT_EQ(house.buckets.size(), 1U) << "asking changes nothing";
}

TEST(OfflineMessage, RefusesAReplyThatIsNone) {
  const mail::Address bob = *mail::parse_address("bob@example.net");
  for (const std::vector<std::string>& lines : std::vector<std::vector<std::string>>{
           {},
           {"HTTP/1.1 200 OK"},
           {"error usage unknown option 'state'"},
           {"ok", "what=\"open"},
           {"ok", "what=listing address=bob@example.net reason=spite"},
           {"ok", "what=rates limit=l rate=often"},
           {"ok", "what=buckets saved=%%%"},
       }) {
    DaemonState state;
    EXPECT_FALSE(read_explained(lines, bob, state)) << testing::PrintToString(lines);
  }
  DaemonState state;
  ASSERT_TRUE(read_explained({"ok", "what=listing error=\"no disk\"", "end n=1"}, bob, state));
  EXPECT_FALSE(state.listings.at("bob@example.net"));
  state.buckets = {"nonsense"};
  const tests::HandClock clock;
  EXPECT_FALSE(run_message(kNewsletter, {"a@shop.example", {"b@example.net"}, "", ""}, snapshot_with_key(),
                           clock, &state));
}

TEST(OfflineMessage, SaysWhatIsWrong) {
  const tests::HandClock clock;
  EXPECT_FALSE(run_message(kNewsletter, {"a@shop.example", {"b@example.net"}, "", "nowhere"},
                           snapshot_with_key(), clock));
  EXPECT_FALSE(undo_message(kNewsletter, "no edits"));
  const auto result = run_message(kNewsletter, {"news@shop.example", {"ann@example.net"}, "", ""},
                                  snapshot_with_key(), clock);
  EXPECT_FALSE(undo_message(kNewsletter, result->edits)) << "the edits of another message";
}

TEST(OfflineToken, TellsWhatIsSealed) {
  const auto snapshot = snapshot_with_key();
  track::Token token;
  token.tenant = snapshot->policy.tenants[0].id();
  token.campaign = "may sale";
  token.link = 3;
  token.target = "https://shop.example/sale";
  const std::string url = "https://click.shop.example/c/" + snapshot->sealer->seal(token) + "?utm=1";
  const auto told = describe_token(url, *snapshot->sealer, snapshot->policy.tenants);
  ASSERT_TRUE(told) << told.error().text;
  EXPECT_EQ(*told,
            "purpose=click\ntarget=https://shop.example/sale\nmode=anonymous\ntenant=default\ncampaign=\"may "
            "sale\"\nlink=3\n");
  EXPECT_NE(describe_token(url, *snapshot->sealer, {})->find("\ntenant="), std::string::npos);
  EXPECT_FALSE(describe_token("https://click.shop.example/c/AAAA", *snapshot->sealer, {}));
  EXPECT_FALSE(describe_token("https://shop.example/", *snapshot->sealer, {}));
}

}  // namespace
}  // namespace signpost::programs
