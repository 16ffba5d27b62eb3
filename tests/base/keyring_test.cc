// Key rings: round trip, what is refused with which line, turning and revoking.
#include "base/keyring.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace signpost::base {
namespace {

std::string key(char c) {
  return std::string(32, c);
}
std::string line(const std::string& id, const std::string& state, char c) {
  return id + " " + state + " " + encode_base64(key(c)) + "\n";
}

TEST(Keyring, ReadsAndWrites) {
  const std::string text = line("1", "revoked", 'a') + line("2", "accept", 'b') + line("7", "active", 'c');
  const auto ring = parse_keyring(text);
  ASSERT_TRUE(ring);
  EXPECT_EQ(format_keyring(*ring), text);
  ASSERT_NE(ring->active(), nullptr);
  EXPECT_EQ(ring->active()->id, 7);
  EXPECT_EQ(ring->find(2)->bytes, key('b'));
  EXPECT_EQ(ring->find(3), nullptr);
}

TEST(Keyring, IgnoresCommentsBlanksAndCarriageReturns) {
  const auto ring =
      parse_keyring("# made by signpostctl\r\n\r\n \t 1\tactive  " + encode_base64(key('a')) + " # now\r\n");
  ASSERT_TRUE(ring) << ring.error().text;
  EXPECT_EQ(ring->keys.size(), 1U);
}

TEST(Keyring, RefusesWithTheLine) {
  const std::string good = line("1", "active", 'a');
  const struct {
    std::string text;
    const char* error;
  } cases[] = {
      {"", "no active key"},
      {line("1", "accept", 'a'), "no active key"},
      {good + line("0", "accept", 'b'), "line 2: the key id"},
      {good + "\n" + line("256", "accept", 'b'), "line 3: the key id"},
      {good + line("-1", "accept", 'b'), "line 2: the key id"},
      {good + line("1", "accept", 'b'), "line 2: key id 1 is used twice"},
      {good + line("2", "active", 'b'), "line 2: a second active key"},
      {good + line("2", "Active", 'b'), "line 2: the state"},
      {good + "2 accept\n", "line 2: expected ID STATE KEY"},
      {good + "2 accept AAAA x\n", "line 2: expected ID STATE KEY"},
      {good + "2 accept AAAA\n", "line 2: the key must be 32 bytes"},
      {good + "2 accept " + std::string(43, '!') + "=\n", "line 2: the key must be 32 bytes"},
  };
  for (const auto& c : cases) {
    const auto ring = parse_keyring(c.text);
    ASSERT_FALSE(ring) << c.text;
    EXPECT_NE(ring.error().text.find(c.error), std::string::npos) << ring.error().text;
  }
}

TEST(Keyring, RotatesAndRevokes) {
  Keyring ring = rotate({}, key('a')).value();
  EXPECT_EQ(ring.active()->id, 1);
  EXPECT_EQ(revoke(ring, 1).error().kind, ErrorKind::invalid);
  EXPECT_EQ(revoke(ring, 9).error().kind, ErrorKind::not_found);
  ring = rotate(ring, key('b')).value();
  EXPECT_EQ(ring.active()->id, 2);
  EXPECT_EQ(ring.find(1)->state, KeyState::accept);
  ring = revoke(ring, 1).value();
  EXPECT_EQ(ring.find(1)->state, KeyState::revoked);
  EXPECT_EQ(rotate(ring, "short").error().kind, ErrorKind::invalid);
  ring.keys.push_back({255, KeyState::accept, key('c')});
  EXPECT_EQ(rotate(ring, key('d')).error().kind, ErrorKind::limit);
}

}  // namespace
}  // namespace signpost::base
