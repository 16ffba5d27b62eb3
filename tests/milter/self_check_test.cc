// The check of what left: good messages, every kind of damage after signing, and a queue that is full.
#include "milter/self_check.h"

#include <gtest/gtest.h>

#include "dkim/body_hash.h"
#include "dkim/sign.h"
#include "tests/support/twins.h"

namespace signpost::milter {
namespace {

constexpr base::Wall kNow{std::chrono::milliseconds(1'735'689'600'000)};

const std::vector<dkim::SigningKey>& keys() {
  static const std::vector<dkim::SigningKey> made = [] {
    std::vector<dkim::SigningKey> list;
    for (const char* selector : {"one", "two"}) {
      auto key = base::PrivateKey::generate(base::KeyType::ed25519);
      list.push_back({"example.com", selector, std::make_shared<const base::PrivateKey>(std::move(*key))});
    }
    return list;
  }();
  return made;
}

/// A message with a field added, a new body and both signatures, as the pipeline hands it over.
CheckJob good_job() {
  CheckJob job;
  job.message = {{{"From", " <ann@example.com>"}, {"DKIM-Signature", " v=1; d=example.com; s=one"}},
                 "before\r\n"};
  job.new_body = "after\r\n";
  std::vector<mail::Field> fields = job.message.fields;
  fields.push_back({"Date", " today"});
  dkim::BodyHash hash(dkim::Canon::relaxed);
  hash.update(*job.new_body);
  const auto values = dkim::sign_all(keys(), dkim::Settings{}, fields, hash.finish(), kNow);
  job.edits = {mail::AppendField{"Date", " today"}, mail::InsertField{0, "DKIM-Signature", (*values)[1]},
               mail::InsertField{0, "DKIM-Signature", (*values)[0]},
               mail::DeleteRecipient{"<x@example.org>"}};
  job.keys = keys();
  job.signatures = 2;
  return job;
}

std::string after(void (*change)(CheckJob&)) {
  CheckJob job = good_job();
  change(job);
  return problem_of(std::move(job), kNow);
}

TEST(SelfCheck, SeesWhatWentWrongAfterSigning) {
  EXPECT_EQ(after([](CheckJob&) {}), "");
  EXPECT_EQ(after([](CheckJob& job) { job.new_body->append("x"); }), "body-hash");
  EXPECT_EQ(after([](CheckJob& job) { job.new_body.reset(); }), "body-hash");
  EXPECT_EQ(after([](CheckJob& job) {
              job.edits.push_back(mail::AppendField{"Subject", " late"});
            }),
            "signature");
  EXPECT_EQ(after([](CheckJob& job) { job.edits.erase(job.edits.begin()); }), "signature");
  EXPECT_EQ(after([](CheckJob& job) { job.edits.push_back(mail::RemoveField{"X", 1, 9, ""}); }), "edit");
  EXPECT_EQ(after([](CheckJob& job) { job.edits.resize(2); }), "malformed");
  EXPECT_EQ(after([](CheckJob& job) { job.keys.pop_back(); }), "no-key");
  EXPECT_EQ(after([](CheckJob& job) { job.keys[0].key = job.keys[1].key; }), "signature");
}

TEST(SelfCheck, RaisesAnAlarm) {
  tests::RecordingSink sink;
  const tests::HandClock clock;
  Counters counters;
  SelfCheck check(sink, clock, counters);
  CheckJob bad = good_job();
  bad.id = "01JD";
  bad.new_body->append("x");
  check.offer(good_job());
  check.offer(std::move(bad));
  check.start();
  while (counters.self_checked < 2) std::this_thread::yield();
  check.stop();
  EXPECT_EQ(counters.self_check_failed, 1u);
  ASSERT_EQ(sink.lines().size(), 1u);
  EXPECT_NE(sink.lines()[0].find("id=01JD qid=- stage=alarm action=accept reason=self-check rule=body-hash"),
            std::string::npos)
      << sink.lines()[0];
}

TEST(SelfCheck, DropsWhatIsTooMuch) {
  tests::RecordingSink sink;
  const tests::HandClock clock;
  Counters counters;
  SelfCheck check(sink, clock, counters);
  CheckJob large;
  large.message.body = std::string(40 << 20, 'x');
  check.offer(std::move(large));
  EXPECT_EQ(counters.self_check_dropped, 1u);
  for (int i = 0; i < 100; ++i) check.offer({});
  EXPECT_EQ(counters.self_check_dropped, 37u);
}

TEST(SelfCheck, TakesOneInSoMany) {
  tests::RecordingSink sink;
  const tests::HandClock clock;
  Counters counters;
  SelfCheck check(sink, clock, counters);
  int wanted = 0;
  for (int i = 0; i < 100; ++i) wanted += check.is_due(10) ? 1 : 0;
  EXPECT_EQ(wanted, 10);
  EXPECT_FALSE(check.is_due(0));
  EXPECT_TRUE(check.is_due(1));
}

}  // namespace
}  // namespace signpost::milter
