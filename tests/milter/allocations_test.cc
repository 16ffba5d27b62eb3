// No memory, at any moment: each allocation on the way of a message fails in turn. Nothing may end the process, the message
// must not go out changed in part, and what it reserved and held must be given back.
#include <new>

#include <gtest/gtest.h>

#include "base/memory_scope.h"
#include "tests/milter/pressure.h"

namespace signpost::milter {
namespace {

const std::string kBody =
    "<html><body><p><a href=\"https://shop.example/sale\">Sale</a></p>\r\n"
    "<p>A text</p></body></html>\r\n";

/// True if it got through before `allowed` allocations were used up.
bool passes_with(tests::Press& press, std::size_t allowed) {
  bool failed = false;
  bool passed = false;
  {
    std::unique_ptr<Session> session;
    const base::MemoryScope scope(base::MemoryScope::kUnlimited, allowed);
    // As milter/callbacks does: an exception ends a step, and marks the message if the step has no answer.
    try {
      session = std::make_unique<Session>(press.services());
      try {
        press.send(*session, "MIME-Version: 1.0\nContent-Type: text/html\nSubject: x\nTo: ann@example.org",
                   kBody);
      } catch (const std::bad_alloc&) {
        failed = true;
        session->set_failed(true);
      }
      const Outcome outcome = session->end_of_message("Q1");
      passed = !failed && outcome.verdict.action == policy::Action::accept;
      if (passed) {
        EXPECT_FALSE(outcome.edits.empty());
      }
      session->finish(passed);
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    session.reset();  // the MTA closes the connection
    failed = failed || scope.allocations() >= allowed;
  }
  return passed && !failed;
}

TEST(Allocations, EachOfThemMayFail) {
  tests::Press press;
  std::size_t allowed = 0;
  while (!passes_with(press, allowed)) {
    ++allowed;
    ASSERT_LT(allowed, 20000u);
    ASSERT_EQ(press.counters().held_bytes, 0u) << allowed;
    ASSERT_EQ(press.counters().open_transactions, 0u) << allowed;
    ASSERT_EQ(press.counters().connections_open, 0u) << allowed;
  }
  EXPECT_GT(allowed, 100u);
}

}  // namespace
}  // namespace signpost::milter
