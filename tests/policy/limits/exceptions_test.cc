// Which exception holds for a key, compared with a walk over all of them.
#include "policy/limits/exceptions.h"

#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "policy/settings.h"

namespace signpost::policy::limits {
namespace {

using namespace std::chrono_literals;
using Part = LimitKeyPart;
using Terms = std::vector<std::pair<Part, std::string>>;

LimitException exception_of(const Terms& terms, std::uint64_t count) {
  LimitException exception;
  for (const auto& [part, text] : terms) {
    const auto term = parse_key_term(part, text);
    EXPECT_TRUE(term) << text;
    if (term) exception.terms.push_back(*term);
  }
  if (count > 0) exception.rates = {{count, 1h}};
  return exception;
}

struct Scene {
  explicit Scene(std::vector<Part> key) {
    limit.name = "x";
    limit.key = std::move(key);
    limit.rates = {{1, 1h}};
    limit.burst = 9;
  }
  /// The count of the rate that holds: 1 is the limit's own, 0 is no limit.
  std::uint64_t count_of(const Key& key) const {
    const Exceptions exceptions(limit);
    const LimitSettings* found = exceptions.find(key);
    if (found == nullptr) return 1;
    return found->rates.empty() ? 0 : found->rates[0].count;
  }
  std::uint64_t count_of(std::vector<std::string> values, LoginCase login_case = LoginCase::folded) const {
    Key key{std::move(values), std::nullopt, login_case};
    const auto client = std::find(limit.key.begin(), limit.key.end(), Part::client);
    if (client != limit.key.end()) {
      const auto network =
          base::parse_network(key.values[static_cast<std::size_t>(client - limit.key.begin())]);
      if (network) key.client = network->base;
    }
    return count_of(key);
  }
  void except(const Terms& terms, std::uint64_t count) {
    limit.exceptions.push_back(exception_of(terms, count));
  }

  LimitSettings limit;
};

TEST(Exceptions, ALoginAsItsTenantComparesIt) {
  Scene scene({Part::login});
  scene.except({{Part::login, "Bulk@ACME.example"}}, 50);
  scene.except({{Part::login, "@acme.example"}}, 20);
  EXPECT_EQ(scene.count_of({"bulk@acme.example"}), 50u);
  EXPECT_EQ(scene.count_of({"Bulk@acme.example"}, LoginCase::exact), 50u);
  EXPECT_EQ(scene.count_of({"bulk@acme.example"}, LoginCase::exact), 20u) << "another login of the domain";
  EXPECT_EQ(scene.count_of({"ann@acme.example"}), 20u);
  EXPECT_EQ(scene.count_of({"ann@mail.acme.example"}), 1u);
  EXPECT_EQ(scene.count_of({"acme.example"}), 1u);
}

TEST(Exceptions, ASenderWhollyThenTheLongestBeginning) {
  Scene scene({Part::sender});
  scene.except({{Part::sender, "@acme.example"}}, 10);
  scene.except({{Part::sender, "news-*@acme.example"}}, 20);
  scene.except({{Part::sender, "news-daily-*@acme.example"}}, 30);
  scene.except({{Part::sender, "News-daily-1@acme.example"}}, 40);
  scene.except({{Part::sender, "<>"}}, 50);
  EXPECT_EQ(scene.count_of({"ann@acme.example"}), 10u);
  EXPECT_EQ(scene.count_of({"news-1@acme.example"}), 20u);
  EXPECT_EQ(scene.count_of({"news-daily-2@acme.example"}), 30u);
  EXPECT_EQ(scene.count_of({"news-daily-1@acme.example"}), 40u);
  EXPECT_EQ(scene.count_of({"<>"}), 50u);
  scene.except({{Part::sender, "\"John Smith\"@acme.example"}}, 60);
  EXPECT_EQ(scene.count_of({"john smith@acme.example"}), 60u) << "a key has no quotes";
  EXPECT_EQ(scene.count_of({"<a@b@acme.example>"}), 10u)
      << "what cannot be read is in the domain all the same";
  EXPECT_EQ(scene.count_of({"ann@shop.example"}), 1u);
}

TEST(Exceptions, AClientByTheLongestPrefix) {
  Scene scene({Part::client});
  scene.except({{Part::client, "192.0.2.0/24"}}, 10);
  scene.except({{Part::client, "192.0.2.7"}}, 20);
  scene.except({{Part::client, "2001:db8::/32"}}, 30);
  scene.except({{Part::client, "local"}}, 40);
  EXPECT_EQ(scene.count_of({"192.0.2.8"}), 10u);
  EXPECT_EQ(scene.count_of({"192.0.2.7"}), 20u);
  EXPECT_EQ(scene.count_of({"2001:db8:1:2::/64"}), 30u);
  EXPECT_EQ(scene.count_of({"local"}), 40u);
  EXPECT_EQ(scene.count_of({"198.51.100.1"}), 1u);
}

TEST(Exceptions, MorePartsWinThenTheFirst) {
  Scene scene({Part::tenant, Part::login, Part::rcpt_provider});
  scene.except({{Part::tenant, "acme"}}, 10);
  scene.except({{Part::login, "app"}}, 20);
  scene.except({{Part::login, "app"}, {Part::rcpt_provider, "googlemail.com"}}, 30);
  scene.except({{Part::rcpt_provider, "yahoo.com"}}, 0);
  EXPECT_EQ(scene.count_of({"acme", "app", "example.net"}), 10u);
  EXPECT_EQ(scene.count_of({"shop", "app", "example.net"}), 20u);
  EXPECT_EQ(scene.count_of({"acme", "app", "google"}), 30u);
  EXPECT_EQ(scene.count_of({"shop", "other", "yahoo"}), 0u) << "no limit";
  EXPECT_EQ(scene.count_of({"shop", "other", "google"}), 1u);
}

TEST(Exceptions, KeepWhatTheyDoNotSay) {
  Scene scene({Part::login});
  scene.limit.weight = Weight::messages;
  scene.limit.action = LimitAction::refuse;
  scene.except({{Part::login, "a"}}, 50);
  scene.except({{Part::login, "b"}}, 60);
  scene.limit.exceptions.back().burst = 7;
  scene.except({{Part::login, "c"}}, 0);
  const Exceptions exceptions(scene.limit);
  const LimitSettings* a = exceptions.find({{"a"}, std::nullopt, LoginCase::folded});
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(a->name, "x");
  EXPECT_EQ(a->weight, Weight::messages);
  EXPECT_EQ(a->action, LimitAction::refuse);
  EXPECT_EQ(a->burst, 9u);
  EXPECT_EQ(exceptions.find({{"b"}, std::nullopt, LoginCase::folded})->burst, 7u);
  EXPECT_FALSE(exceptions.find({{"c"}, std::nullopt, LoginCase::folded})->burst) << "no limit at all";
}

TEST(Exceptions, AreFoundByTheTextOfAKeyToo) {
  Settings settings;
  Scene scene({Part::login, Part::client});
  scene.except({{Part::login, "a b"}, {Part::client, "192.0.2.0/24"}}, 50);
  scene.except({{Part::login, "Exact"}}, 60);
  settings.limits = {scene.limit};
  settings.index_limits();
  const LimitSettings& limit = settings.limits[0];
  const auto count = [&](const char* key) { return limit_for(limit, key).rates.at(0).count; };
  EXPECT_EQ(count("login=\"a b\" client=192.0.2.9"), 50u);
  EXPECT_EQ(count("login=Exact client=192.0.2.9"), 60u);
  EXPECT_EQ(count("login=exact client=192.0.2.9"), 60u);
  EXPECT_EQ(&limit_for(limit, "login=a client=192.0.2.9"), &limit);
  EXPECT_EQ(&limit_for(limit, "client=192.0.2.9"), &limit) << "not a key of it";
  EXPECT_EQ(&limit_for(limit, ""), &limit);
}

/// Whether one term names the value, without any index.
bool names(const KeyTerm& term, const std::string& value, LoginCase login_case) {
  if (term.part == Part::login) return matches(*parse_login_pattern(term.text, login_case), value);
  if (term.part == Part::sender && term.text != "<>") {
    const auto address = mail::parse_address(value);
    return address && matches(*parse_sender_pattern(term.text), *address);
  }
  if (term.part == Part::client && term.text != "local") {
    const auto network = base::parse_network(value);
    return network && term.network.contains(network->base);
  }
  return term.text == value;
}

TEST(Exceptions, AgreeWithAWalk) {
  std::mt19937 random(20261129);
  const auto below = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  const std::vector<Part> key = {Part::tenant, Part::login, Part::sender, Part::client};
  const std::vector<std::vector<std::string>> texts = {
      {"acme", "shop"},
      {"app", "APP", "app@x.example", "@x.example", "@y.example"},
      {"a@x.example", "a*@x.example", "ab*@x.example", "@x.example", "<>"},
      {"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "local", "2001:db8::/32"}};
  const std::vector<std::vector<std::string>> values = {
      {"acme", "shop", "free"},
      {"app", "app@x.example", "z@y.example", "z"},
      {"a@x.example", "abc@x.example", "a@y.example", "<>"},
      {"10.1.2.3", "10.9.9.9", "local", "2001:db8:1:2::/64"}};
  for (int round = 0; round < 1500; ++round) {
    Scene scene(key);
    for (std::size_t n = below(8); n > 0; --n) {
      Terms terms;
      for (std::size_t part = 0; part < key.size(); ++part)
        if (below(2) == 0) terms.emplace_back(key[part], texts[part][below(texts[part].size())]);
      if (!terms.empty()) scene.except(terms, 100 + n);
    }
    for (int question = 0; question < 10; ++question) {
      std::vector<std::string> asked;
      for (const auto& choice : values) asked.push_back(choice[below(choice.size())]);
      const LoginCase login_case = below(2) == 0 ? LoginCase::folded : LoginCase::exact;
      std::uint64_t expected = 1;
      std::tuple<std::size_t, std::size_t, std::size_t> best{0, 0, 0};
      for (const LimitException& exception : scene.limit.exceptions) {
        std::tuple<std::size_t, std::size_t, std::size_t> rank{exception.terms.size(), 0, 0};
        bool fits = true;
        for (const KeyTerm& term : exception.terms) {
          const auto at =
              static_cast<std::size_t>(std::find(key.begin(), key.end(), term.part) - key.begin());
          fits = fits && names(term, asked[at], login_case);
          if (term.form == KeyTerm::Form::whole) ++std::get<1>(rank);
          std::get<2>(rank) += term.size;
        }
        if (!fits || rank <= best) continue;
        best = rank;
        expected = exception.rates[0].count;
      }
      ASSERT_EQ(scene.count_of(asked, login_case), expected)
          << round << ": " << asked[0] << " " << asked[1] << " " << asked[2] << " " << asked[3];
    }
  }
}

TEST(Exceptions, ManyCostNoMoreShapes) {
  Scene scene({Part::login});
  for (int i = 0; i < 10000; ++i) scene.except({{Part::login, "user" + std::to_string(i)}}, 2 + i);
  const Exceptions exceptions(scene.limit);
  for (const int i : {0, 4711, 9999}) {
    const LimitSettings* found =
        exceptions.find({{"user" + std::to_string(i)}, std::nullopt, LoginCase::folded});
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->rates[0].count, static_cast<std::uint64_t>(2 + i));
  }
  EXPECT_EQ(exceptions.find({{"user10000"}, std::nullopt, LoginCase::folded}), nullptr);
}

TEST(KeyTerm, RefusesWhatAKeyNeverHas) {
  const std::pair<Part, const char*> kBad[] = {{Part::login, ""},
                                               {Part::login, "a*"},
                                               {Part::sender, "ann"},
                                               {Part::sender, "a*b@x"},
                                               {Part::client, "10.0.0.1/8x"},
                                               {Part::client, "Local"},
                                               {Part::sender_domain, "a b"},
                                               {Part::rcpt_domain, "<>"},
                                               {Part::tenant, "a b"}};
  for (const auto& [part, text] : kBad) EXPECT_FALSE(parse_key_term(part, text)) << text;
  EXPECT_FALSE(parse_key_term(Part::login, std::string(256, 'a'))) << "a key has its hash";
  for (const char* text :
       {"\"=t>\"@a.example", "\"john s\"*@a.example", "<>", "@a.example", "Ann@A.example"}) {
    const auto term = parse_key_term(Part::sender, text);
    ASSERT_TRUE(term) << text;
    EXPECT_EQ(parse_key_term(Part::sender, term->text), *term) << text;
  }
  EXPECT_EQ(parse_key_term(Part::rcpt_provider, "Hotmail.com")->text, "microsoft");
  EXPECT_EQ(parse_key_term(Part::rcpt_domain, "EXAMPLE.net.")->text, "example.net");
}

}  // namespace
}  // namespace signpost::policy::limits
