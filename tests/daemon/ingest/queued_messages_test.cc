// Which message a queue id means: learned once from each line of the event files, in bounded memory.
#include "daemon/ingest/queued_messages.h"

#include <fstream>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "tests/support/workplace.h"

namespace signpost::daemon::ingest {
namespace {

const base::Wall kNow = *base::parse_time("2026-11-28T12:00:00Z");
const store::Day kToday = std::chrono::floor<std::chrono::days>(kNow);

class QueuedMessagesTest : public testing::Test {
 protected:
  void sent(const std::string& queue_id, base::Wall at = kNow, const std::string& tenant = "shop") {
    files_->append(at, base::format_time(at) + " id=" + base::format_ulid(at, {}) + " qid=" + queue_id +
                           " stage=message action=accept tenant=" + tenant + " stream=bulk");
    files_->flush();
  }
  std::string tenant_of(const QueuedMessages& messages, const std::string& queue_id) {
    const auto found = messages.find(queue_id);
    return found ? found->tenant : "unknown";
  }
  static bool never() { return false; }

  tests::TempDir directory_;
  std::unique_ptr<store::EventFiles> files_ =
      std::move(*store::EventFiles::open(directory_.path() + "/events", 1 << 30));
};

TEST_F(QueuedMessagesTest, KnowsTheLastMessageWithAnId) {
  QueuedMessages messages(*files_);
  sent("A");
  ASSERT_TRUE(messages.catch_up(kToday, never));
  EXPECT_EQ(tenant_of(messages, "A"), "shop");
  EXPECT_EQ(tenant_of(messages, "B"), "unknown");
  sent("A", kNow + std::chrono::hours(1), "club");
  sent("B");
  ASSERT_TRUE(messages.catch_up(kToday, never));
  EXPECT_EQ(tenant_of(messages, "A"), "club");
  EXPECT_EQ(tenant_of(messages, "B"), "shop");
}

TEST_F(QueuedMessagesTest, ReadsWhatEarlierDaysHoldAndForgetsIt) {
  sent("A", kNow - std::chrono::days(5));
  sent("B", kNow - std::chrono::days(8));
  QueuedMessages messages(*files_);
  ASSERT_TRUE(messages.catch_up(kToday, never));
  EXPECT_EQ(tenant_of(messages, "A"), "shop");
  EXPECT_EQ(tenant_of(messages, "B"), "unknown");
  ASSERT_TRUE(messages.catch_up(kToday + std::chrono::days(2), never));
  EXPECT_EQ(tenant_of(messages, "A"), "unknown");
  EXPECT_EQ(messages.size(), 0u);
}

TEST_F(QueuedMessagesTest, TheOldestGoWhereThereAreTooMany) {
  QueuedMessages messages(*files_, 800);
  for (int day = 4; day >= 0; --day) {
    for (int i = 0; i < 400; ++i)
      sent("D" + std::to_string(day) + "x" + std::to_string(i), kNow - std::chrono::days(day));
  }
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(messages.catch_up(kToday, never));
    EXPECT_LE(messages.size(), 800u);
    EXPECT_GE(messages.size(), 700u);
  }
  EXPECT_EQ(tenant_of(messages, "D0x399"), "shop");
  EXPECT_EQ(tenant_of(messages, "D4x0"), "unknown");
}

TEST_F(QueuedMessagesTest, AFileThatIsAnotherOneIsReadAnew) {
  QueuedMessages messages(*files_);
  for (int i = 0; i < 10; ++i) sent("A" + std::to_string(i));
  ASSERT_TRUE(messages.catch_up(kToday, never));
  ASSERT_EQ(std::remove((directory_.path() + "/events/2026-11-28.events").c_str()), 0);
  sent("B");
  ASSERT_TRUE(messages.catch_up(kToday, never));
  EXPECT_EQ(tenant_of(messages, "B"), "shop");
}

TEST_F(QueuedMessagesTest, EndsEarlyAndGoesOnLater) {
  std::string lines;
  for (int i = 0; i < 10'000; ++i)
    lines += "2026-11-28T12:00:00Z id=" + base::format_ulid(kNow, {}) + " qid=A" + std::to_string(i) +
             " stage=message\n";
  std::ofstream(directory_.path() + "/events/2026-11-28.events") << lines;
  QueuedMessages messages(*files_);
  ASSERT_TRUE(messages.catch_up(kToday, [] { return true; }));
  EXPECT_LT(messages.size(), 10'000u);
  ASSERT_TRUE(messages.catch_up(kToday, never));
  EXPECT_EQ(messages.size(), 10'000u);
}

}  // namespace
}  // namespace signpost::daemon::ingest
