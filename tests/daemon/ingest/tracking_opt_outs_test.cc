// Hits of mail already sent, by recipients who refuse now.
#include "daemon/ingest/tracking_opt_outs.h"

#include <gtest/gtest.h>

#include "policy/settings.h"
#include "store/store.h"
#include "tests/support/workplace.h"

namespace signpost::daemon::ingest {
namespace {

constexpr base::Wall kNow{std::chrono::seconds{1'800'000'000}};

base::RingKey key(std::uint8_t id, base::KeyState state) {
  return {id, state, std::string(32, static_cast<char>('a' + id))};
}

track::Sealer sealer_of(std::vector<base::RingKey> keys) {
  return std::move(*track::Sealer::create({std::move(keys)}));
}

class RefusalsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = store::Store::open(directory_.path() + "/store");
    ASSERT_TRUE(store) << store.error().text;
    store_ = std::move(*store);
  }
  void list(const char* address, const char* tenant = "", const char* stream = "",
            policy::Reason reason = policy::Reason::no_tracking, std::optional<base::Wall> until = {}) {
    policy::Listing listing;
    listing.address = address;
    listing.tenant = tenant;
    listing.stream = stream;
    listing.reason = reason;
    listing.since = kNow;
    listing.until = until;
    ASSERT_TRUE(store_->suppressions().add(std::move(listing)));
  }
  /// What a link to that person tells.
  static track::Token token(track::Mode mode, const char* tenant, const char* address,
                            const track::Sealer& sealer) {
    track::Token made;
    made.mode = mode;
    made.tenant = policy::tenant_id(tenant);
    made.recipient =
        mode == track::Mode::identified ? std::string(address) : sealer.pseudonym(made.tenant, address);
    return made;
  }

  tests::TempDir directory_;
  std::unique_ptr<store::Store> store_;
};

TEST_F(RefusalsTest, CountInBothModesThatNameSomebody) {
  const track::Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  list("everywhere@example.org");
  list("acme@example.org", "acme");
  list("bulk@example.org", "acme", "bulk");
  list("past@example.org", "", "", policy::Reason::no_tracking, kNow);
  list("bounced@example.org", "", "", policy::Reason::hard_bounce);
  Refusals refusals(store_->suppressions());
  struct Case {
    const char* address;
    const char* tenant;
    bool refuses;
  };
  const Case cases[] = {{"everywhere@example.org", "acme", true}, {"everywhere@example.org", "shop", true},
                        {"acme@example.org", "acme", true},       {"acme@example.org", "shop", false},
                        {"bulk@example.org", "acme", true},       {"past@example.org", "acme", false},
                        {"bounced@example.org", "acme", false},   {"ann@example.org", "acme", false}};
  for (const Case& one : cases) {
    for (const track::Mode mode : {track::Mode::identified, track::Mode::pseudonymous}) {
      const auto answer = refusals.refuses(token(mode, one.tenant, one.address, sealer), sealer, kNow);
      ASSERT_TRUE(answer) << answer.error().text;
      EXPECT_EQ(*answer, one.refuses) << one.address << " " << one.tenant << " " << track::mode_word(mode);
    }
  }
}

TEST_F(RefusalsTest, ADomainIsLookedUpForIdentifiedLinks) {
  const track::Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  list("@example.org");
  Refusals refusals(store_->suppressions());
  EXPECT_TRUE(
      *refusals.refuses(token(track::Mode::identified, "acme", "ann@example.org", sealer), sealer, kNow));
}

TEST_F(RefusalsTest, AnonymousLinksNameNobody) {
  const track::Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  list("@example.org");
  Refusals refusals(store_->suppressions());
  EXPECT_FALSE(*refusals.refuses(track::Token{}, sealer, kNow));
}

TEST_F(RefusalsTest, PseudonymsOutliveARotation) {
  const track::Sealer before = sealer_of({key(1, base::KeyState::active)});
  const track::Sealer after = sealer_of({key(1, base::KeyState::accept), key(2, base::KeyState::active)});
  list("ann@example.org");
  Refusals refusals(store_->suppressions());
  for (const track::Sealer* sealer : {&before, &after}) {
    const track::Token sent = token(track::Mode::pseudonymous, "acme", "ann@example.org", *sealer);
    EXPECT_TRUE(*refusals.refuses(sent, after, kNow));
  }
}

TEST_F(RefusalsTest, ARefusalIsSeenWithinAMinute) {
  const track::Sealer sealer = sealer_of({key(1, base::KeyState::active)});
  const track::Token sent = token(track::Mode::pseudonymous, "acme", "ann@example.org", sealer);
  Refusals refusals(store_->suppressions());
  EXPECT_FALSE(*refusals.refuses(sent, sealer, kNow));
  list("ann@example.org");
  const base::Steady start{std::chrono::hours{1}};
  refusals.expire(start);
  EXPECT_TRUE(*refusals.refuses(sent, sealer, kNow));
  store_->suppressions().remove("ann@example.org", {});
  refusals.expire(start + std::chrono::seconds{59});
  EXPECT_TRUE(*refusals.refuses(sent, sealer, kNow)) << "the list is not walked for each pass";
  refusals.expire(start + std::chrono::seconds{60});
  EXPECT_FALSE(*refusals.refuses(sent, sealer, kNow));
}

}  // namespace
}  // namespace signpost::daemon::ingest
