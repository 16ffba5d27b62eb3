// Look-ups against a server that behaves in every bad way: always an answer in time, never a wrong one.
#include "system/dns_resolver.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/dns_stub.h"

namespace signpost::system {
namespace {

using namespace std::chrono_literals;
using tests::DnsReply;
using Kind = DnsAnswer::Kind;

std::vector<DnsQuestion> txt_of(const std::vector<std::string>& names) {
  std::vector<DnsQuestion> questions;
  for (const std::string& name : names) questions.push_back({name, DnsType::txt});
  return questions;
}

/// What an answer holds, as text: "10 mx.example", "192.0.2.1", …
std::vector<std::string> shown(const DnsAnswer& answer) {
  std::vector<std::string> all = answer.texts;
  for (const base::Ip& ip : answer.addresses) all.push_back(base::format_ip(ip));
  for (const DnsExchange& one : answer.exchanges)
    all.push_back(std::to_string(one.preference) + " " + (one.host.empty() ? "." : one.host));
  all.insert(all.end(), answer.names.begin(), answer.names.end());
  return all;
}

TEST(DnsResolver, ReadsEachTypeOfRecord) {
  tests::DnsStub stub;
  stub.set("host.example", tests::address_reply({"192.0.2.1", "192.0.2.2"}));
  stub.set("host.example", tests::address_reply({"2001:db8::1"}));
  stub.set("host.example", tests::mx_reply({{20, "Second.mx.example"}, {10, "first.mx.example"}}));
  stub.set("no-mail.example", tests::mx_reply({{0, "."}}));
  stub.set("4.3.2.10.in-addr.arpa", tests::ptr_reply({"Host.Example"}));
  stub.set("also.example", {DnsReply::Kind::alias, {}, "host.example"});
  stub.set("odd.example", tests::ptr_reply({"under_score.example", "two words.example"}));
  stub.set("short.example", {DnsReply::Kind::data, {}, {}, 1, {"abc"}});
  stub.set("cut.example", {DnsReply::Kind::data, {}, {}, 15, {std::string("\0\1\7ab", 5)}});
  stub.set("fails.example", {DnsReply::Kind::server_failure});
  stub.set("silent.example", {DnsReply::Kind::silence});
  const struct {
    DnsQuestion question;
    Kind kind;
    std::vector<std::string> records;
  } cases[] = {
      {{"host.example", DnsType::a}, Kind::found, {"192.0.2.1", "192.0.2.2"}},
      {{"host.example", DnsType::aaaa}, Kind::found, {"2001:db8::1"}},
      {{"host.example", DnsType::mx}, Kind::found, {"10 first.mx.example", "20 second.mx.example"}},
      {{"host.example", DnsType::txt}, Kind::absent, {}},
      {{"no-mail.example", DnsType::mx}, Kind::found, {"0 ."}},
      {{"no-mail.example", DnsType::a}, Kind::absent, {}},
      {{"4.3.2.10.in-addr.arpa", DnsType::ptr}, Kind::found, {"host.example"}},
      {{"also.example", DnsType::a}, Kind::found, {"192.0.2.1", "192.0.2.2"}},
      {{"also.example", DnsType::mx}, Kind::found, {"10 first.mx.example", "20 second.mx.example"}},
      {{"nowhere.example", DnsType::a}, Kind::absent, {}},
      {{"odd.example", DnsType::ptr}, Kind::failed, {}},
      {{"short.example", DnsType::a}, Kind::failed, {}},
      {{"cut.example", DnsType::mx}, Kind::failed, {}},
      {{"fails.example", DnsType::aaaa}, Kind::failed, {}},
      {{"silent.example", DnsType::mx}, Kind::failed, {}},
  };
  std::vector<DnsQuestion> questions;
  for (const auto& c : cases) questions.push_back(c.question);
  auto resolver = DnsResolver::create({{"127.0.0.1", stub.port()}});
  ASSERT_TRUE(resolver) << resolver.error().text;
  const std::vector<DnsAnswer> answers = (*resolver)->look_up(questions, 4s);
  ASSERT_EQ(answers.size(), std::size(cases));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::string name = questions[i].name + " " + dns_type_word(questions[i].type);
    EXPECT_EQ(answers[i].kind, cases[i].kind) << name << ": " << answers[i].why;
    EXPECT_EQ(answers[i].why.empty(), cases[i].kind == Kind::found) << name;
    auto records = shown(answers[i]);
    if (answers[i].exchanges.empty()) std::sort(records.begin(), records.end());
    EXPECT_EQ(records, cases[i].records) << name;
  }
}

TEST(DnsResolver, ReadsWhatServersAnswer) {
  tests::DnsStub stub;
  const std::string huge(12000, 'x');
  stub.set("one.example", tests::txt_reply("v=DKIM1; p=abc"));
  stub.set("long.example", tests::txt_reply(std::string(300, 'a') + std::string(300, 'b')));
  stub.set("several.example", {DnsReply::Kind::txt, {{"first"}, {"sec", "ond"}, {""}}});
  stub.set("none.example", {DnsReply::Kind::no_data});
  stub.set("cut.example", {DnsReply::Kind::truncated, {{"whole"}}});
  stub.set("huge.example", tests::txt_reply(huge));
  stub.set("alias.example", {DnsReply::Kind::alias, {}, "one.example"});
  stub.set("fails.example", {DnsReply::Kind::server_failure});
  stub.set("bad.example", {DnsReply::Kind::bad_strings});
  const struct {
    const char* name;
    Kind kind;
    std::vector<std::string> texts;
  } cases[] = {
      {"one.example", Kind::found, {"v=DKIM1; p=abc"}},
      {"long.example", Kind::found, {std::string(300, 'a') + std::string(300, 'b')}},
      {"several.example", Kind::found, {"", "first", "second"}},
      {"none.example", Kind::absent, {}},
      {"nowhere.example", Kind::absent, {}},
      {"cut.example", Kind::found, {"whole"}},
      {"huge.example", Kind::found, {huge}},
      {"alias.example", Kind::found, {"v=DKIM1; p=abc"}},
      {"fails.example", Kind::failed, {}},
      {"bad.example", Kind::failed, {}},
  };
  std::vector<std::string> names;
  for (const auto& c : cases) names.emplace_back(c.name);
  auto resolver = DnsResolver::create({{"127.0.0.1", stub.port()}});
  ASSERT_TRUE(resolver) << resolver.error().text;
  std::vector<DnsAnswer> answers = (*resolver)->look_up(txt_of(names), 8s);
  ASSERT_EQ(answers.size(), std::size(cases));
  for (std::size_t i = 0; i < answers.size(); ++i) {
    std::sort(answers[i].texts.begin(), answers[i].texts.end());
    EXPECT_EQ(answers[i].kind, cases[i].kind) << cases[i].name << ": " << answers[i].why;
    EXPECT_EQ(answers[i].texts, cases[i].texts) << cases[i].name;
    EXPECT_EQ(answers[i].why.empty(), cases[i].kind == Kind::found) << cases[i].name;
  }
}

TEST(DnsResolver, KeepsItsDeadline) {
  tests::DnsStub stub;
  stub.set("silent.example", {DnsReply::Kind::silence});
  stub.set("garbage.example", {DnsReply::Kind::garbage});
  stub.set("cut.example", {DnsReply::Kind::always_truncated});
  stub.set("one.example", tests::txt_reply("here"));
  auto resolver = DnsResolver::create({{"127.0.0.1", stub.port()}});
  ASSERT_TRUE(resolver);
  const auto start = std::chrono::steady_clock::now();
  const auto answers =
      (*resolver)->look_up(txt_of({"silent.example", "garbage.example", "cut.example", "one.example"}), 1s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(answers[i].kind, Kind::failed) << i;
  EXPECT_EQ(answers[3].kind, Kind::found);
  EXPECT_EQ(answers[0].why, "timeout");
  EXPECT_EQ((*resolver)->look_up(txt_of({"one.example"}), 5s)[0].kind, Kind::found);  // it is still usable
  EXPECT_TRUE((*resolver)->look_up({}, 5s).empty());
}

TEST(DnsResolver, ManyQuestionsAtOnce) {
  tests::DnsStub stub;
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) {
    names.push_back("k" + std::to_string(i) + ".example");
    stub.set(names.back(), tests::txt_reply("text " + std::to_string(i)));
  }
  names.emplace_back("not a name..");
  names.emplace_back(std::string(300, 'a'));
  auto resolver = DnsResolver::create({{"127.0.0.1", stub.port()}});
  ASSERT_TRUE(resolver);
  const auto answers = (*resolver)->look_up(txt_of(names), 20s);
  for (int i = 0; i < 300; ++i)
    EXPECT_EQ(answers[i].texts, std::vector<std::string>{"text " + std::to_string(i)}) << answers[i].why;
  EXPECT_NE(answers[300].kind, Kind::found);
  EXPECT_EQ(answers[301].kind, Kind::failed);
}

TEST(DnsServer, Texts) {
  const std::pair<const char*, const char*> good[] = {
      {"127.0.0.1", "127.0.0.1:53"},
      {"192.0.2.53:5353", "192.0.2.53:5353"},
      {"2001:db8::1", "[2001:db8::1]:53"},
      {"[2001:db8::1]", "[2001:db8::1]:53"},
      {"[2001:DB8::1]:54", "[2001:db8::1]:54"},
  };
  for (const auto& [text, shown] : good) {
    const auto server = parse_dns_server(text);
    ASSERT_TRUE(server) << text;
    EXPECT_EQ(format_dns_server(*server), shown);
    EXPECT_EQ(parse_dns_server(shown).value(), *server);
  }
  for (const char* bad : {"", "dns.example", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x",
                          "[::1", "[::1]53", "[127.0.0.1:53", "1.2.3"})
    EXPECT_FALSE(parse_dns_server(bad)) << bad;
}

}  // namespace
}  // namespace signpost::system
