#include "track/hit.h"

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

/// Image proxies that fetch when the message is opened, not before.
constexpr std::string_view kProxies[] = {"googleimageproxy", "yahoomailproxy"};

template <class Names>
bool names_one(std::string_view agent, const Names& names) {
  for (const std::string_view name : names) {
    if (base::find_ignore_case(agent, name) != std::string_view::npos) return true;
  }
  return false;
}

bool is_prefetch(std::string_view purpose) {
  static constexpr std::string_view kWords[] = {"prefetch", "prerender", "preview"};
  return names_one(purpose, kWords);
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
  }
  return "";
}

Graded grade_click(const Traces& traces) {
  if (is_prefetch(traces.purpose)) return {Grade::prefetch, "purpose-header"};
  if (traces.user_agent.empty()) return {Grade::scanner, "no-agent"};
  if (names_one(traces.user_agent, kPrograms)) return {Grade::scanner, "agent"};
  // Browsers that send these follow a link by navigating; anything else reads it for the page that is shown.
  const bool navigates = traces.fetch_mode.empty() || traces.fetch_mode == "navigate";
  if (!navigates) return {Grade::prefetch, "not-navigation"};
  return {Grade::human, "browser"};
}

Graded grade_open(const Traces& traces) {
  if (is_prefetch(traces.purpose)) return {Grade::prefetch, "purpose-header"};
  if (names_one(traces.user_agent, kProxies)) return {Grade::human, "image-proxy"};
  // A mail service that fetches every image at delivery calls itself this and nothing more.
  if (traces.user_agent == "Mozilla/5.0") return {Grade::prefetch, "mail-privacy"};
  if (traces.user_agent.empty()) return {Grade::scanner, "no-agent"};
  if (names_one(traces.user_agent, kPrograms)) return {Grade::scanner, "agent"};
  return {Grade::human, "mail-client"};
}

}  // namespace signpost::track
