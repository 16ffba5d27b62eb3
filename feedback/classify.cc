#include "feedback/classify.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>

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

/// True for a line, in small letters, that was copied from a message's header: what its subject says is no diagnosis.
bool is_quoted_field(std::string_view line) {
  for (const std::string_view name : {"subject:", "to:", "from:", "date:", "sent:", "message-id:", "cc:"})
    if (line.starts_with(name)) return true;
  return false;
}

/// What a sentence has that names causes that may be, not the one that was.
constexpr std::string_view kGuesses[] = {
    "may be because",  "might be because", "can be because",   "could be because", "if the address",
    "if this address", "please check",     "possible reasons", "possible causes",  "not responding"};

/// In small letters.
bool is_guess(std::string_view sentence) {
  return std::any_of(std::begin(kGuesses), std::end(kGuesses), [&](std::string_view guess) {
    if (sentence.find(guess) == std::string_view::npos) return false;
    return guess != "not responding" || sentence.find(" or ") != std::string_view::npos;
  });
}

/// Where a sentence ends: behind ".", "!" or "?" and a blank, or before an empty line; at least one byte.
std::size_t sentence_length(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    const bool is_stop = text[at - 1] == '.' || text[at - 1] == '!' || text[at - 1] == '?';
    if (is_stop && base::is_space(text[at])) return at;
    if (text[at - 1] == '\n' && text[at] == '\n') return at;
  }
  return text.size();
}

/// The readable words without what is no diagnosis, in small letters. Linear.
std::string without_guesses(std::string_view words) {
  const std::string small = base::lower(words);
  std::string lines;
  lines.reserve(small.size());
  for (const std::string_view line : base::split(small, '\n'))
    if (!is_quoted_field(base::trim(line))) lines.append(line).append(1, '\n');
  if (!is_guess(lines)) return lines;
  std::string kept;
  for (std::string_view rest = lines; !rest.empty();) {
    const std::string_view sentence = rest.substr(0, sentence_length(rest));
    if (!is_guess(sentence)) kept.append(sentence);
    rest.remove_prefix(sentence.size());
  }
  return kept;
}

/// True if the words tell of a server that could not be reached, or that asked to wait, and of no refusal for good.
bool tells_of_waiting(std::string_view words) {
  const std::string_view reply = find_reply_code(words);
  if (reply.starts_with('5') || find_enhanced_code(words).starts_with('5')) return false;
  if (reply.starts_with('4')) return true;
  for (const std::string_view sign : {"connection refused", "connection timed out", "delivery time expired"})
    if (words.find(sign) != std::string_view::npos) return true;
  return false;
}

/// By the readable part of the report.
Classification judge_words(std::string_view words, const Row& row, Provider provider) {
  const std::string kept = without_guesses(words);
  Classification found = judge_text({kept, row.status, provider});
  if (found.result == Class::hard && tells_of_waiting(kept)) return {Class::soft, "network", "waiting"};
  return found;
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
  // A code for a dead address without a server's words goes before what the reporter's template says; a transcript does not.
  // Nor do words that have another code.
  const std::string_view other = find_enhanced_code(row.words);
  const bool words_agree = other == row.status || (other.empty() && find_reply_code(row.words).empty());
  if (row.diagnostic.empty() && words_agree && row.words.find("<<<") == std::string::npos) {
    const Classification by_status = judge_codes({{}, row.status, provider});
    if (by_status.result == Class::hard) return settle(by_status);
  }
  found = judge_words(row.words, row, provider);
  if (is_known(found)) return settle(found);
  found = judge_codes({row.diagnostic, row.status, provider});
  if (is_known(found) && found.reason != "unknown") return settle(found);
  const Classification by_words = judge_codes({row.words, row.status, provider});
  if (is_known(by_words) && by_words.reason != "unknown") return settle(by_words);
  // Reports whose rows are only a list say what happened elsewhere in the words.
  const Classification whole = judge_words(report.words, row, provider);
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
