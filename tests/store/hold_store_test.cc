// Held messages on disk: what was added is there after a restart, what was removed is not.
#include "store/hold_store.h"

#include <gtest/gtest.h>

#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::store {
namespace {

using policy::limits::HeldMessage;

HeldMessage message(char last) {
  HeldMessage made;
  made.id = std::string("01JDABCDEFGHJKMNPQRSTVWXY") + last;
  made.queue_id = std::string("4F2C1") + last;
  made.tenant = "shop";
  made.stream = "bulk";
  made.login = "app";
  made.sender = "news@shop.example";
  made.recipients = {"bob@example.net", "eve@example.net"};
  made.listable = {"bob@example.net", "eve@example.net", "eve@mx.example"};
  made.judged_at_submit = last == 'A';
  made.charges = {{"hourly", "tenant=shop", 2}, {"daily", "tenant=shop", 1}};
  made.signatures = {"s1:shop.example"};
  made.due = base::Wall{std::chrono::milliseconds{1795435300000}};
  made.since = base::Wall{std::chrono::milliseconds{1795435200123}};
  made.expires = made.since + std::chrono::hours(24);
  return made;
}

TEST(HoldStore, KeepsThemOverARestart) {
  const tests::TempDir directory;
  const std::string path = directory.path() + "/store";
  {
    auto store = std::move(*Store::open(path));
    ASSERT_TRUE(store->held().add(message('B')));
    ASSERT_TRUE(store->held().add(message('A')));
    ASSERT_TRUE(store->held().add(message('C')));
    ASSERT_TRUE(store->held().remove(std::vector<std::string>{message('B').id, message('Z').id}));
  }
  auto store = std::move(*Store::open(path));
  EXPECT_EQ(*store->held().load(), (std::vector{message('A'), message('C')}));
}

TEST(HoldStore, ADamagedRecordIsAnError) {
  const std::string good = format_held_message(message('A'));
  EXPECT_EQ(*parse_held_message(message('A').id, good), message('A'));
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(parse_held_message(message('A').id, good.substr(0, size))) << size;
  EXPECT_FALSE(parse_held_message(message('A').id, good + "x"));
  EXPECT_FALSE(parse_held_message("x", good));
}

}  // namespace
}  // namespace signpost::store
