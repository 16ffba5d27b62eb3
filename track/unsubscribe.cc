#include "track/unsubscribe.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "mail/field/encoded_words.h"
#include "track/blocks.h"
#include "track/token_url.h"

namespace signpost::track {
namespace {

constexpr std::string_view kField = "List-Unsubscribe";
constexpr std::string_view kPostField = "List-Unsubscribe-Post";

constexpr UnsubscribeWord kWords[] = {
    {"added", "Signpost added a one-click link"},
    {"own", "the sender's own https link and one-click field are there already"},
    {"own-decoded", "the same, after its encoded words were decoded, as `unsubscribe.decode` says"},
    {"own-encoded",
     "the sender's own field is written in encoded words (`=?utf-8?q?…?=`), which nobody decodes there, so "
     "it "
     "offers nothing; `unsubscribe.decode` writes it plainly before signing, unless it is longer than 900 "
     "octets or holds no address even then"},
    {"own-no-post",
     "the sender's own https link is there, but no `List-Unsubscribe-Post: List-Unsubscribe=One-Click`"},
    {"own-no-https", "the sender's own field has no https link, so mailbox providers do not offer one-click"},
    {"post-broken",
     "the sender's own `List-Unsubscribe-Post`, which has no link, says something else, so no link was "
     "added"},
    {"own-tracked",
     "the sender's own link leads through the tracking host's redirects, which do not accept a POST"},
    {"own-broken", "the sender's own field cannot be parsed, or there are several"},
    {"several-recipients", "the message has several recipients, who would share a link"},
    {"no-recipient", "the recipient's address cannot be parsed"},
};

bool is_one_click(const mail::Field* post) {
  return post != nullptr && base::equals_ignore_case(mail::unfold(post->value), "List-Unsubscribe=One-Click");
}

/// Room for the field on one line (RFC 5322 §2.1.1): within an address it cannot be folded.
constexpr std::size_t kMaxValue = 900;

/// True if encoded words stand where addresses should; what looks like one within an address is a part of it.
bool is_encoded(const mail::Field& field) {
  const std::size_t word = field.value.find("=?");
  return word != field.value.npos && word < field.value.find('<');
}

/// The field without encoded words; nullopt if that is not one that could be meant: printable ASCII, not too long.
std::optional<mail::ChangeField> decode_own(const mail::Field& field) {
  auto value = mail::decode_encoded_words(field.value);
  if (!value || value->size() > kMaxValue) return std::nullopt;
  std::replace(value->begin(), value->end(), '\t', ' ');
  const bool printable =
      std::all_of(value->begin(), value->end(), [](char c) { return c >= ' ' && c < 127; });
  if (!printable) return std::nullopt;
  return mail::ChangeField{field.name, 1, field.value, " " + *value};
}

/// What the sender's own field is worth.
std::string judge_own(const std::vector<mail::Field>& fields, const Settings& settings) {
  const auto uris = parse_list_uris(mail::find_field(fields, kField)->value);
  if (!uris || mail::count_fields(fields, kField) > 1 || mail::count_fields(fields, kPostField) > 1)
    return "own-broken";
  const auto https = std::find_if(uris->begin(), uris->end(), [](const std::string& uri) {
    return base::starts_with_ignore_case(uri, "https://");
  });
  if (https == uris->end()) return "own-no-https";
  const std::string host = base::lower(target_host(*https));
  if (host.empty()) return "own-broken";
  if (host == settings.host || (settings.own_hosts && settings.own_hosts->contains(host))) {
    const auto token = find_token(*https);
    if (!token || token->purpose != Purpose::unsubscribe) return "own-tracked";
  }
  return is_one_click(mail::find_field(fields, kPostField)) ? "own" : "own-no-post";
}

/// Leaves the sender's own field alone or decodes it.
Unsubscribe keep_own(std::vector<mail::Field> fields, const Settings& settings) {
  const std::string word = judge_own(fields, settings);
  if (mail::count_fields(fields, kField) != 1 || mail::count_fields(fields, kPostField) > 1)
    return {{}, {}, word};
  const mail::Field* own = mail::find_field(fields, kField);
  const mail::Field* post = mail::find_field(fields, kPostField);
  std::vector<const mail::Field*> encoded;
  if ((word == "own-broken" || word == "own-no-https") && is_encoded(*own)) encoded.push_back(own);
  if (post != nullptr && !is_one_click(post) && is_encoded(*post)) encoded.push_back(post);
  if (encoded.empty()) return {{}, {}, word};
  if (!settings.decode_unsubscribe) return {{}, {}, "own-encoded"};

  std::vector<mail::ChangeField> decoded;
  for (const mail::Field* field : encoded) {
    auto change = decode_own(*field);
    if (!change) return {{}, {}, "own-encoded"};
    decoded.push_back(std::move(*change));
  }
  for (const mail::ChangeField& change : decoded) (void)mail::apply_edit(fields, change);
  std::string worth = judge_own(fields, settings);
  if (worth == "own-broken") return {{}, {}, "own-encoded"};
  return {{}, std::move(decoded), worth == "own" ? "own-decoded" : std::move(worth)};
}

/// Before the token in the subject of a request by mail: what a person who looks at it reads.
constexpr std::string_view kMailedWord = "unsubscribe";
constexpr std::size_t kMinToken = 40;  ///< the SIV alone is 22 letters, a tenant and an address make the rest

/// The value of the field: RFC 2369 §3.2 lets the reader take the first that it can use.
std::string value_for(const UnsubscribeContext& context, const std::string& token) {
  std::string value = " <https://" + context.settings->host + format_path(Purpose::unsubscribe, token) + ">";
  if (context.mailto.empty()) return value;
  return value + ",\n\t<mailto:" + context.mailto + "?subject=" + std::string(kMailedWord) + "%20" + token +
         ">";
}

std::string mint(const UnsubscribeContext& context) {
  Token token;
  token.purpose = Purpose::unsubscribe;
  token.mode = Mode::identified;  // sealed, like every unsubscribe link: the daemon must know whom to list
  token.tenant = context.tenant;
  token.campaign = context.campaign;
  token.day = static_cast<std::uint16_t>(
      std::chrono::duration_cast<std::chrono::hours>(context.now.time_since_epoch()).count() / 24);
  token.recipient = context.recipient;
  token.stream = context.stream;
  return context.sealer->seal(token);
}

}  // namespace

base::Result<std::vector<std::string>> parse_list_uris(std::string_view value) {
  std::vector<std::string> uris;
  int comments = 0;
  bool inside = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (inside) {
      if (c == '>') {
        inside = false;
      } else if (c == '<') {
        return base::invalid("an angle bracket within angle brackets");
      } else if (!base::is_space(c)) {  // RFC 2369 §2: blanks within the brackets are to be ignored
        uris.back() += c;
      }
    } else if (c == '\\' && comments > 0) {
      ++i;
    } else if (c == '(') {
      ++comments;
    } else if (c == ')' && comments > 0) {
      --comments;
    } else if (c == '<' && comments == 0) {
      uris.emplace_back();
      inside = true;
    }
  }
  if (inside) return base::invalid("an angle bracket is not closed");
  std::erase(uris, std::string());
  if (uris.empty()) return base::invalid("no address in angle brackets");
  return uris;
}

std::optional<std::string> find_mailed_token(std::string_view subject) {
  const std::string text = mail::decode_encoded_words(subject).value_or(std::string(subject));
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // A token is the only word of that length; programs put other words, quotes and dots around it.
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_of(kLetters, at);
    if (begin == text.npos) break;
    at = std::min(text.find_first_not_of(kLetters, begin), text.size());
    std::string_view word = std::string_view(text).substr(begin, at - begin);
    if (begin > 0 && text[begin - 1] == '%' && word.starts_with("20")) word.remove_prefix(2);
    if (word.size() >= kMinToken) return std::string(word);
  }
  return std::nullopt;
}

Unsubscribe plan_unsubscribe(const std::vector<mail::Field>& fields, const UnsubscribeContext& context) {
  const Settings& settings = *context.settings;
  const auto& streams = settings.unsubscribe_streams;
  if (settings.host.empty() || context.sealer == nullptr ||
      std::find(streams.begin(), streams.end(), context.stream) == streams.end()) {
    return {};
  }
  if (mail::find_field(fields, kField) != nullptr) return keep_own(fields, settings);
  if (context.recipients != 1) return {{}, {}, "several-recipients"};
  if (context.recipient.empty()) return {{}, {}, "no-recipient"};
  const mail::Field* post = mail::find_field(fields, kPostField);
  if (post != nullptr && !is_one_click(post)) return {{}, {}, "post-broken"};
  Unsubscribe done{{{std::string(kField), value_for(context, mint(context))}}, {}, "added"};
  // RFC 8058 §3.1: exactly one, and without a link of its own it says nothing about ours.
  if (post == nullptr) done.added.push_back({std::string(kPostField), " List-Unsubscribe=One-Click"});
  return done;
}

std::span<const UnsubscribeWord> unsubscribe_words() {
  return kWords;
}

}  // namespace signpost::track
