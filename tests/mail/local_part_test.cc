// What is equal under the policy has equal keys, and only that: addresses are built from signs that are known
// to be the same or not, each spelled in one of several ways, so that the answer does not come from
// the code under test.
#include "mail/local_part.h"

#include <array>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

using Sign = std::vector<std::string>;  ///< all spellings of one sign

/// Before the "@": ASCII in both cases; composed, decomposed and reordered marks; signs with a canonical
/// twin. A capital outside ASCII is a sign of its own.
const std::vector<Sign> kLocalSigns = {
    {"a", "A"},
    {"b", "B"},
    {"k", "K", "\u212A"},  // Kelvin sign
    {"+"},
    {"."},
    {"\u00E9", "e\u0301"},
    {"\u00C9", "E\u0301"},
    {"\u00C5", "A\u030A", "\u212B"},  // Angstrom sign
    {"\u1ED9", "o\u0302\u0323", "o\u0323\u0302", "\u1ECD\u0302", "\u00F4\u0323"},
    {"\uAC00", "\u1100\u1161"},        // Hangul
    {"\u1E96", "h\u0331", "H\u0331"},  // composes only in lower case
    {"\u03C3"},
    {"\u03C2"},  // final sigma: another letter
    {"\u00DF"},
    {"\uFB01"},  // ligature: compatible, not canonical
};

/// Domains that are one, in full.
const std::vector<Sign> kDomains = {
    {"example.net", "EXAMPLE.net", "example.net.", "example\u3002net", "Example\uFF0ENET",
     "example\uFF61net"},
    {"m\u00FCnchen.example", "M\u00DCNCHEN.example", "mu\u0308nchen.example", "xn--mnchen-3ya.example",
     "XN--MNCHEN-3YA.EXAMPLE", "m\u00FCnchen\u3002example."},
    {"\u4F8B\u5B50.example", "xn--fsqu00a.example"},
    {"gmail.com", "GMail.com"},
    {"googlemail.com", "GOOGLEMAIL.COM."},
    {"[192.0.2.1]"},
};

/// One address as signs: numbers into the tables above.
struct Person {
  std::vector<std::size_t> local;
  std::size_t domain = 0;
  auto operator<=>(const Person&) const = default;
};

constexpr std::size_t kPlus = 3;
constexpr std::size_t kDot = 4;
constexpr std::size_t kGmail = 3;
constexpr std::size_t kGooglemail = 4;

/// The reference: what a person is under the folds, in signs.
Person reference(Person person, Folds folds) {
  if (folds.plus_tag) {
    for (std::size_t i = 1; i < person.local.size(); ++i) {
      if (person.local[i] != kPlus) continue;
      if (person.local[0] != kPlus) person.local.resize(i);
      break;
    }
  }
  if (folds.gmail_dots && (person.domain == kGmail || person.domain == kGooglemail)) {
    person.domain = kGmail;
    Person without = person;
    std::erase(without.local, kDot);
    if (!without.local.empty()) person = without;
  }
  return person;
}

class Generator {
 public:
  Person person() {
    Person made;
    made.local.resize(1 + random_() % 4);
    for (std::size_t& sign : made.local) sign = random_() % kLocalSigns.size();
    made.domain = random_() % kDomains.size();
    return made;
  }
  std::string spell(const Person& person) {
    std::string text = "\"";  // quoted, so that dots may stand anywhere
    for (const std::size_t sign : person.local) text += any_of(kLocalSigns[sign]);
    return text + "\"@" + any_of(kDomains[person.domain]);
  }

 private:
  const std::string& any_of(const Sign& spellings) { return spellings[random_() % spellings.size()]; }
  std::mt19937 random_{20261124};
};

TEST(LocalPart, EqualUnderThePolicyMeansEqualKeysAndOnlyThat) {
  const std::array<Folds, 4> all_folds = {{{false, false}, {true, false}, {false, true}, {true, true}}};
  for (const Folds folds : all_folds) {
    Generator generator;
    std::map<Person, std::string> key_of;
    std::map<std::string, Person> person_of;
    for (int i = 0; i < 20'000; ++i) {
      const Person person = generator.person();
      const std::string text = generator.spell(person);
      const auto address = parse_address(text);
      ASSERT_TRUE(address) << text << ": " << address.error().text;
      const Person same = reference(person, folds);
      const std::string key = canonical_key(fold(*address, folds));
      const auto [known, is_new] = key_of.emplace(same, key);
      ASSERT_EQ(known->second, key) << text;
      const auto [owner, is_free] = person_of.emplace(key, same);
      ASSERT_TRUE(owner->second == same) << text << " has the key of somebody else, " << key;
    }
  }
}

TEST(LocalPart, FoldsWhatTheTenantAskedFor) {
  const Folds tags{true, false};
  const Folds dots{false, true};
  const struct {
    const char* text;
    Folds folds;
    const char* key;
  } rows[] = {
      {"Bob+News+x@example.net", tags, "bob@example.net"},
      {"bob+@example.net", tags, "bob@example.net"},
      {"+bob@example.net", tags, "+bob@example.net"},
      {"b.o.b+news@gmail.com", dots, "bob+news@gmail.com"},
      {"b.ob@googlemail.com", dots, "bob@gmail.com"},
      {"b.ob@example.net", dots, "b.ob@example.net"},
      {"\"..\"@gmail.com", dots, "..@gmail.com"},
      {"b.o.b+news@GoogleMail.com", {true, true}, "bob@gmail.com"},
      {"b.ob+x@gmail.com", {}, "b.ob+x@gmail.com"},
  };
  for (const auto& row : rows) EXPECT_EQ(canonical_key(fold(*parse_address(row.text), row.folds)), row.key);
}

TEST(LocalPart, CanonicalFormIsStable) {
  for (const Sign& sign : kLocalSigns) {
    for (const std::string& spelling : sign) {
      const std::string canonical = canonical_local(spelling);
      EXPECT_EQ(canonical_local(canonical), canonical) << spelling;
    }
  }
  EXPECT_EQ(canonical_local("A\xff"), "a\xff");
}

TEST(LocalPart, WhatGrowsTooLongIsShortened) {
  std::string local;  // U+0958 is written as two characters in NFC
  for (int i = 0; i < 66; ++i) local += "\u0958";
  EXPECT_LE(local.size(), kMaxCanonicalLocal);
  EXPECT_TRUE(canonical_local(local).starts_with("sha256="));
}

}  // namespace
}  // namespace signpost::mail
