// Tokens that were changed, cut, joined or invented, asked for as every kind of request: nothing that was not minted
// redirects, counts or unsubscribes, and what opens leads where it was minted to lead. 100,000 of them;
// SIGNPOST_MUTATIONS=10000000 is the long form.
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "track/token_url.h"
#include "web/respond.h"

namespace signpost::web {
namespace {

constexpr track::Purpose kPurposes[] = {track::Purpose::click, track::Purpose::open,
                                        track::Purpose::unsubscribe};

Site make_site() {
  const base::Keyring ring{{{1, base::KeyState::accept, std::string(32, 'a')},
                            {2, base::KeyState::active, std::string(32, 'b')},
                            {3, base::KeyState::revoked, std::string(32, 'c')}}};
  return {{"click.example.com"},
          {},
          "abuse@click.example.com",
          std::move(*track::Sealer::create(ring)),
          std::move(*track::UndoSealer::create(ring)),
          {}};
}

/// By text; as they were sent before a letter stood behind a sign at the end, too.
std::map<std::string, track::Token> mint(const track::Sealer& sealer) {
  std::map<std::string, track::Token> minted;
  for (int i = 0; i < 600; ++i) {
    track::Token token;
    token.purpose = kPurposes[i % 3];
    token.mode = static_cast<track::Mode>(1 + i / 3 % 3);
    token.tenant = 42;
    token.campaign = std::string(static_cast<std::size_t>(i % 7), 's');
    if (token.purpose == track::Purpose::click)
      token.target = "https://shop.example/sale?n=" + std::to_string(i);
    if (token.purpose == track::Purpose::unsubscribe) token.stream = "bulk";
    const bool named = token.mode == track::Mode::identified || token.purpose == track::Purpose::unsubscribe;
    if (named) token.recipient = "ann" + std::to_string(i) + "@example.org";
    const std::string text = sealer.seal(token);
    minted[text] = token;
    if (text.size() % 4 == 1) minted[text.substr(0, text.size() - 1)] = token;
  }
  return minted;
}

class Mutator {
 public:
  Mutator(std::uint64_t seed, std::vector<std::string> minted) : random_(seed), minted_(std::move(minted)) {}

  std::string mutate() {
    std::string text = minted_[below(minted_.size())];
    if (below(3) == 0) {
      for (std::size_t changes = 1 + below(2); changes > 0; --changes) text = mutate_text(std::move(text));
      return text;
    }
    std::string bytes =
        base::decode_base64url(text.size() % 4 == 1 ? text.substr(0, text.size() - 1) : text).value_or("");
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) mutate_bytes(bytes);
    return base::encode_base64url(bytes);
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  char any_byte() { return static_cast<char>(random_()); }

  void mutate_bytes(std::string& bytes) {
    const std::size_t at = below(bytes.size() + 1);
    switch (below(7)) {
      case 0:  // one bit
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:  // one byte, most often of the part that is not encrypted
        if (!bytes.empty()) bytes[below(std::min<std::size_t>(bytes.size(), 4))] = any_byte();
        break;
      case 2:
        bytes.resize(at);
        break;
      case 3:
        bytes.insert(at, 1, any_byte());
        break;
      case 4:
        bytes.erase(at, 1 + below(8));
        break;
      case 5: {  // the head of one and the tail of another
        const std::string other = base::decode_base64url(minted_[below(minted_.size())]).value_or("");
        bytes = bytes.substr(0, at) + other.substr(std::min(at, other.size()));
        break;
      }
      default:  // invented
        for (char& c : bytes) c = any_byte();
        break;
    }
  }

  /// What mail readers, people and other services do to the end, and anything anywhere.
  std::string mutate_text(std::string text) {
    static constexpr std::string_view kLetters = "AZaz09-_+/=%.&\x80 ";
    static constexpr const char* kBehind[] = {".",  ",",         ")", ">",       "%3E",  "\"",  ";",    "/",
                                              "=",  "&fbclid=a", "_", "-",       "A",    "%2D", "%5F",  "__",
                                              "?a", "%2",        "%", ".gif",    "--",   "%41", "%20b", "*",
                                              "]",  "'",         "#", "/c/AAAA", "%252D"};
    const std::size_t at = below(text.size() + 1);
    switch (below(5)) {
      case 0:
        return text.insert(at, 1, kLetters[below(kLetters.size())]);
      case 1:
        if (at < text.size()) text[at] = kLetters[below(kLetters.size())];
        return text;
      case 2:
        return text.substr(0, text.size() - std::min(text.size(), 1 + below(3)));
      case 3: {
        const std::size_t sign = text.find_first_of("-_", at);
        return sign == text.npos ? text : text.replace(sign, 1, text[sign] == '-' ? "%2d" : "%5F");
      }
      default:
        return text + kBehind[below(std::size(kBehind))];
    }
  }

  std::mt19937_64 random_;
  std::vector<std::string> minted_;
};

class MutatedLinks : public testing::Test {
 protected:
  system::HttpRequest request(std::string_view method, std::string_view target) const {
    system::HttpRequest made;
    made.method = method;
    made.target = target;
    made.fields = {{"Host", "click.example.com"},
                   {"User-Agent", "Mozilla/5.0 Firefox/140.0"},
                   {"Content-Type", "application/x-www-form-urlencoded"}};
    if (method == "POST") made.body = "List-Unsubscribe=One-Click";
    return made;
  }

  /// The text of the token that the answer acts on; empty if it says that there is no such link.
  std::string acted_on(const Answer& answer) const {
    if (answer.hit) return answer.hit->token;
    const int status = answer.response.status;
    const bool refused = status == 404 || status == 405 || status == 400;
    if (refused && answer.response.location.empty()) return {};
    const std::string& body = answer.response.body;
    const std::size_t at = body.find("action=\"/u/");
    return at == body.npos ? "?" : body.substr(at + 11, body.find('"', at + 11) - at - 11);
  }

  const Site site_ = make_site();
  const track::Blocks blocks_{};
  const Moment moment_{&blocks_, {}, {}};
  const std::map<std::string, track::Token> minted_ = mint(site_.sealer);
};

TEST_F(MutatedLinks, LeadNowhereOrWhereTheyWereMintedToLead) {
  const char* given = std::getenv("SIGNPOST_MUTATIONS");
  const std::uint64_t tries = given != nullptr ? std::strtoull(given, nullptr, 10) : 100'000;
  std::vector<std::string> texts;
  for (const auto& [text, token] : minted_) texts.push_back(text);
  Mutator mutator(1, texts);
  std::uint64_t opened = 0;
  for (std::uint64_t i = 0; i < tries; ++i) {
    const std::string text = mutator.mutate();
    bool opens = false;
    for (const track::Purpose purpose : kPurposes) {
      const std::string path = track::format_path(purpose, text);
      for (const std::string_view method : {"GET", "POST"}) {
        const Answer answer = respond(request(method, path), site_, moment_);
        const std::string acted = acted_on(answer);
        if (acted.empty()) continue;
        opens = true;
        const auto token = minted_.find(acted);
        ASSERT_NE(token, minted_.end()) << method << " " << path;
        ASSERT_EQ(token->second.purpose, purpose) << path;
        ASSERT_EQ(answer.response.location, token->second.target) << path;
      }
    }
    opened += opens ? 1 : 0;
  }
  std::cout << tries << " tries, " << opened << " of them opened what was minted\n";
  EXPECT_GT(opened, 0u);
  EXPECT_LT(opened, tries / 2);
}

TEST_F(MutatedLinks, WhatStandsAroundATokenDoesNotMatter) {
  for (const auto& [text, token] : minted_) {
    const std::string path = track::format_path(token.purpose, text);
    const std::string bare = path.substr(0, 3) + text;
    std::string escaped = bare;
    for (std::size_t at = 3; (at = escaped.find_first_of("-_", at)) != escaped.npos; at += 3)
      escaped.replace(at, 1, escaped[at] == '-' ? "%2D" : "%5F");
    std::vector<std::string> asked = {escaped, "/" + path, bare.substr(0, 2) + "/" + bare.substr(2),
                                      path + "?fbclid=a"};
    for (const char* behind :
         {".", ",", ")", ">", "%3E", "\"", "%22", ";", "/", "=", "&fbclid=IwAR0-x_y", "'", "]", "..."})
      asked.push_back(bare + behind);
    for (const std::string& target : asked) {
      const Answer seen = respond(request("GET", target), site_, moment_);
      EXPECT_EQ(seen.response.status, token.purpose == track::Purpose::click ? 302 : 200) << target;
      EXPECT_EQ(seen.response.location, token.target) << target;
      EXPECT_EQ(acted_on(seen), text) << target;
      if (token.purpose != track::Purpose::unsubscribe) continue;
      const Answer done = respond(request("POST", target), site_, moment_);
      ASSERT_TRUE(done.hit) << target;
      EXPECT_EQ(done.hit->kind, track::HitKind::unsubscribe);
      EXPECT_EQ(done.hit->token, text) << target;
    }
  }
}

}  // namespace
}  // namespace signpost::web
