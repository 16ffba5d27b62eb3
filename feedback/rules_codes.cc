// What is left if the words of a reply say nothing: its codes, as the RFCs and IANA's registry of enhanced codes define them.
#include <array>

#include "base/text.h"
#include "feedback/rules.h"

namespace signpost::feedback {
namespace {

struct CodeRow {
  std::string_view code;  ///< without the class: "1.1"; the first row that the code begins with decides
  Class permanent;
  std::string_view reason;
};

// RFC 3463 §3.2 to §3.8; 1.9 and 1.10 RFC 7505 §4.2; 7.20 to 7.27 RFC 7372 §3. A temporary code is soft, or block for x.7.x.
constexpr std::array<CodeRow, 27> kEnhanced = {{
    {"1.10", Class::hard, "no-mail-accepted"},
    {"1.0", Class::hard, "no-such-user"},
    {"1.1", Class::hard, "no-such-user"},
    {"1.2", Class::hard, "no-such-domain"},
    {"1.3", Class::hard, "bad-address"},
    {"1.4", Class::soft, "ambiguous"},
    {"1.6", Class::hard, "moved"},
    {"1.7", Class::block, "sender-address"},
    {"1.8", Class::block, "sender-address"},
    {"1.9", Class::soft, "system"},
    {"2.1", Class::soft, "inactive"},
    {"2.2", Class::soft, "mailbox-full"},
    {"2.3", Class::block, "size"},
    {"2", Class::soft, "filtered"},
    {"3.1", Class::soft, "system-full"},
    {"3.2", Class::soft, "system"},
    {"3.4", Class::block, "size"},
    {"3", Class::soft, "system"},
    {"4.4", Class::hard, "no-such-domain"},
    {"4.6", Class::soft, "loop"},
    {"4.7", Class::soft, "expired"},
    {"4", Class::soft, "network"},
    {"5.3", Class::block, "rate"},
    {"5", Class::soft, "protocol"},
    {"6", Class::block, "content"},
    {"7", Class::block, "policy"},
    {"0", Class::soft, "unknown"},
}};

// RFC 5321 §4.2.3, RFC 7504 §4 (521, 556), RFC 4954 §6 (530, 534, 535, 538).
constexpr std::array<CodeRow, 16> kReply = {{
    {"421", Class::soft, "system"},
    {"450", Class::soft, "unknown"},
    {"451", Class::soft, "system"},
    {"452", Class::soft, "system-full"},
    {"521", Class::hard, "no-mail-accepted"},
    {"530", Class::block, "authentication"},
    {"534", Class::block, "authentication"},
    {"535", Class::block, "authentication"},
    {"538", Class::block, "authentication"},
    {"551", Class::hard, "moved"},
    {"552", Class::soft, "mailbox-full"},
    {"553", Class::soft, "unknown"},
    {"554", Class::block, "policy"},
    {"555", Class::soft, "protocol"},
    {"556", Class::hard, "no-mail-accepted"},
    {"5", Class::soft, "unknown"},
}};

}  // namespace

Classification judge_codes(const Evidence& evidence) {
  const std::string_view in_text = find_enhanced_code(evidence.text);
  const std::string_view reported = find_enhanced_code(evidence.status);
  const std::string_view reply = find_reply_code(evidence.text);
  const auto is_vague = [](std::string_view code) { return code.empty() || code.substr(1) == ".0.0"; };
  // Sendmail makes this code of any bare 550.
  const bool is_made_up = in_text.empty() && reported == "5.1.1" && !reply.empty();
  const std::string_view code = is_vague(in_text) && !is_made_up ? reported : in_text;
  if (!is_vague(code) && code.front() != '2') {
    for (const CodeRow& row : kEnhanced) {
      if (!code.substr(2).starts_with(row.code)) continue;
      // "1.1" is not the beginning of "1.10": what follows must not be a digit.
      const std::size_t end = 2 + row.code.size();
      if (end < code.size() && base::is_digit(code[end])) continue;
      const bool can_wait = code.front() == '4' && row.permanent == Class::hard;
      return {can_wait ? Class::soft : row.permanent, row.reason, "enhanced-code"};
    }
  }
  for (const CodeRow& row : kReply)
    if (!reply.empty() && reply.starts_with(row.code)) return {row.permanent, row.reason, "reply-code"};
  if (code.starts_with('5')) return {Class::soft, "unknown", "enhanced-code"};
  return {Class::soft, "unknown", "none"};
}

}  // namespace signpost::feedback
