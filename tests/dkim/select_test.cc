// Which keys sign, or the fixed word why none does; and that a key is parsed once, whoever asks.
#include "dkim/select.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "tests/dkim/support.h"

namespace signpost::dkim {
namespace {

using Author = tl::expected<mail::Address, mail::NoAuthor>;
using testing::test_key;

Author at(const std::string& domain) {
  return mail::Address{"ann", domain};
}

/// The domains of another tenant.
Sender sender(std::string_view tenant, std::vector<std::string> foreign = {}) {
  return {tenant, true, [foreign = std::move(foreign)](std::string_view domain) {
            return std::find(foreign.begin(), foreign.end(), domain) != foreign.end();
          }};
}

/// "selector:domain …", or why not.
std::string selected(const Settings& settings, const Author& author, const Sender& from) {
  const Selection selection = select(settings, author, from);
  EXPECT_EQ(selection.keys.empty(), selection.why_not != Unsigned::no);
  std::string text = selection.why_not == Unsigned::no ? "" : unsigned_word(selection.why_not);
  for (const SigningKey& key : selection.keys) {
    EXPECT_TRUE(key.key);
    text += (text.empty() ? "" : " ") + key.selector + ":" + key.domain;
  }
  return text;
}

std::shared_ptr<const Key> make_key(const char* domain, const char* selector,
                                    const char* file = "test-ed25519") {
  return std::make_shared<const Key>(SigningKey{domain, selector, test_key(file)});
}

std::shared_ptr<const Key> unreadable_key(const char* domain, const char* selector) {
  const auto read = std::make_shared<const Key::Read>(
      [](const KeyFile&) -> base::Result<Key::Parsed> { return base::invalid("gone"); });
  return std::make_shared<const Key>(domain, selector, KeyFile{}, read);
}

Settings a_site() {
  Settings settings;
  KeyTable& keys = settings.keys;
  keys.add({make_key("two.example", "ed"), "", false});
  keys.add({make_key("two.example", "rsa", "test-rsa2048"), "", false});
  keys.add({make_key("parent.example", "p"), "", true});
  keys.add({make_key("sub.parent.example", "s"), "", false});
  keys.add({make_key("strict.example", "p"), "", false});
  keys.add({make_key("shared.example", "shop"), "shop", false});
  keys.add({make_key("shared.example", "all"), "", false});
  keys.add({make_key("only.example", "shop"), "shop", true});
  const auto waiting = make_key("new.example", "w");
  waiting->set_standing(Standing::waits);
  keys.add({waiting, "", false});
  const auto resting = make_key("rotated.example", "old");
  resting->set_standing(Standing::rests);
  keys.add({resting, "", false});
  keys.add({make_key("rotated.example", "new"), "", false});
  keys.add({make_key("broken.example", "good"), "", false});
  keys.add({unreadable_key("broken.example", "bad"), "", false});
  return settings;
}

TEST(Select, Table) {
  const Settings settings = a_site();
  const struct {
    const char* what;
    Author author;
    Sender from;
    const char* answer;
  } cases[] = {
      {"exact, RSA first", at("two.example"), sender("shop"), "rsa:two.example ed:two.example"},
      {"below a parent", at("a.parent.example"), sender("shop"), "p:parent.example"},
      {"far below", at("a.b.c.parent.example"), sender("shop"), "p:parent.example"},
      {"exact before parent", at("sub.parent.example"), sender("shop"), "s:sub.parent.example"},
      {"a parent that is not meant for it is passed", at("x.sub.parent.example"), sender("shop"),
       "p:parent.example"},
      {"not for subdomains", at("a.strict.example"), sender("shop"), "no-key-for-domain"},
      {"the parent is another's", at("a.parent.example"), sender("shop", {"parent.example"}),
       "no-key-for-domain"},
      {"a name that only ends alike", at("notparent.example"), sender("shop"), "no-key-for-domain"},
      {"top level", at("example"), sender("shop"), "no-key-for-domain"},
      {"empty", at(""), sender("shop"), "no-key-for-domain"},
      {"the tenant's own", at("shared.example"), sender("shop"), "shop:shared.example"},
      {"those of all", at("shared.example"), sender("bank"), "all:shared.example"},
      {"only another tenant's", at("only.example"), sender("bank"), "key-of-other-tenant"},
      {"only another tenant's parent", at("a.only.example"), sender("bank"), "key-of-other-tenant"},
      {"own parent", at("a.only.example"), sender("shop"), "shop:only.example"},
      {"record not seen", at("new.example"), sender("shop"), "key-waiting"},
      {"replaced", at("rotated.example"), sender("shop"), "new:rotated.example"},
      {"half unreadable", at("broken.example"), sender("shop"), "key-unreadable"},
  };
  for (const auto& c : cases) EXPECT_EQ(selected(settings, c.author, c.from), c.answer) << c.what;
  EXPECT_NE(select(settings, at("broken.example"), sender("shop")).key_error, "");
  EXPECT_EQ(select(settings, at("shared.example"), sender("shop")).key_error, "");
}

TEST(Select, AuthorsThatNobodyIs) {
  const Settings settings = a_site();
  const std::pair<mail::NoAuthor, const char*> cases[] = {
      {mail::NoAuthor::missing, "no-from"},
      {mail::NoAuthor::several_fields, "several-from"},
      {mail::NoAuthor::several_mailboxes, "several-authors"},
      {mail::NoAuthor::empty_group, "empty-group"},
      {mail::NoAuthor::unreadable, "bad-from"},
  };
  for (const auto& [why, word] : cases)
    EXPECT_EQ(selected(settings, tl::unexpected(why), sender("shop")), word);
  Sender from = sender("shop");
  from.may_use_author = false;
  EXPECT_EQ(selected(settings, at("two.example"), from), "foreign-domain");
}

TEST(Select, AnyDomainAndDefaultDomainComeLast) {
  Settings settings = a_site();
  settings.default_domain = "two.example";
  EXPECT_EQ(selected(settings, at("other.example"), sender("shop")), "rsa:two.example ed:two.example");
  EXPECT_EQ(selected(settings, at("new.example"), sender("shop")), "rsa:two.example ed:two.example");
  EXPECT_EQ(selected(settings, at("other.example"), sender("shop", {"two.example"})), "no-key-for-domain");
  EXPECT_EQ(selected(settings, at("strict.example"), sender("shop")), "p:strict.example");

  settings.keys.add({make_key("*", "any"), "", false});
  EXPECT_EQ(selected(settings, at("other.example"), sender("shop")), "any:other.example");
  EXPECT_EQ(selected(settings, at("two.example"), sender("shop")), "rsa:two.example ed:two.example");
  EXPECT_EQ(selected(settings, at("other.example"), sender("shop", {"other.example"})),
            "rsa:two.example ed:two.example");
}

TEST(Key, IsReadOnceByManyThreadsAndAgainAfterAFailure) {
  std::atomic<int> reads{0};
  const auto parsed = test_key("test-ed25519");
  const auto read = std::make_shared<const Key::Read>([&](const KeyFile& file) -> base::Result<Key::Parsed> {
    EXPECT_EQ(file.path, "/k");
    if (++reads == 1) return base::invalid("not yet");
    return parsed;
  });
  const Key key("a.example", "s", KeyFile{"/k"}, read);
  EXPECT_EQ(key.parsed_already(), nullptr);
  EXPECT_FALSE(key.parsed());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { EXPECT_EQ(key.parsed().value(), parsed); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(key.parsed_already(), parsed);
}

}  // namespace
}  // namespace signpost::dkim
