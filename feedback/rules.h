// What the words of a reply mean for the recipient: the rules as data, and how one is chosen. Knows no report and no mail
// format; feedback/classify brings the words. Where a rule's facts come from stands in the table (feedback/rules_table.cc).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace signpost::feedback {

/// What a report says about one recipient.
enum class Class : std::uint8_t {
  none,       ///< nothing went wrong, or nothing is known
  hard,       ///< the address is dead
  soft,       ///< it may work later, or nobody can tell
  block,      ///< the sender's trouble: reputation, rate, authentication, DNS, TLS, content, policy
  complaint,  ///< the recipient called the message unwanted
  automatic,  ///< an answer by a program; nothing failed
};
/// "none", "hard", "soft", "block", "complaint", "auto".
std::string_view class_word(Class value);

/// Whose reply it is, where the same code means different things.
enum class Provider : std::uint8_t { any, google, microsoft, yahoo };

/// How far a dead address is believed where the words and the code do not agree.
enum class Trust : std::uint8_t {
  plain,    ///< not where the code names the sender's trouble: 5.7.x, 5.5.x, 5.6.x, 5.1.8
  certain,  ///< not where it is 5.7.x, unless `status` names that
  in_text,  ///< as plain, and `status` must stand in the words: reporters make codes up
};

/// One row of the table. `texts` holds alternatives with "|" between them, in lower case; "*" stands for up to 80
/// characters, "$" at the end for the end of the text.
struct Rule {
  std::string_view name;  ///< unique
  Class result = Class::none;
  std::string_view reason;  ///< a fixed word
  std::string_view texts;
  std::string_view example;  ///< a reply that this rule decides; a test reads it
  Provider provider = Provider::any;
  std::string_view status = {};  ///< what the enhanced or reply code begins with; empty: any
  /// Texts with which it says nothing, with "|" between them; without "*" and "$".
  std::string_view unless = {};
  Trust trust = Trust::plain;
  /// A refusal of the sender that providers give as final (5xx) and that passes: such mail is better kept waiting than
  /// bounced (feedback/waiting).
  bool waits = false;
};

/// In the order in which they are asked: what a provider means by a text, then the sender's trouble, then full mailboxes,
/// dead addresses, and the rest.
std::span<const Rule> text_rules();

/// What is known of one reply.
struct Evidence {
  std::string_view text;    ///< the reply as it came, with its codes; at most 4 KiB of it are read
  std::string_view status;  ///< the report's own status code ("5.1.1"), may be empty
  Provider provider = Provider::any;
};

struct Classification {
  Class result = Class::none;
  std::string_view reason;  ///< a fixed word of the table, "unknown" if no rule applies
  std::string_view rule;    ///< the rule's name, or "enhanced-code", "reply-code", "none"
  bool operator==(const Classification&) const = default;
};

/// By the words alone. `rule` is "none" if no rule knows them. A dead address becomes `block` where the reply was given before
/// RCPT, and where its code names the sender's trouble (see Trust). Linear in the text.
Classification judge_text(const Evidence& evidence);
/// By the enhanced code (RFC 3463 §3, RFC 7372, RFC 7505), then the reply code (RFC 5321 §4.2.3): what is left if the words
/// say nothing. An enhanced code in the text goes before that of the report, which is often made up by the reporter:
/// Sendmail makes 5.1.1 of any bare 550.
Classification judge_codes(const Evidence& evidence);

/// The first enhanced status code (RFC 3463 §2) in the text: "5.1.1"; empty if there is none. A view of `text`.
std::string_view find_enhanced_code(std::string_view text);
/// The first three-digit reply code from 400 to 599 that stands for itself; empty if there is none.
std::string_view find_reply_code(std::string_view text);

/// The text as rules see it: lower case, one blank between words and at both ends, codes of continuation lines removed,
/// addresses and hosts that hold telling words replaced by "@".
std::string normalize(std::string_view text);

}  // namespace signpost::feedback
