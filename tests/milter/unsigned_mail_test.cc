// Every reason for which outbound mail can leave unsigned has a row, and one line of settings stops them all.
#include "milter/unsigned_mail.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace signpost::milter {
namespace {

using dkim::Unsigned;
using policy::Action;

/// What the table leaves to others: nothing is missing, or the message is not sent or not ours to answer for.
bool is_elsewhere(Unsigned why) {
  return why == Unsigned::no || why == Unsigned::apply_failed || why == Unsigned::internal ||
         why == Unsigned::not_accepted;
}

TEST(UnsignedMail, EveryReasonHasOneRow) {
  for (const dkim::UnsignedWord& word : dkim::unsigned_words()) {
    const auto rows = unsigned_rows();
    const auto count =
        std::count_if(rows.begin(), rows.end(), [&](const UnsignedRow& row) { return row.why == word.why; });
    EXPECT_EQ(count, is_elsewhere(word.why) ? 0 : 1) << word.word;
  }
}

TEST(UnsignedMail, ByDefaultOnlyAFailureToSignStopsIt) {
  for (const UnsignedRow& row : unsigned_rows()) {
    const Action action = judge_unsigned({}, row.why, false).action;
    EXPECT_EQ(action, row.reason == policy::Why::sign_error ? Action::defer : Action::accept) << row.why;
  }
  EXPECT_FALSE(stops_unsigned({}));
}

TEST(UnsignedMail, OneLineStopsAllOfIt) {
  UnsignedRules rules;
  rules.strict = true;
  for (const UnsignedRow& row : unsigned_rows()) {
    const policy::Verdict verdict = judge_unsigned(rules, row.why, false);
    const bool may_be_signed_later =
        row.why == Unsigned::key_waiting || row.reason == policy::Why::sign_error;
    EXPECT_EQ(verdict.action, may_be_signed_later ? Action::defer : Action::refuse) << row.why;
    EXPECT_EQ(verdict.reply.code, may_be_signed_later ? 451 : 550) << row.why;
    EXPECT_EQ(verdict.reply.enhanced[0], may_be_signed_later ? '4' : '5') << row.why;
  }
  EXPECT_TRUE(stops_unsigned(rules));
}

TEST(UnsignedMail, AClassOfItsOwnIsAnException) {
  for (const UnsignedRow& row : unsigned_rows()) {
    if (row.given == nullptr) continue;
    UnsignedRules rules;
    rules.strict = true;
    rules.*row.given = UnsignedAction::accept;
    for (const UnsignedRow& other : unsigned_rows()) {
      const bool same = other.given == row.given;
      EXPECT_EQ(judge_unsigned(rules, other.why, false).action == Action::accept, same)
          << row.why << ", " << other.why;
    }
    rules = {};
    rules.*row.given = UnsignedAction::refuse;
    EXPECT_EQ(judge_unsigned(rules, row.why, false).action, Action::refuse) << row.why;
    EXPECT_EQ(judge_unsigned(rules, row.why, false).rule, row.setting);
  }
}

TEST(UnsignedMail, AReportOfTheMtaAlwaysPasses) {
  UnsignedRules rules;
  rules.strict = true;
  for (const dkim::UnsignedWord& word : dkim::unsigned_words())
    EXPECT_EQ(judge_unsigned(rules, word.why, true).action, Action::accept) << word.word;
}

}  // namespace
}  // namespace signpost::milter
