#include "track/hit.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace signpost::track {
namespace {

/// Parts of agent names that are programs, in lower case: crawlers, libraries, link previews and mail
/// gateways that follow every link of a message before its recipient sees it.
constexpr std::string_view kPrograms[] = {
    "bot",        "crawl",     "spider",     "scan",       "preview",
    "curl/",      "wget/",     "python",     "go-http",    "java/",
    "okhttp",     "libwww",    "httpclient", "headless",   "phantomjs",
    "node-fetch", "axios",     "ruby",       "perl",       "facebookexternalhit",
    "whatsapp",   "slack",     "barracuda",  "proofpoint", "mimecast",
    "urldefense", "safelinks", "symantec",   "trendmicro", "fortinet",
    "cisco",
};

/// Names of people's things that hold one of those: a maker of phones, a city.
constexpr std::string_view kNotPrograms[] = {"cubot", "francisco"};

/// Image proxies that fetch when the message is opened, not before.
constexpr std::string_view kProxies[] = {"googleimageproxy", "yahoomailproxy"};

/// What a request's purpose is called by those who fetch before anybody asked.
constexpr std::string_view kPrefetches[] = {"prefetch", "prerender", "preview"};

/// Finds any of some words in a text, in any case. Most places of a text are passed by their two characters
/// alone: the names above would cost a redirect more than its token does.
class WordFinder {
 public:
  /// Words in lower case, of two characters or more.
  template <std::size_t kCount>
  constexpr explicit WordFinder(const std::string_view (&words)[kCount]) : words_(words), count_(kCount) {
    for (const std::string_view word : words) begins_[slot(word[0], word[1])] = true;
  }
  bool finds_one_in(std::string_view text) const {
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
      if (begins_[slot(text[at], text[at + 1])] && length_at(text.substr(at)) > 0) return true;
    }
    return false;
  }
  /// The length of the word that `text` begins with; 0 if there is none.
  std::size_t length_at(std::string_view text) const {
    const auto* const found = std::find_if(words_, words_ + count_, [text](std::string_view word) {
      return base::starts_with_ignore_case(text, word);
    });
    return found == words_ + count_ ? 0 : found->size();
  }

 private:
  /// The same for a letter in both cases.
  static constexpr std::size_t slot(char first, char second) {
    return static_cast<std::size_t>(first & 31) * 32 + static_cast<std::size_t>(second & 31);
  }
  const std::string_view* words_;
  std::size_t count_;
  std::array<bool, 1024> begins_{};
};
constexpr WordFinder kProgramNames(kPrograms);
constexpr WordFinder kProxyNames(kProxies);
constexpr WordFinder kPrefetchNames(kPrefetches);
constexpr WordFinder kNotProgramNames(kNotPrograms);

bool is_program(std::string_view agent) {
  if (!kProgramNames.finds_one_in(agent)) return false;
  if (!kNotProgramNames.finds_one_in(agent)) return true;
  std::string rest;
  for (std::size_t at = 0; at < agent.size();) {
    const std::size_t length = kNotProgramNames.length_at(agent.substr(at));
    rest += length > 0 ? ' ' : agent[at];
    at += std::max<std::size_t>(length, 1);
  }
  return kProgramNames.finds_one_in(rest);
}

bool is_prefetch(const Traces& traces) {
  return std::any_of(traces.purposes.begin(), traces.purposes.end(),
                     [](std::string_view purpose) { return kPrefetchNames.finds_one_in(purpose); });
}

}  // namespace

const char* hit_word(HitKind kind) {
  switch (kind) {
    case HitKind::click:
      return "click";
    case HitKind::open:
      return "open";
    case HitKind::unsubscribe:
      return "unsubscribe";
    case HitKind::undo:
      return "undo";
  }
  return "";
}

const char* grade_word(Grade grade) {
  switch (grade) {
    case Grade::human:
      return "human";
    case Grade::prefetch:
      return "prefetch";
    case Grade::scanner:
      return "scanner";
    case Grade::privacy:
      return "privacy";
  }
  return "";
}

Graded grade_click(const Traces& traces) {
  if (is_prefetch(traces)) return {Grade::prefetch, "purpose-header"};
  if (traces.user_agent.empty()) return {Grade::scanner, "no-agent"};
  if (is_program(traces.user_agent)) return {Grade::scanner, "agent"};
  if (traces.network == Network::scanner) return {Grade::scanner, "network"};
  // Browsers that send these follow a link by navigating; anything else reads it for the page that is shown.
  const bool navigates = traces.fetch_mode.empty() || traces.fetch_mode == "navigate";
  if (!navigates) return {Grade::prefetch, "not-navigation"};
  return {Grade::human, "browser"};
}

Graded grade_open(const Traces& traces) {
  if (is_prefetch(traces)) return {Grade::prefetch, "purpose-header"};
  if (kProxyNames.finds_one_in(traces.user_agent)) return {Grade::human, "image-proxy"};
  // Apple's Mail Privacy Protection calls itself this and nothing more. Its networks are those of several relays, which
  // people's browsers use too.
  if (traces.user_agent == "Mozilla/5.0") return {Grade::privacy, "mail-privacy"};
  if (traces.user_agent.empty()) return {Grade::scanner, "no-agent"};
  if (is_program(traces.user_agent)) return {Grade::scanner, "agent"};
  if (traces.network == Network::scanner) return {Grade::scanner, "network"};
  return {Grade::human, "mail-client"};
}

}  // namespace signpost::track
