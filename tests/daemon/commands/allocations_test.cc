// No memory, at any moment: each allocation of a command fails in turn. Nothing ends the process, what was answered with `ok`
// is there, and the next command works. The allocations of the store's writing thread are its own and not among them.
#include <new>
#include <optional>

#include <gtest/gtest.h>

#include "base/memory_scope.h"
#include "tests/daemon/commands/support.h"

namespace signpost::daemon::commands {
namespace {

using tests::ControlHouse;

/// The answer; nothing if memory ran out, as the control server then closes the connection.
std::optional<std::string> say_with(ControlHouse& house, const std::string& line, std::size_t allowed) {
  const base::MemoryScope scope(base::MemoryScope::kUnlimited, allowed);
  try {
    return house.say(line);
  } catch (const std::bad_alloc&) {
    return std::nullopt;
  }
}

TEST(Allocations, EachOfACommandMayFail) {
  ControlHouse house;
  ASSERT_EQ(house.say("suppress add bob@example.net"), "ok added\n\n");
  for (const char* line : {"status", "stats", "help", "suppress check bob@example.net", "suppress list",
                           "suppress add ann@example.net", "limit show hourly", "tenant list",
                           "explain recipient bob@example.net sender=a@shop.example"}) {
    std::size_t allowed = 0;
    for (std::optional<std::string> answer; !answer; ++allowed) {
      ASSERT_LT(allowed, 20000u) << line;
      answer = say_with(house, line, allowed);
    }
    EXPECT_TRUE(!base::MemoryScope::kCounts || allowed > 3) << line;
    ASSERT_TRUE(house.say("suppress check bob@example.net").starts_with("ok listed n=1")) << line;
  }
  EXPECT_TRUE(house.say("suppress check ann@example.net").starts_with("ok listed n=1"));
}

}  // namespace
}  // namespace signpost::daemon::commands
