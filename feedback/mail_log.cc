// A line of Postfix 3.7 (3.11 has tls= too):
//
//   QID: to=<a@b>, orig_to=<c@d>, relay=H[IP]:25, delay=1, delays=0/0/0/1, tls=dane, dsn=2.0.0, status=sent (TEXT)
//
// Fields are read from the left, and what stands before the result must be exactly what Postfix writes: a recipient chosen
// to look like fields makes the line unreadable, not another line. What the server said comes last and can only lie about
// the server's own answer.
#include "feedback/mail_log.h"

#include <algorithm>
#include <array>
#include <utility>

#include "feedback/log_fields.h"
#include "feedback/log_line.h"
#include "feedback/sendmail_log.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// The last part of "postfix/smtp", "postfix-out/smtp", "postfix/slow/smtp"; empty without a name before it.
std::string_view postfix_program(std::string_view tag) {
  const std::size_t slash = tag.rfind('/');
  return slash == kNone || slash == 0 ? std::string_view() : tag.substr(slash + 1);
}

bool delivers(std::string_view program) {
  constexpr std::array<std::string_view, 8> kPrograms = {"smtp", "lmtp",  "local", "virtual",
                                                         "pipe", "error", "retry", "discard"};
  return std::find(kPrograms.begin(), kPrograms.end(), program) != kPrograms.end();
}

/// status=deliverable and undeliverable are answers to probes, not deliveries.
std::optional<Fate> fate_of_status(std::string_view word) {
  if (word == "sent") return Fate::delivered;
  if (word == "deferred") return Fate::deferred;
  if (word == "bounced" || word == "expired") return Fate::bounced;
  return std::nullopt;
}

/// The words behind "status=sent"; nullopt if what stands there is not what Postfix writes.
std::optional<std::string_view> read_words(std::string_view text) {
  if (text.empty()) return text;  // cut off
  if (!take(text, " (")) return std::nullopt;
  // The rest of a line whose beginning was a recipient (in internal form: without quotes) that looks like one.
  if (text.find(">, relay=") != kNone) return std::nullopt;
  if (text.ends_with(')')) text.remove_suffix(1);
  return text;
}

std::optional<Delivery> read_postfix(std::string_view program, std::string_view text) {
  Delivery delivery;
  delivery.queue_id = take_queue_id(text);
  if (delivery.queue_id.empty() || !take(text, "to=")) return std::nullopt;
  delivery.recipient = take_bracketed(text);
  if (delivery.recipient.empty()) return std::nullopt;
  while (take(text, ", ")) {
    const std::string_view key = take_key(text);
    if (key.empty()) return std::nullopt;
    if (key == "orig_to") {
      delivery.original = take_bracketed(text);
      if (delivery.original.empty()) return std::nullopt;
    } else if (key == "status") {
      const std::string_view word = text.substr(0, text.find(' '));
      const auto fate = fate_of_status(word);
      const auto words = read_words(text.substr(word.size()));
      if (!fate || !words) return std::nullopt;
      delivery.fate = *fate;
      delivery.said = words->substr(0, kMaxSaid);
      // A queue id that was cut off is another one.
      std::string_view next = text.ends_with(')') ? *words : std::string_view();
      if (program == "local" && *fate == Fate::delivered && take(next, "forwarded as ") && is_queue_id(next))
        delivery.went_on_as = next;
      return delivery;
    } else {
      const std::string_view value = take_value(text);
      if (key == "relay" && value != "none") delivery.relay = value;
      if (key == "dsn") delivery.status = status_code(value);
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view fate_word(Fate fate) {
  switch (fate) {
    case Fate::delivered:
      return "delivered";
    case Fate::deferred:
      return "deferred";
    case Fate::bounced:
      return "bounced";
  }
  return "";
}

std::vector<Delivery> parse_mail_log(std::string_view line) {
  const auto log = parse_log_line(line);
  if (!log) return {};
  if (is_sendmail(log->tag)) return read_sendmail(log->text);
  const std::string_view program = postfix_program(log->tag);
  if (!delivers(program)) return {};
  std::vector<Delivery> deliveries;
  if (auto delivery = read_postfix(program, log->text)) deliveries.push_back(std::move(*delivery));
  return deliveries;
}

std::optional<std::string> parse_expiry(std::string_view line) {
  const auto log = parse_log_line(line);
  if (!log) return std::nullopt;
  std::string_view text = log->text;
  const std::string_view id = take_queue_id(text);
  if (id.empty()) return std::nullopt;
  bool is_expiry = false;
  if (is_sendmail(log->tag)) {
    is_expiry = is_sendmail_expiry(text);
  } else if (postfix_program(log->tag) == "qmgr" && take(text, "from=")) {
    is_expiry = (take(text, "<>") || !take_bracketed(text).empty()) &&
                (text == ", status=expired, returned to sender" ||
                 text == ", status=force-expired, returned to sender");
  }
  return is_expiry ? std::optional<std::string>(id) : std::nullopt;
}

}  // namespace signpost::feedback
