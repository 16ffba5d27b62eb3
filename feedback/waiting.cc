#include "feedback/waiting.h"

#include <string_view>

#include "base/text.h"
#include "feedback/rules.h"

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

}  // namespace signpost::feedback
