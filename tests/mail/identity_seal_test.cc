// Seals: what goes in comes out; a changed bit, field, sender or time is refused, with the reason; nothing can be read.
#include "mail/identity_seal.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace signpost::mail {
namespace {

using namespace std::chrono_literals;

const base::Wall kNow{std::chrono::seconds(1795787804)};

base::Keyring sample_ring() {
  return *base::rotate({{{1, base::KeyState::active, std::string(32, 'a')}}}, std::string(32, 'b'));
}

IdentitySealer sample_sealer() {
  return *IdentitySealer::create(sample_ring());
}

Identity sample_identity() {
  Identity identity;
  identity.origin = Origin::login;
  identity.tenant = "acme";
  identity.stream = "transactional";
  identity.login = "orders@acme.example";
  identity.id = "01JDCXYZ0123456789ABCDEFGH";
  identity.envelope_id = "QQ314159";
  identity.expires = kNow + 120h;
  return identity;
}

std::vector<Field> sample_fields() {
  return {{"Received", " from x (y [192.0.2.1]) by z"},
          {"From", " Acme <orders@acme.example>"},
          {"To", " bob@example.org"},
          {"Date", " Fri, 27 Nov 2026 13:56:44 +0000"},
          {"Message-ID", " <1@acme.example>"},
          {"Subject", " hi"}};
}

constexpr const char* kSender = "<bounce@acme.example>";

std::string fault_of(const auto& result) {
  return result ? "opened" : seal_fault_word(result.error());
}

std::string opened(const std::vector<Field>& fields, std::string_view sender = kSender,
                   base::Wall now = kNow) {
  const FoundSeal found = find_seal(fields, sender, sample_sealer(), now);
  return found.fields == 0 ? "none" : fault_of(found.identity);
}

std::vector<Field> sealed_fields(const std::vector<Field>& fields,
                                 const Identity& identity = sample_identity(),
                                 std::string_view sender = kSender) {
  std::vector<Field> sealed = fields;
  sealed.insert(sealed.begin(), {kSealField, *sample_sealer().seal(identity, bind_seal(fields, sender))});
  return sealed;
}

TEST(IdentitySeal, WhatGoesInComesOut) {
  std::vector<Identity> identities(6, sample_identity());
  identities[1] = {};
  identities[1].id = sample_identity().id;
  identities[1].expires = kNow + 1s;
  identities[2].login.clear();
  identities[2].origin = Origin::own_dsn;
  identities[3].login = std::string(kMaxSealLogin, 'x');
  identities[3].tenant = identities[3].stream = std::string(kMaxSealName, 'y');
  identities[3].envelope_id = std::string(kMaxEnvelopeId, 'z');
  identities[4].id = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ";
  identities[5].id = "00000000000000000000000000";
  for (const Identity& identity : identities) {
    const FoundSeal found =
        find_seal(sealed_fields(sample_fields(), identity), kSender, sample_sealer(), kNow);
    ASSERT_TRUE(found.identity);
    EXPECT_EQ(*found.identity, identity);
    const auto text = sample_sealer().seal_short(shorten(identity), kSender);
    ASSERT_TRUE(text);
    EXPECT_EQ(sample_sealer().open_short(*text, kSender, kNow), shorten(identity));
  }
}

TEST(IdentitySeal, RefusesWhatItCannotHold) {
  const SealBinding binding = bind_seal(sample_fields(), kSender);
  const auto refused = [&](auto change) {
    Identity identity = sample_identity();
    change(identity);
    return !sample_sealer().seal(identity, binding);
  };
  EXPECT_TRUE(refused([](Identity& identity) { identity.login = std::string(kMaxSealLogin + 1, 'x'); }));
  EXPECT_TRUE(refused([](Identity& identity) { identity.tenant = std::string(kMaxSealName + 1, 'x'); }));
  EXPECT_TRUE(refused([](Identity& identity) { identity.stream = std::string(kMaxSealName + 1, 'x'); }));
  EXPECT_TRUE(
      refused([](Identity& identity) { identity.envelope_id = std::string(kMaxEnvelopeId + 1, 'x'); }));
  EXPECT_TRUE(refused([](Identity& identity) { identity.envelope_id = "a b"; }));
  EXPECT_TRUE(refused([](Identity& identity) { identity.id = "x"; }));
  EXPECT_TRUE(refused([](Identity& identity) { identity.id = "8ZZZZZZZZZZZZZZZZZZZZZZZZZ"; }));
  EXPECT_TRUE(refused([](Identity& identity) { identity.origin = Origin::sealed; }));
  EXPECT_TRUE(refused([](Identity& identity) { identity.origin = Origin::reinjected; }));
  EXPECT_TRUE(refused([](Identity& identity) { identity.origin = static_cast<Origin>(0); }));
  EXPECT_FALSE(IdentitySealer::create({}));
}

TEST(IdentitySeal, EveryChangedBitIsRefused) {
  const std::vector<Field> fields = sealed_fields(sample_fields());
  std::string text;
  for (const char c : fields[0].value) {
    if (c > ' ') text += c;
  }
  const std::string bytes = *base::decode_base64url(text);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    std::vector<Field> other = fields;
    other[0].value = " " + base::encode_base64url(changed);
    const std::string fault = opened(other);
    ASSERT_TRUE(fault == (bit < 8 ? "foreign" : bit < 16 ? fault : "altered") && fault != "opened") << bit;
  }
  const std::string brief = *sample_sealer().seal_short(shorten(sample_identity()), kSender);
  const std::string brief_bytes = *base::decode_base64url(brief);
  for (std::size_t bit = 0; bit < brief_bytes.size() * 8; ++bit) {
    std::string changed = brief_bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
    ASSERT_FALSE(sample_sealer().open_short(base::encode_base64url(changed), kSender, kNow)) << bit;
  }
}

TEST(IdentitySeal, EveryCutAndEveryAdditionIsRefused) {
  const std::string value = sealed_fields(sample_fields())[0].value;
  const SealBinding binding = bind_seal(sample_fields(), kSender);
  const IdentitySealer sealer = sample_sealer();
  for (std::size_t length = 0; length < value.size(); ++length) {
    ASSERT_FALSE(sealer.open(value.substr(0, length), binding, kNow)) << length;
  }
  for (const char* more : {"A", "AAAA", "=", "\"", "\x01"})
    EXPECT_FALSE(sealer.open(value + more, binding, kNow));
  EXPECT_FALSE(sealer.open(value + value, binding, kNow));
  EXPECT_FALSE(sealer.open(std::string(1 << 20, 'A'), binding, kNow));
  const std::string brief = *sealer.seal_short(shorten(sample_identity()), kSender);
  for (std::size_t length = 0; length < brief.size(); ++length) {
    ASSERT_FALSE(sealer.open_short(brief.substr(0, length), kSender, kNow)) << length;
  }
  EXPECT_FALSE(sealer.open_short(" " + brief, kSender, kNow));
}

TEST(IdentitySeal, IsBoundToTheMessage) {
  const std::vector<Field> fields = sealed_fields(sample_fields());
  ASSERT_EQ(opened(fields), "opened");
  const auto changed = [&](std::string_view name, const char* value) {
    std::vector<Field> other = fields;
    for (Field& field : other) {
      if (has_name(field, name)) field.value = value;
    }
    return opened(other);
  };
  EXPECT_EQ(changed("From", " ceo@acme.example"), "altered");
  EXPECT_EQ(changed("From", " Orders@acme.example"), "altered");
  EXPECT_EQ(changed("From", " orders@acme.example, ceo@acme.example"), "altered");
  EXPECT_EQ(changed("Message-ID", " <2@acme.example>"), "altered");
  EXPECT_EQ(changed("Message-ID", ""), "altered");
  EXPECT_EQ(changed("Date", " Fri, 27 Nov 2026 13:56:45 +0000"), "altered");
  for (const char* name : {"From", "Date", "Message-ID"}) {
    std::vector<Field> without = fields;
    std::erase_if(without, [&](const Field& field) { return has_name(field, name); });
    EXPECT_EQ(opened(without), "altered") << name;
    std::vector<Field> twice = fields;
    twice.push_back(*find_field(fields, name));
    EXPECT_EQ(opened(twice), "altered") << name;
  }
}

TEST(IdentitySeal, LivesThroughWhatMtasAndFiltersChange) {
  std::vector<Field> fields = sealed_fields(sample_fields());
  fields.insert(fields.begin(), {"X-Scanned", " yes"});
  fields.push_back({"List-Id", " <x>"});
  for (Field& field : fields) {
    if (has_name(field, "From")) field.value = " \"Acme\"\n\t<orders@ACME.example>";
    if (has_name(field, "Date")) field.value = "\n Fri, 27 Nov  2026 13:56:44\n\t+0000 ";
    if (has_name(field, "Message-ID")) {
      field.name = "Message-Id";
      field.value = "\n\t<1@acme.example>";
    }
    if (has_name(field, "Subject")) field.value = " ***SPAM*** hi";
    if (has_name(field, kSealField)) {
      field.name = "SIGNPOST-seal";
      std::replace(field.value.begin(), field.value.end(), '\t', ' ');
    }
  }
  EXPECT_EQ(opened(fields), "opened");
  EXPECT_EQ(opened(fields, "bounce@ACME.example"), "opened");
}

TEST(IdentitySeal, AnotherSenderIsRefused) {
  const std::vector<Field> fields = sealed_fields(sample_fields());
  const std::vector<Field> null = sealed_fields(sample_fields(), sample_identity(), "<>");
  const std::string brief = *sample_sealer().seal_short(shorten(sample_identity()), kSender);
  for (const char* sender :
       {"<>", "", "<list-bounces@acme.example>", "<Bounce@acme.example>", "<bounce@acme.example.net>"}) {
    EXPECT_EQ(opened(fields, sender), "altered") << sender;
    EXPECT_EQ(fault_of(sample_sealer().open_short(brief, sender, kNow)), "altered") << sender;
  }
  EXPECT_EQ(opened(null, ""), "opened");
  EXPECT_EQ(opened(null, kSender), "altered");
  const std::vector<Field> odd = sealed_fields(sample_fields(), sample_identity(), "<not an address>");
  EXPECT_EQ(opened(odd, "<not an address>"), "opened");
  EXPECT_EQ(opened(odd, "<another>"), "altered");
}

/// Without an author the seal is bound to the fields as they stand.
TEST(IdentitySeal, BindsWhatCannotBeReadAsItStands) {
  for (const char* from : {" broken", " a@x.example, b@x.example", " group:;"}) {
    std::vector<Field> fields = sample_fields();
    fields[1].value = from;
    const std::vector<Field> sealed = sealed_fields(fields);
    EXPECT_EQ(opened(sealed), "opened") << from;
    std::vector<Field> other = sealed;
    other[2].value += "x";
    EXPECT_EQ(opened(other), "altered") << from;
  }
  EXPECT_EQ(opened(sealed_fields({})), "opened");
}

TEST(IdentitySeal, Expires) {
  const std::vector<Field> fields = sealed_fields(sample_fields());
  const std::string brief = *sample_sealer().seal_short(shorten(sample_identity()), kSender);
  const base::Wall end = sample_identity().expires;
  EXPECT_EQ(opened(fields, kSender, end - 1ms), "opened");
  EXPECT_EQ(opened(fields, kSender, end), "expired");
  EXPECT_EQ(fault_of(sample_sealer().open_short(brief, kSender, end - 1ms)), "opened");
  EXPECT_EQ(fault_of(sample_sealer().open_short(brief, kSender, end)), "expired");
}

TEST(IdentitySeal, FollowsTheRing) {
  const base::Keyring old{{{1, base::KeyState::active, std::string(32, 'a')}}};
  const SealBinding binding = bind_seal(sample_fields(), kSender);
  const std::string value = *IdentitySealer::create(old)->seal(sample_identity(), binding);
  EXPECT_EQ(fault_of(sample_sealer().open(value, binding, kNow)), "opened");
  const auto revoked = IdentitySealer::create(*base::revoke(sample_ring(), 1));
  EXPECT_EQ(fault_of(revoked->open(value, binding, kNow)), "unknown-key");
  const auto without = IdentitySealer::create({{{2, base::KeyState::active, std::string(32, 'b')}}});
  EXPECT_EQ(fault_of(without->open(value, binding, kNow)), "unknown-key");
  const auto stranger = IdentitySealer::create({{{1, base::KeyState::active, std::string(32, 'c')}}});
  EXPECT_EQ(fault_of(stranger->open(value, binding, kNow)), "altered");
}

TEST(IdentitySeal, OneFormIsNotTheOther) {
  const IdentitySealer sealer = sample_sealer();
  SealBinding sender_only;
  sender_only.sender = "bounce@acme.example";
  const std::string brief = *sealer.seal_short(shorten(sample_identity()), kSender);
  EXPECT_FALSE(sealer.open(brief, sender_only, kNow));
  const std::string value = *sealer.seal(sample_identity(), sender_only);
  EXPECT_FALSE(sealer.open_short(value.substr(1), kSender, kNow));
}

TEST(IdentitySeal, NothingCanBeReadAndTheLengthTellsNothing) {
  const SealBinding binding = bind_seal(sample_fields(), kSender);
  Identity other = sample_identity();
  other.login = "a";
  const IdentitySealer sealer = sample_sealer();
  const std::string value = *sealer.seal(sample_identity(), binding);
  EXPECT_EQ(value.size(), sealer.seal(other, binding)->size());
  std::string text;
  for (const char c : value) {
    if (c > ' ') text += c;
  }
  const std::string bytes = *base::decode_base64url(text);
  for (const char* secret : {"acme", "transactional", "orders", "01JDCXYZ"}) {
    EXPECT_EQ(value.find(secret), std::string::npos);
    EXPECT_EQ(bytes.find(secret), std::string::npos);
  }
  for (const std::string& line : {value}) {
    std::size_t begin = 0;
    for (std::size_t end; (end = line.find('\n', begin)) != std::string::npos; begin = end + 1) {
      EXPECT_LE(end - begin, 76U);
    }
  }
}

/// RFC 3461 §4.4 and §4: at most 100 octets, none that xtext would escape.
TEST(IdentitySeal, TheShortFormFitsIntoAnEnvelopeId) {
  for (std::size_t length = 0; length <= kMaxSealLogin; ++length) {
    Identity identity = sample_identity();
    identity.login = std::string(length, 'x');
    const auto text = sample_sealer().seal_short(shorten(identity), kSender);
    ASSERT_TRUE(text) << length;
    ASSERT_EQ(text->size(), kMaxEnvelopeId);
    ASSERT_TRUE(std::all_of(text->begin(), text->end(),
                            [](char c) { return c > ' ' && c < 127 && c != '+' && c != '='; }));
    const auto brief = sample_sealer().open_short(*text, kSender, kNow);
    ASSERT_TRUE(brief);
    ASSERT_TRUE(length <= 26 ? brief->login == identity.login
                             : brief->login.empty() && brief->login_hash == login_hash(identity.login));
  }
}

TEST(FindSeal, LooksByNameAndTakesTheOneThatOpens) {
  const std::vector<Field> fields = sealed_fields(sample_fields());
  EXPECT_EQ(opened(sample_fields()), "none");
  std::vector<Field> among = sample_fields();
  among.insert(among.begin(), {"signpost-seal", " forged"});
  among.push_back(fields[0]);
  FoundSeal found = find_seal(among, kSender, sample_sealer(), kNow);
  EXPECT_EQ(found.fields, 2U);
  ASSERT_TRUE(found.identity);
  EXPECT_EQ(found.identity->tenant, "acme");
  std::vector<Field> flood = sample_fields();
  flood.insert(flood.begin(), 100, {kSealField, " forged"});
  flood.push_back(fields[0]);
  found = find_seal(flood, kSender, sample_sealer(), kNow);
  EXPECT_EQ(found.fields, 101U);
  EXPECT_EQ(fault_of(found.identity), "foreign");
}

}  // namespace
}  // namespace signpost::mail
