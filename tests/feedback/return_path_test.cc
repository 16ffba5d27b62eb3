// Return paths: what a token says comes back, binds its recipient, survives a change of case, and cannot be made up.
#include "feedback/return_path.h"

#include <random>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "feedback/sealed_id.h"

namespace signpost::feedback {
namespace {

constexpr const char* kId = "01JDABCDEFGHJKMNPQRSTVWXYZ";

base::RingKey key(std::uint8_t id, base::KeyState state, char fill) {
  return {id, state, std::string(32, fill)};
}
ReturnPaths paths(std::vector<base::RingKey> keys = {key(1, base::KeyState::active, 'a')}) {
  return std::move(*ReturnPaths::create(base::Keyring{std::move(keys)}));
}

TEST(ReturnPath, SaysWhatItWasMadeFor) {
  const ReturnPaths ours = paths();
  const std::string local = *ours.mint(0x01020304, 77, kId, "bob@example.net");
  EXPECT_LE(local.size(), 64u);
  EXPECT_EQ(local.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567", 2), local.npos);
  const auto path = ours.parse_return_path(local);
  ASSERT_TRUE(path) << path.error().text;
  EXPECT_EQ(path->tenant, 0x01020304u);
  EXPECT_EQ(path->stream, 77);
  EXPECT_EQ(path->sent(), *base::ulid_time(kId));
  EXPECT_FALSE(path->is_shared());
  EXPECT_TRUE(ours.is_for(*path, "bob@example.net"));
  EXPECT_FALSE(ours.is_for(*path, "rob@example.net"));
  std::string upper = local;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(*ours.parse_return_path(upper), *path);
}

TEST(ReturnPath, OfSeveralRecipientsNamesNone) {
  const ReturnPaths ours = paths();
  const auto path = ours.parse_return_path(*ours.mint(1, 2, kId, std::nullopt));
  ASSERT_TRUE(path);
  EXPECT_TRUE(path->is_shared());
  EXPECT_FALSE(ours.is_for(*path, "bob@example.net"));
}

TEST(ReturnPath, TwoMessagesOfOneMomentDiffer) {
  const ReturnPaths ours = paths();
  EXPECT_NE(*ours.mint(1, 2, "01JDABCDEFGHJKMNPQRSTVWXYZ", "bob@example.net"),
            *ours.mint(1, 2, "01JDABCDEFGHJKMNPQRSTVWXY0", "bob@example.net"));
  EXPECT_FALSE(ours.mint(1, 2, "no id", "bob@example.net"));
}

TEST(ReturnPath, ARotatedRingOpensOldOnesAndARevokedKeyNone) {
  const std::string local = *paths().mint(1, 2, kId, "bob@example.net");
  const ReturnPaths rotated =
      paths({key(1, base::KeyState::accept, 'a'), key(2, base::KeyState::active, 'b')});
  const auto path = rotated.parse_return_path(local);
  ASSERT_TRUE(path);
  EXPECT_TRUE(rotated.is_for(*path, "bob@example.net"));
  const ReturnPaths revoked =
      paths({key(1, base::KeyState::revoked, 'a'), key(2, base::KeyState::active, 'b')});
  EXPECT_EQ(revoked.parse_return_path(local).error().kind, base::ErrorKind::invalid);
  EXPECT_FALSE(ReturnPaths::create(base::Keyring{{key(1, base::KeyState::accept, 'a')}}));
}

TEST(ReturnPath, NothingMadeUpOpens) {
  const ReturnPaths ours = paths();
  const std::string good = *ours.mint(1, 2, kId, "bob@example.net");
  const auto original = *ours.parse_return_path(good);
  for (const char* other : {"", "b+", "news", "b+short", "SRS0=abc=de=example.net=ann"})
    EXPECT_EQ(ours.parse_return_path(other).error().kind, base::ErrorKind::not_found) << other;
  std::mt19937 random(7);
  for (int i = 0; i < 100'000; ++i) {
    std::string forged = good;
    const std::size_t at = 2 + random() % (forged.size() - 2);
    forged[at] = "abcdefghijklmnopqrstuvwxyz234567"[random() % 32];
    if (forged == good) continue;
    EXPECT_FALSE(ours.parse_return_path(forged)) << forged;
  }
  EXPECT_FALSE(paths({key(1, base::KeyState::active, 'x')}).parse_return_path(good)) << "another site's key";
  EXPECT_EQ(*ours.parse_return_path(good), original);
}

TEST(SealedId, SaysWhatItWasMadeFor) {
  const base::Keyring ring{{key(1, base::KeyState::active, 'a')}};
  const SealedIds ids = std::move(*SealedIds::create(ring));
  const std::string text = *ids.seal(0x01020304, 77, kId, "bob@example.net");
  const auto id = ids.parse_sealed_id(" " + text.substr(0, 40) + "\r\n\t" + text.substr(40) + " ");
  ASSERT_TRUE(id) << id.error().text;
  EXPECT_EQ(id->tenant, 0x01020304u);
  EXPECT_EQ(id->stream, 77);
  EXPECT_EQ(id->id, *base::ulid_bytes(kId));
  EXPECT_EQ(id->recipient, "bob@example.net");
  EXPECT_EQ(ids.parse_sealed_id(*ids.seal(1, 2, kId, std::string(255, 'x')))->recipient, "");
  EXPECT_LE(ids.seal(1, 2, kId, std::string(254, 'x'))->size(), 450u);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string forged = text;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ids.parse_sealed_id(forged)) << i;
  }
  EXPECT_FALSE(ids.parse_sealed_id(""));
  EXPECT_FALSE(SealedIds::create(base::Keyring{}));
  // The same ring makes return paths: neither opens as the other.
  EXPECT_FALSE(ids.parse_sealed_id(paths().mint(1, 2, kId, "bob@example.net")->substr(2)));
}

TEST(ReturnPath, SendersOfOtherProgramsAreKnown) {
  for (const char* coded : {"SRS0=HHH=TT=example.org=ann", "srs1+x", "prvs=4021ann", "btv1==abc==ann",
                            "list-bounces+bob=example.net", "bounce-bob=example.net"})
    EXPECT_TRUE(is_coded_sender(coded)) << coded;
  for (const char* plain : {"news", "bob+tag", "srs", "prvs"}) EXPECT_FALSE(is_coded_sender(plain)) << plain;
}

}  // namespace
}  // namespace signpost::feedback
