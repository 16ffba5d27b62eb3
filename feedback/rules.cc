// Choosing a rule: the text is brought into one form, then the table is walked (feedback/alternatives).
#include "feedback/rules.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>

#include "base/text.h"
#include "feedback/alternatives.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxGap = 80;

/// Which four bytes in a row a text has; a text of a rule with others is not in it.
class Grams {
 public:
  explicit Grams(std::string_view text) {
    seen_.set(0);
    for (std::size_t i = 0; i + kGram <= text.size(); ++i) seen_.set(gram_slot(text.substr(i, kGram)));
  }
  bool may_hold(const Alternative& alternative) const {
    return seen_.test(alternative.begin_gram) && seen_.test(alternative.end_gram);
  }

 private:
  std::bitset<kGramSlots> seen_;
};

/// True if the pieces between "*" follow each other, each at most kMaxGap behind the one before.
bool follows(std::string_view text, std::string_view pattern, std::size_t from) {
  while (!pattern.empty()) {
    const std::size_t star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    const std::string_view window = text.substr(from, piece.size() + kMaxGap);
    const std::size_t found = window.find(piece);
    if (found == std::string_view::npos) return false;
    from += found + piece.size();
    if (star == std::string_view::npos) return true;
    pattern.remove_prefix(star + 1);
  }
  return true;
}

/// The first piece may stand at several places; those tried are bounded.
bool matches(std::string_view text, const Alternative& alternative) {
  if (alternative.at_end) return text.ends_with(alternative.text);
  if (!alternative.has_gap) return text.find(alternative.text) != std::string_view::npos;
  const std::size_t star = alternative.text.find('*');
  const std::string_view first = alternative.text.substr(0, star);
  std::size_t at = text.find(first);
  for (int tries = 0; at != std::string_view::npos && tries < 8; ++tries) {
    if (follows(text, alternative.text.substr(star + 1), at + first.size())) return true;
    at = text.find(first, at + 1);
  }
  return false;
}

bool is_code_digits(std::string_view word) {
  return word.size() == 3 && (word[0] == '4' || word[0] == '5') && base::is_digit(word[1]) &&
         base::is_digit(word[2]);
}

/// The length of an enhanced code at the beginning of `text`, 0 if there is none. RFC 3463 §2.
std::size_t enhanced_length(std::string_view text) {
  if (text.size() < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5') || text[1] != '.') return 0;
  std::size_t at = 2;
  for (int part = 0; part < 2; ++part) {
    const std::size_t begin = at;
    while (at < text.size() && base::is_digit(text[at])) ++at;
    if (at == begin || at - begin > 3) return 0;
    if (part == 0 && (at == text.size() || text[at++] != '.')) return 0;
  }
  if (at < text.size() && (base::is_alnum(text[at]) || text[at] == '@')) return 0;
  if (at + 1 < text.size() && text[at] == '.' && base::is_digit(text[at + 1])) return 0;
  return at;
}

/// The codes by which a refusal concerns the sender or the session: policy, protocol, content, the sender's domain. RFC
/// 3463 §3.6 to §3.8, §3.2 (x.1.8).
bool names_senders_trouble(std::string_view code, const Rule& rule) {
  if (code.size() < 5 || code[3] != '.') return false;
  if (code[2] == '7') return !rule.status.starts_with("5.7.");
  if (rule.trust == Trust::certain) return false;
  return code[2] == '5' || code[2] == '6' || code.substr(1) == ".1.8";
}

/// True if `text` holds one of the texts.
bool has_one_of(std::string_view text, std::string_view texts) {
  while (!texts.empty()) {
    const std::size_t bar = texts.find('|');
    if (text.find(texts.substr(0, bar)) != std::string_view::npos) return true;
    if (bar == std::string_view::npos) break;
    texts.remove_prefix(bar + 1);
  }
  return false;
}

/// A host's name is no evidence: "antispam.example.net" says nothing about spam, "zen.spamhaus.org" does.
bool is_idle_host(std::string_view word) {
  if (std::count(word.begin(), word.end(), '.') < 2 || word.find('/') != std::string_view::npos) return false;
  for (const std::string_view telling : {"spamhaus", "spamcop", "sorbs", "barracuda", "surbl", "uribl", "bl.",
                                         "resolver.", "transport.", "queue.", "routing.", "storedrv."})
    if (word.find(telling) != std::string_view::npos) return false;
  for (const std::string_view misleading : {"spam", "virus", "block", "black", "policy", "unknown", "quota"})
    if (word.find(misleading) != std::string_view::npos) return true;
  return false;
}

/// The code without "550-" and "550-5.7.1" of a continuation line (RFC 5321 §4.2.1).
std::string_view without_continuation(std::string_view word) {
  if (word.size() < 4 || !is_code_digits(word.substr(0, 3)) || word[3] != '-') return word;
  word.remove_prefix(4);
  const std::size_t enhanced = enhanced_length(word);
  return enhanced == word.size() ? std::string_view() : word;
}

bool is_domain_byte(char c) {
  return base::is_alnum(c) || c == '.' || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 128;
}

void put_word(std::string& out, std::string_view word, bool is_first) {
  if (!is_first) word = without_continuation(word);
  if (word.empty()) return;
  if (const std::size_t sign = word.find('@'); sign != std::string_view::npos) {
    // "from:<a@b>" stays "from:@", and of "a@b...User" the address ends at the dots.
    const std::size_t lead = word.find_first_of("<:=");
    if (lead != std::string_view::npos && lead < sign)
      out += word.substr(0, lead + (word[lead] == '<' ? 0 : 1));
    out += '@';
    std::size_t end = sign + 1;
    while (end < word.size() && is_domain_byte(word[end]) && !word.substr(end).starts_with("..")) ++end;
    while (end > sign + 1 && word[end - 1] == '.') --end;
    const std::string_view behind = word.substr(end);
    const std::size_t next = behind.find_first_not_of(".:;,)]>\"'");
    for (const char c : behind.substr(0, next))
      if (std::string_view(">\"')]").find(c) == std::string_view::npos) out += c;
    if (next != std::string_view::npos) out.append(" ").append(behind.substr(next));
  } else if (is_idle_host(word)) {
    out += '@';
  } else {
    out += word;
  }
  out += ' ';
}

/// The positions of these phrases, the last of them; npos if there is none.
template <std::size_t N>
std::size_t last_of(std::string_view text, const std::array<std::string_view, N>& phrases) {
  std::size_t last = std::string_view::npos;
  for (const std::string_view phrase : phrases) {
    const std::size_t at = text.rfind(phrase);
    if (at != std::string_view::npos && (last == std::string_view::npos || at > last)) last = at;
  }
  return last;
}

/// True if the reply came before RCPT: it cannot concern a recipient (RFC 5321 §4.1.4).
bool is_before_recipient(std::string_view text) {
  static constexpr std::array<std::string_view, 14> kBefore = {"in reply to mail from",
                                                               "in reply to ehlo",
                                                               "in reply to helo",
                                                               "refused to talk to me",
                                                               ">>> mail from",
                                                               "after mail from",
                                                               "after pipelined mail",
                                                               "after helo",
                                                               "after ehlo",
                                                               "like our mail from",
                                                               "but sender was rejected",
                                                               "but greeting failed",
                                                               "after initial connection",
                                                               "but my name was rejected"};
  static constexpr std::array<std::string_view, 7> kAfter = {
      "in reply to rcpt", ">>> rcpt to",          "after rcpt to",          "like our rcpt to",
      ">>> data",         "after pipelined rcpt", "in reply to end of data"};
  const std::size_t before = last_of(text, kBefore);
  if (before == std::string_view::npos) return false;
  const std::size_t after = last_of(text, kAfter);
  return after == std::string_view::npos || before > after;
}

struct Codes {
  std::string_view enhanced;
  std::string_view reply;
};

/// x.0.0 says only that something went wrong, so another code goes before it.
bool is_vague(std::string_view code) {
  return code.empty() || code.substr(1) == ".0.0";
}

Codes find_codes(const Evidence& evidence) {
  const std::string_view in_text = find_enhanced_code(evidence.text);
  const std::string_view reported = find_enhanced_code(evidence.status);
  return {is_vague(in_text) && !reported.empty() ? reported : in_text, find_reply_code(evidence.text)};
}

bool has_status(const Codes& codes, std::string_view wanted) {
  return wanted.empty() || codes.enhanced.starts_with(wanted) ||
         (codes.reply.starts_with(wanted) && (wanted.size() > 1 || is_vague(codes.enhanced)));
}

}  // namespace

std::string_view class_word(Class value) {
  switch (value) {
    case Class::hard:
      return "hard";
    case Class::soft:
      return "soft";
    case Class::block:
      return "block";
    case Class::complaint:
      return "complaint";
    case Class::automatic:
      return "auto";
    case Class::none:
      break;
  }
  return "none";
}

std::string_view find_enhanced_code(std::string_view text) {
  text = text.substr(0, kMaxText);
  std::string_view vague;
  for (std::size_t at = text.find('.'); at != std::string_view::npos; at = text.find('.', at + 1)) {
    if (at == 0 || (at >= 2 && (base::is_alnum(text[at - 2]) || text[at - 2] == '.'))) continue;
    const std::size_t length = enhanced_length(text.substr(at - 1));
    if (length == 0) continue;
    const std::string_view code = text.substr(at - 1, length);
    if (!is_vague(code)) return code;
    if (vague.empty()) vague = code;
  }
  return vague;
}

std::string_view find_reply_code(std::string_view text) {
  text = text.substr(0, kMaxText);
  for (std::size_t at = 0; at + 3 <= text.size(); ++at) {
    if (text[at] != '4' && text[at] != '5') continue;
    if (at > 0 && (base::is_alnum(text[at - 1]) || std::string_view("._-/[@").find(text[at - 1]) < 6))
      continue;
    const bool ends =
        at + 3 == text.size() || std::string_view(" -:;,])\r\n").find(text[at + 3]) != std::string_view::npos;
    if (ends && is_code_digits(text.substr(at, 3))) return text.substr(at, 3);
  }
  return {};
}

std::string normalize(std::string_view text) {
  const std::string lower = base::lower(text.substr(0, kMaxText));
  std::string out = " ";
  out.reserve(lower.size() + 2);
  std::size_t at = 0;
  bool is_first = true;
  while (at < lower.size()) {
    while (at < lower.size() && static_cast<unsigned char>(lower[at]) <= ' ') ++at;
    std::size_t end = at;
    while (end < lower.size() && static_cast<unsigned char>(lower[end]) > ' ') ++end;
    if (end > at) put_word(out, std::string_view(lower).substr(at, end - at), is_first);
    is_first = false;
    at = end;
  }
  return out;
}

Classification judge_text(const Evidence& evidence) {
  const std::string text = normalize(evidence.text);
  const Grams grams(text);
  const Codes codes = find_codes(evidence);
  const Codes in_text = evidence.status.empty() ? codes : find_codes({evidence.text, {}, evidence.provider});
  for (const Alternative& alternative : alternatives()) {
    if (!grams.may_hold(alternative)) continue;
    const Rule& rule = text_rules()[alternative.rule];
    if (rule.provider != Provider::any && rule.provider != evidence.provider) continue;
    const Codes& known = rule.trust == Trust::in_text ? in_text : codes;
    if (!has_status(known, rule.status) || !matches(text, alternative) || has_one_of(text, rule.unless))
      continue;
    if (rule.result == Class::hard) {
      if (is_before_recipient(text)) return {Class::block, "policy", "before-recipient"};
      if (names_senders_trouble(codes.enhanced, rule)) return {Class::block, "policy", "policy-code"};
    }
    return {rule.result, rule.reason, rule.name};
  }
  if (codes.reply.starts_with('5') && is_before_recipient(text))
    return {Class::block, "policy", "before-recipient"};
  return {Class::soft, "unknown", "none"};
}

}  // namespace signpost::feedback
