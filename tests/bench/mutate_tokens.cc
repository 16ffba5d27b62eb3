// Asks the web program's decisions for changed and invented tokens, and counts what they lead to:
//
//   mutate_tokens [TRIES [SEED]]        default 10000000 1; exit status 1 if one of them does anything
//
// Each try takes a token that was minted (a click, an open or an unsubscribe, in each mode), changes its
// bytes or its text, and asks for it as every kind of request. Only what was minted may redirect,
// count or unsubscribe.
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "web/respond.h"

namespace {

using namespace signpost;

constexpr track::Purpose kPurposes[] = {track::Purpose::click, track::Purpose::open,
                                        track::Purpose::unsubscribe};

web::Site make_site() {
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

std::vector<std::string> mint(const track::Sealer& sealer) {
  std::vector<std::string> minted;
  for (const track::Purpose purpose : kPurposes) {
    for (const track::Mode mode :
         {track::Mode::anonymous, track::Mode::pseudonymous, track::Mode::identified}) {
      track::Token token;
      token.purpose = purpose;
      token.mode = mode;
      token.tenant = 42;
      token.campaign = "spring";
      if (purpose == track::Purpose::click) token.target = "https://shop.example/sale?a=1&b=2";
      if (purpose == track::Purpose::unsubscribe) token.stream = "bulk";
      const bool named = mode == track::Mode::identified || purpose == track::Purpose::unsubscribe;
      if (named) token.recipient = "ann@example.org";
      minted.push_back(sealer.seal(token));
    }
  }
  return minted;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::string mutate(const std::vector<std::string>& minted) {
    std::string text = minted[below(minted.size())];
    if (below(8) == 0) return mutate_text(std::move(text));
    std::string bytes = base::decode_base64url(text).value_or("");
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) mutate_bytes(bytes, minted);
    return base::encode_base64url(bytes);
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  void mutate_bytes(std::string& bytes, const std::vector<std::string>& minted) {
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
        const std::string other = base::decode_base64url(minted[below(minted.size())]).value_or("");
        bytes = bytes.substr(0, at) + other.substr(std::min(at, other.size()));
        break;
      }
      default:  // invented
        for (char& c : bytes) c = any_byte();
        break;
    }
  }

  std::string mutate_text(std::string text) {
    static constexpr std::string_view kLetters = "AZaz09-_+/=%.&\x80 ";
    const std::size_t at = below(text.size() + 1);
    if (below(2) == 0) return text.insert(at, 1, kLetters[below(kLetters.size())]);
    if (at < text.size()) text[at] = kLetters[below(kLetters.size())];
    return text;
  }

  char any_byte() { return static_cast<char>(random_()); }

  std::mt19937_64 random_;
};

/// Every way to ask for it; true if one of them did more than say that there is no such link.
bool does_something(const std::string& text, const web::Site& site, const web::Moment& moment) {
  static constexpr std::string_view kMethods[] = {"GET", "POST"};
  for (const track::Purpose purpose : kPurposes) {
    const std::string path = track::format_path(purpose, text);
    for (const std::string_view method : kMethods) {
      system::HttpRequest request;
      request.method = method;
      request.target = path;
      request.fields = {{"Host", "click.example.com"},
                        {"User-Agent", "Mozilla/5.0 Firefox/140.0"},
                        {"Content-Type", "application/x-www-form-urlencoded"}};
      if (method == "POST") request.body = "List-Unsubscribe=One-Click";
      const web::Answer answer = web::respond(request, site, moment);
      const int status = answer.response.status;
      const bool refused = status == 404 || status == 405 || status == 400;
      if (!refused || answer.hit || !answer.response.location.empty()) return true;
    }
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t tries = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  Mutator mutator(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  const web::Site site = make_site();
  const track::Blocks blocks;
  const web::Moment moment{&blocks, {}, {}};
  const std::vector<std::string> minted = mint(site.sealer);
  const std::set<std::string> known(minted.begin(), minted.end());
  for (const std::string& text : minted) {
    if (!does_something(text, site, moment)) return std::puts("a minted token does nothing"), 2;
  }

  std::uint64_t unchanged = 0;
  std::uint64_t accepted = 0;
  for (std::uint64_t i = 0; i < tries; ++i) {
    const std::string text = mutator.mutate(minted);
    if (known.count(text) > 0) {
      ++unchanged;
    } else if (does_something(text, site, moment)) {
      ++accepted;
      std::printf("accepted: %s\n", text.c_str());
    }
  }
  std::printf("%llu tries, %llu of them unchanged, %llu accepted\n", static_cast<unsigned long long>(tries),
              static_cast<unsigned long long>(unchanged), static_cast<unsigned long long>(accepted));
  return accepted == 0 ? 0 : 1;
}
