// Which events belong to a message: by each of its names, over days and passes, with deliveries and reports; what is erased of
// a person stays erased.
#include "daemon/facts/message_life.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "daemon/facts/event_subject.h"
#include "feedback/return_path.h"
#include "tests/support/workplace.h"

namespace signpost::daemon::facts {
namespace {

// Their first ten characters are a time: 2026-11-28T12:00:00Z and a minute later.
constexpr const char* kFirst = "01M8H0DJG000000000000000A1";
constexpr const char* kSecond = "01M8H0FD300000000000000001";

const policy::AddressForms kForms = [](std::string_view text) {
  return std::vector<std::string>{std::string(text)};
};

class MessageLifeTest : public testing::Test {
 protected:
  void add(const std::string& line) {
    const auto event = policy::parse_event_text(line);
    ASSERT_TRUE(event) << line << event.error().text;
    files_->append(event->at, line);
    files_->flush();
  }
  void add_message(const std::string& time, const std::string& id, const std::string& qid,
                   const std::string& msgid = "m@acme.example", const std::string& to = "bob@example.net") {
    add(time + " conn=c id=" + id + " qid=- stage=rcpt action=accept to=<" + to + "> tenant=acme");
    add(time + " conn=c id=" + id + " qid=" + qid +
        " stage=message action=accept from=<a@acme.example> tenant=acme msgid=<" + msgid + ">");
  }
  MessageLife life(std::string_view asked) {
    auto found = find_life(*files_, asked, kForms, [] { return false; });
    EXPECT_TRUE(found) << found.error().text;
    return found ? std::move(*found) : MessageLife();
  }
  /// The stages of the events that are found.
  std::string stages(std::string_view asked) {
    std::string text;
    for (const Fact& fact : life(asked).facts) {
      text += (text.empty() ? "" : " ") + std::string(fact.line.value("stage"));
      if (const auto next = fact.line.value("qid"); !next.empty()) text += ":" + std::string(next);
    }
    return text;
  }

  tests::TempDir directory_;
  std::unique_ptr<store::EventFiles> files_ =
      std::move(*store::EventFiles::open(directory_.path() + "/events", 1 << 30));
};

TEST_F(MessageLifeTest, IsFoundByEachOfItsNames) {
  add_message("2026-11-28T12:00:00Z", kFirst, "4F2C1");
  add_message("2026-11-28T12:01:00Z", kSecond, "4F2C2", "other@acme.example");
  for (const char* name : {"4F2C1", "m@acme.example", "<m@acme.example>", kFirst})
    EXPECT_EQ(stages(name), "rcpt message:4F2C1") << name;
  for (const char* name : {"4F2C", "4F2C11", "", "@", "-", "<>", "tenant=acme", "c"})
    EXPECT_EQ(stages(name), "") << name;
}

TEST_F(MessageLifeTest, HasItsDeliveriesAndReportsOfLaterDays) {
  add_message("2026-11-28T12:00:00Z", kFirst, "4F2C1");
  add("2026-11-28T12:00:05Z qid=4F2C1 stage=delivery action=defer to=<bob@example.net>");
  add("2026-11-29T12:00:05Z qid=4F2C9 stage=delivery action=accept to=<eve@example.net>");
  add("2026-12-01T12:00:05Z qid=4F2C1 stage=delivery action=refuse to=<bob@example.net>");
  const auto about = base::encode_hex(feedback::shorten_id(*base::ulid_bytes(kFirst)));
  add("2026-12-02T12:00:05Z id=" + std::string(kSecond) +
      " qid=5A stage=bounce action=accept about=" + about);
  EXPECT_EQ(stages("4F2C1"), "rcpt message:4F2C1 delivery:4F2C1 delivery:4F2C1 bounce:5A");
  EXPECT_EQ(stages(kFirst), "rcpt message:4F2C1 delivery:4F2C1 delivery:4F2C1 bounce:5A");
}

TEST_F(MessageLifeTest, AQueueIdThatIsUsedAgainBelongsToTheLast) {
  add_message("2026-11-28T12:00:00Z", kFirst, "4F2C1");
  add("2026-11-28T12:00:05Z qid=4F2C1 stage=delivery action=accept to=<bob@example.net>");
  add_message("2026-11-28T12:01:00Z", kSecond, "4F2C1", "other@acme.example", "eve@example.net");
  add("2026-11-28T12:01:05Z qid=4F2C1 stage=delivery action=accept to=<eve@example.net>");
  const MessageLife last = life("4F2C1");
  ASSERT_EQ(last.facts.size(), 3u);
  EXPECT_EQ(last.facts.front().line.value("id"), kSecond);
  EXPECT_EQ(last.facts.back().line.address("to"), "eve@example.net");
  EXPECT_EQ(last.others, 1u);
  const MessageLife first = life(kFirst);
  ASSERT_EQ(first.facts.size(), 3u);
  EXPECT_EQ(first.facts.back().line.address("to"), "bob@example.net");
}

TEST_F(MessageLifeTest, PassesAreShownTogether) {
  add_message("2026-11-28T12:00:00Z", kFirst, "4F2C1");
  add_message("2026-11-28T12:01:00Z", kSecond, "4F2C2");
  add("2026-11-28T12:01:01Z qid=4F2C1 stage=delivery action=accept to=<bob@example.net> next=4F2C2");
  add("2026-11-28T12:01:09Z qid=4F2C2 stage=delivery action=accept to=<bob@example.net>");
  for (const char* name : {"4F2C1", "4F2C2", "m@acme.example"})
    EXPECT_EQ(stages(name), "rcpt message:4F2C1 rcpt message:4F2C2 delivery:4F2C1 delivery:4F2C2") << name;
}

TEST_F(MessageLifeTest, ManyMessagesWithOneMessageIdAreNotPasses) {
  for (int i = 0; i < 30; ++i) {
    std::string id = kFirst;
    id[24] = static_cast<char>('0' + i / 10);
    id[25] = static_cast<char>('0' + i % 10);
    add_message("2026-11-28T12:00:00Z", id, "4F2C" + std::to_string(100 + i));
  }
  EXPECT_EQ(stages("4F2C105"), "rcpt message:4F2C105");
  const MessageLife all = life("m@acme.example");
  EXPECT_EQ(all.facts.size(), 2 * kMaxMessages);
  EXPECT_EQ(all.others, 10u);
}

TEST_F(MessageLifeTest, TextThatLooksLikeAKeyIsNone) {
  add_message("2026-11-28T12:00:00Z", kFirst, "4F2C1");
  add("2026-11-28T12:00:09Z id=" + std::string(kSecond) +
      " stage=click action=accept agent=\"x qid=4F2C1 msgid=<m@acme.example> about=00\"");
  EXPECT_EQ(stages("4F2C1"), "rcpt message:4F2C1");
}

TEST_F(MessageLifeTest, EndsWhenToldSo) {
  for (int i = 0; i < 10'000; ++i)
    files_->append(*base::parse_time("2026-11-28"), "2026-11-28T00:00:00Z a=b");
  files_->flush();
  EXPECT_FALSE(find_life(*files_, "4F2C1", kForms, [] { return true; }));
}

TEST_F(MessageLifeTest, WhatIsErasedOfAPersonStaysErased) {
  add_message("2026-11-28T12:00:00Z", kFirst, "4F2C1", "m@acme.example", "Bob@Example.NET");
  add("2026-11-29T12:00:05Z qid=4F2C1 stage=delivery action=refuse to=<bob@example.net> "
      "said=\"550 <BOB@example.net>: unknown bob@example.network\"");
  add("2026-11-29T12:00:06Z qid=4F2C1 stage=delivery action=refuse to=<notbob@example.net>");
  const auto bob = *mail::parse_address("bob@example.net");
  const upkeep::SubjectSource source = events_source(*files_, kForms, [] { return false; });
  EXPECT_EQ(source.show(bob)->size(), 2u);
  EXPECT_EQ(source.erase(bob), 2u);
  EXPECT_EQ(source.show(bob)->size(), 0u);
  EXPECT_EQ(source.erase(bob), 0u);
  EXPECT_EQ(stages("4F2C1"), "rcpt message:4F2C1 delivery:4F2C1 delivery:4F2C1");
  const MessageLife left = life("4F2C1");
  EXPECT_EQ(left.facts[2].line.value("said"), std::string(52, 'x'));
  EXPECT_EQ(left.facts[3].line.address("to"), "notbob@example.net");
}

TEST_F(MessageLifeTest, APersonIsFoundInEverySpelling) {
  const std::string head = "2026-11-29T12:00:05Z qid=4F2C1 stage=delivery ";
  const std::vector<std::string> lines = {
      "original=\"<Bob@b\xc3\xbc\x63her.example>\" to=<priv@gmail.example>",
      R"(from="<\"a to=<z@z> b\"@shop.example>" to=<bob@xn--bcher-kva.example>)",
      "said=\"550 <bob@b\xc3\xbc\x63her.example>: no such user\"",
      R"(said="550 \"bob\"@xn--bcher-kva.example is gone")",
      "login=BOB@xn--bcher-kva.example",
      R"(said="no mailbox bob@xn--bcher-kva.example.")",
      "to=<hmac:1:4711>",
  };
  for (const std::string& line : lines) add(head + line);
  add(head + "to=<bobby@xn--bcher-kva.example> said=\"rob.bob@xn--bcher-kva.example bob@other.example\"");
  const policy::AddressForms forms = [](std::string_view text) {
    return std::vector<std::string>{std::string(text), "hmac:1:4711"};
  };
  const upkeep::SubjectSource source = events_source(*files_, forms, [] { return false; });
  const auto bob = *mail::parse_address("bob@b\xc3\xbc\x63her.example");
  const auto shown = *source.show(bob);
  EXPECT_EQ(shown.size(), lines.size());
  for (const auto& fields : shown) EXPECT_EQ(fields[1].second.find("bobby"), std::string::npos);
  EXPECT_EQ(source.erase(bob), lines.size());
  EXPECT_EQ(source.show(bob)->size(), 0u);
}

TEST_F(MessageLifeTest, TheSameMessageIdOfAnotherTenantIsAnotherMessage) {
  add_message("2026-11-28T12:00:00Z", kFirst, "4F2C1");
  add("2026-11-28T12:01:00Z id=" + std::string(kSecond) +
      " qid=4F2C2 stage=message tenant=- msgid=<m@acme.example>");
  add("2026-11-28T12:01:01Z id=" + std::string(kSecond) +
      " qid=4F2C2 stage=delivery to=<hidden@private.example>");
  EXPECT_EQ(stages("4F2C1"), "rcpt message:4F2C1");
}

TEST_F(MessageLifeTest, AReportThatOnlyLooksLikeOneIsNone) {
  add_message("2026-11-28T12:00:00Z", kFirst, "4F2C1");
  const auto about = base::encode_hex(feedback::shorten_id(*base::ulid_bytes(kFirst)));
  add("2026-11-28T12:00:09Z id=" + std::string(kSecond) +
      " qid=4F2C3 stage=bounce to=\"<\\\"x about=" + about + " y\\\"@d>\"");
  EXPECT_EQ(stages("4F2C1"), "rcpt message:4F2C1");
}

TEST_F(MessageLifeTest, ManyWithOneMessageIdAreFoundInTime) {
  for (int i = 0; i < 20'000; ++i) {
    const std::string id =
        base::format_ulid(*base::parse_time("2026-11-28T12:00:00Z") + std::chrono::milliseconds(i), {});
    files_->append(*base::parse_time("2026-11-28"),
                   "2026-11-28T12:00:00Z id=" + id + " qid=A" + std::to_string(i) +
                       " stage=message tenant=acme msgid=<same@acme.example>");
  }
  files_->flush();
  const MessageLife found = life("same@acme.example");
  EXPECT_EQ(found.facts.size(), kMaxMessages);
  EXPECT_EQ(found.others, 20'000 - kMaxMessages);
  EXPECT_EQ(found.facts.back().line.value("qid"), "A19999");
}

}  // namespace
}  // namespace signpost::daemon::facts
