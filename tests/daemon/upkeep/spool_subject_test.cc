// A person in the web program's spool: shown, and gone once erased, without losing an opt-out that waits there.
#include "daemon/upkeep/spool_subject.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/daemon/ingest/support.h"

namespace signpost::daemon::upkeep {
namespace {

using track::HitKind;
using track::Mode;
using track::Purpose;

class SpoolSubjectTest : public ingest::IngestTest {
 protected:
  track::Hit leave(const char* address) {
    track::Token made = token(Purpose::unsubscribe);
    made.recipient = address;
    return hit(HitKind::unsubscribe, made);
  }
  track::Hit click(const std::string& recipient, Mode mode) {
    track::Token made = token(Purpose::click, mode);
    made.recipient = recipient;
    if (mode >= Mode::pseudonymous) made.message = "01JD0000000000000000000000";
    return hit(HitKind::click, made);
  }
  std::vector<policy::Fields> show() {
    return show_spooled(spool(), *mail::parse_address("ann@example.org"), *snapshots_.get(),
                        std::chrono::seconds(30), [] { return false; });
  }
  base::Result<void> wait(std::chrono::milliseconds patience = std::chrono::seconds(30)) {
    return wait_until_taken_in(spool(), patience, [this] { return counters_.draining.load(); });
  }
};

std::string value(const policy::Fields& fields, std::string_view key) {
  for (const auto& [name, text] : fields) {
    if (name == key) return text;
  }
  return {};
}

TEST_F(SpoolSubjectTest, ShowsWhatNamesThePersonAndNothingElse) {
  EXPECT_TRUE(show().empty());
  const std::string pseudonym = snapshots_.get()->sealer->pseudonym(kShop, "ann@example.org");
  write({leave("Ann@Example.org"), leave("bob@example.org"), click("ann@example.org", Mode::identified),
         click(pseudonym, Mode::pseudonymous), click("bob@example.org", Mode::identified),
         click("", Mode::anonymous)});
  const auto lines = show();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(value(lines[0], "kind"), "unsubscribe");
  EXPECT_EQ(value(lines[0], "tenant"), "shop");
  EXPECT_EQ(value(lines[0], "stream"), "bulk");
  EXPECT_EQ(value(lines[1], "target"), "https://shop.example/tea?for=ann");
  EXPECT_EQ(value(lines[2], "message"), "01JD0000000000000000000000");
}

TEST_F(SpoolSubjectTest, WithoutASpoolThereIsNothing) {
  std::filesystem::remove_all(spool());
  EXPECT_TRUE(show().empty());
  EXPECT_TRUE(wait());
}

TEST_F(SpoolSubjectTest, WhatCannotBeReadIsTold) {
  write({leave("ann@example.org")});
  auto without = ingest::snapshot();
  without->sealer.reset();
  snapshots_.set(without);
  ASSERT_EQ(show().size(), 1u);
  EXPECT_EQ(value(show()[0], "unread"), "there are no tracking keys");
}

TEST_F(SpoolSubjectTest, ManyHitsAreCutAndSaySo) {
  write(std::vector<track::Hit>(kMaxShownHits + 5, leave("ann@example.org")));
  const auto lines = show();
  ASSERT_EQ(lines.size(), kMaxShownHits + 1);
  EXPECT_EQ(value(lines.back(), "unread"), "there are more");
}

TEST_F(SpoolSubjectTest, ErasingWaitsUntilTheOptOutIsInTheList) {
  write({leave("ann@example.org"), click("ann@example.org", Mode::identified)});
  auto running = ingest();
  running->start();
  ASSERT_TRUE(wait());
  EXPECT_EQ(segments(), 0u);
  EXPECT_EQ(listed().size(), 1u);
  EXPECT_TRUE(show().empty());
}

TEST_F(SpoolSubjectTest, AnEmptySegmentOfARunningWebProgramIsNotWaitedFor) {
  auto writer = web::spool::SpoolWriter::open(spool(), {}, clock_.wall());
  ASSERT_TRUE(writer);
  EXPECT_EQ(segments(), 1u);
  EXPECT_TRUE(wait(std::chrono::milliseconds(0)));
}

TEST_F(SpoolSubjectTest, PatienceEndsWithAReason) {
  write({leave("bob@example.org")});
  const auto waited = wait(std::chrono::milliseconds(0));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, base::ErrorKind::unavailable);
  EXPECT_NE(waited.error().text.find("hits-"), std::string::npos);
  counters_.draining = true;
  EXPECT_FALSE(wait()) << "a daemon that stops does not wait for it";
}

}  // namespace
}  // namespace signpost::daemon::upkeep
