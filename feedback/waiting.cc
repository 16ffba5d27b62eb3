#include "feedback/waiting.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace signpost::feedback {
namespace {

/// A text of a rule as a POSIX extended expression.
std::string to_expression(std::string_view text) {
  std::string expression;
  for (const char c : text) {
    if (c == '*') {
      expression += ".*";
    } else if (base::is_alnum(c) || c == ' ' || c == '-' || c == '\'' || c == ',') {
      expression += c;
    } else if (c == '/') {
      expression += "\\/";
    } else {
      expression.append("[").append(1, c).append("]");
    }
  }
  return expression;
}

/// "5.7.1 " and the like; not 5.1.x and 5.2.x, which name an address (RFC 3463 §3.2, §3.3).
bool names_no_address(std::string_view result) {
  if (result.size() < 4 || result[0] != '5' || result[1] != '.' || result[3] != '.') return false;
  if (result[2] != '0' && (result[2] < '3' || result[2] > '7')) return false;
  const std::string_view detail = result.substr(4, result.substr(4).find(' '));
  return !detail.empty() && detail.size() < result.size() - 4 &&
         std::all_of(detail.begin(), detail.end(), base::is_digit);
}

}  // namespace

std::string format_delivery_filter() {
  std::string table =
      "# For smtp_delivery_status_filter of Postfix: refusals of the sender that providers write as final "
      "and that pass.\n"
      "# Such mail waits in the queue (4.x.x) instead of bouncing; what names an address (5.1.x, 5.2.x) does "
      "not.\n"
      "# Made from feedback/rules_table.cc; see docs/feedback.md.\n";
  for (const Rule& rule : text_rules()) {
    if (!rule.waits) continue;
    std::string texts;
    for (const std::string_view text : base::split(rule.texts, '|'))
      texts += (texts.empty() ? "" : "|") + to_expression(text);
    table += "# " + std::string(rule.name) + ": " + std::string(rule.example) + "\n";
    table += "/^5([.][03-7][.][0-9]+ .*(said|to talk to me): .*(" + texts + ").*)$/  4$1\n";
  }
  return table;
}

std::string_view find_said(std::string_view result) {
  static constexpr std::array<std::string_view, 2> kMarks = {"said: ", "to talk to me: "};
  std::size_t begin = std::string_view::npos;
  for (const std::string_view mark : kMarks) {
    const std::size_t at = base::find_ignore_case(result, mark);
    if (at != std::string_view::npos) begin = std::min(begin, at + mark.size());
  }
  return begin == std::string_view::npos ? std::string_view() : result.substr(begin);
}

const Rule* find_waiting_rule(std::string_view result) {
  if (!names_no_address(result)) return nullptr;
  const std::string_view said = find_said(result);
  if (said.empty()) return nullptr;
  const Classification judged = judge_text({said, result.substr(0, result.find(' ')), Provider::any});
  const auto rules = text_rules();
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == judged.rule; });
  return found != rules.end() && found->waits ? &*found : nullptr;
}

}  // namespace signpost::feedback
