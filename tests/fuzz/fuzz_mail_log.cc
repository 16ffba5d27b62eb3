// Lines of a mail log: bounds hold, nothing is said of nobody, and no field holds what was not in the line.
#include <cstdint>
#include <string>
#include <string_view>

#include "feedback/log_line.h"
#include "feedback/mail_log.h"

using namespace signpost::feedback;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

void check(std::string_view line) {
  const auto deliveries = parse_mail_log(line);
  require(deliveries.size() <= kMaxLogRecipients);
  require(deliveries.empty() || parse_log_line(line));
  for (const Delivery& one : deliveries) {
    require(!one.recipient.empty() && one.said.size() <= kMaxSaid);
    require(line.find(one.queue_id) != std::string_view::npos && !one.queue_id.empty());
    // Sendmail's escapes are undone.
    if (line.find('\\') == std::string_view::npos)
      require(line.find(one.recipient) != std::string_view::npos &&
              line.find(one.said) != std::string_view::npos);
    require(one.went_on_as.empty() || one.fate == Fate::delivered);
    require(one.recipient[0] == '"' || one.recipient.find_first_of(" ,<>()\"") == std::string::npos);
  }
  const auto expired = parse_expiry(line);
  require(!expired || (deliveries.empty() && line.find(*expired) != std::string_view::npos));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(text);
  for (const char* head :
       {"Nov 28 21:44:58 mx postfix/smtp[1]: ABCDE: to=", "Nov 28 21:44:58 mx sm-mta[1]: ABCDE: to="})
    check(head + std::string(text));
  const signpost::base::Wall now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 28);
  for (const std::chrono::seconds offset : {std::chrono::seconds(0), std::chrono::seconds(14 * 3600)}) {
    const auto time = parse_log_time(text, now, offset);
    require(!time || text.front() != 'N' || *time <= now + std::chrono::days(1));
  }
  return 0;
}
