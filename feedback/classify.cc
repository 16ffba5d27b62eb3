#include "feedback/classify.h"

#include <initializer_list>

#include "base/text.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kMaxShown = 500;

bool ends_with_any(std::string_view host, std::initializer_list<std::string_view> ends) {
  for (const std::string_view end : ends)
    if (host.ends_with(end)) return true;
  return false;
}

Provider provider_of_host(std::string_view host) {
  if (ends_with_any(host, {"google.com", "googlemail.com", "gmail.com"})) return Provider::google;
  if (ends_with_any(host, {"outlook.com", "hotmail.com", "live.com", "msn.com", "office365.com"}))
    return Provider::microsoft;
  if (ends_with_any(host, {"yahoodns.net", "yahoo.com", "aol.com", "ymail.com"})) return Provider::yahoo;
  return Provider::any;
}

bool is_known(const Classification& found) {
  return found.rule != "none";
}

Classification by_complaint(const Report& report) {
  // RFC 5965 §7.3, RFC 6430 (not-spam), RFC 6591 (auth-failure).
  if (report.feedback_type == "not-spam") return {Class::none, "not-spam", "feedback-type"};
  if (report.feedback_type == "auth-failure" || report.feedback_type == "dmarc")
    return {Class::block, "authentication", "feedback-type"};
  return {Class::complaint, report.feedback_type == "opt-out" ? "opt-out" : "abuse", "feedback-type"};
}

}  // namespace

Provider find_provider(const Report& report, const Row& row) {
  std::string host = base::lower(std::string_view(row.remote_mta).substr(0, 300));
  host = host.substr(0, host.find_first_of(" [("));
  if (const Provider found = provider_of_host(host); found != Provider::any) return found;
  const std::string text =
      base::lower(std::string_view(row.diagnostic.empty() ? row.words : row.diagnostic).substr(0, 2048));
  if (text.find("gsmtp") != text.npos || text.find("support.google.com") != text.npos)
    return Provider::google;
  if (text.find("outlook.com") != text.npos || text.find("hotmail.com") != text.npos)
    return Provider::microsoft;
  if (text.find("yahoo.com") != text.npos || text.find("yahoodns") != text.npos) return Provider::yahoo;
  const std::string domain = base::lower(std::string_view(row.address).substr(row.address.rfind('@') + 1));
  if (const Provider found = provider_of_host(domain); found != Provider::any) return found;
  return provider_of_host(base::lower(report.reporting_mta));
}

Classification classify_kind(const Report& report) {
  switch (report.kind) {
    case Kind::auto_reply:
      return {Class::automatic, "auto-reply", "auto-submitted"};
    case Kind::complaint:
      return by_complaint(report);
    case Kind::delivery_status:
    case Kind::bounce:
      return {Class::soft, "unknown", "none"};
    case Kind::none:
      break;
  }
  return {Class::none, "not-a-report", "none"};
}

Classification classify(const Report& report, const Row& row) {
  if (report.kind == Kind::auto_reply || report.kind == Kind::complaint || report.kind == Kind::none)
    return classify_kind(report);
  if (row.action == Action::delivered || row.action == Action::relayed || row.action == Action::expanded)
    return {Class::none, "delivered", "action"};
  const Provider provider = find_provider(report, row);
  const auto settle = [&](Classification found) {
    if (found.result == Class::hard && row.action == Action::delayed) found.result = Class::soft;
    return found;
  };
  Classification found = judge_text({row.diagnostic, row.status, provider});
  if (is_known(found)) return settle(found);
  // The queue gave up after its time: what the readable part tells of the last attempt is not the reason.
  if (row.status.size() > 1 && row.status.substr(1) == ".4.7")
    return {Class::soft, "expired", "enhanced-code"};
  found = judge_text({row.words, row.status, provider});
  if (is_known(found)) return settle(found);
  found = judge_codes({row.diagnostic, row.status, provider});
  if (is_known(found) && found.reason != "unknown") return settle(found);
  const Classification by_words = judge_codes({row.words, row.status, provider});
  if (is_known(by_words) && by_words.reason != "unknown") return settle(by_words);
  // Reports whose rows are only a list say what happened elsewhere in the words.
  const Classification whole = judge_text({report.words, row.status, provider});
  return settle(is_known(whole) ? whole : found);
}

std::string describe(const Row& row) {
  const std::string_view source = row.diagnostic.empty() ? row.words : row.diagnostic;
  std::string line;
  for (const char c : source.substr(0, 4 * kMaxShown)) {
    const bool is_blank = static_cast<unsigned char>(c) <= ' ' || c == 127;
    if (is_blank && (line.empty() || line.back() == ' ')) continue;
    line += is_blank ? ' ' : c;
    if (line.size() >= kMaxShown) break;
  }
  return std::string(base::trim(line));
}

}  // namespace signpost::feedback
