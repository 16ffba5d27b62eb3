// A line of Sendmail 8.17:
//
//   QID: to=<a@b>,<c@d>, [more], ctladdr=x (0/0), delay=T, mailer=M, relay=H [IP], dsn=5.1.1, reply=TEXT, stat=TEXT
//
// The sender has a hand in all that comes before delay=, the server in all behind reply= or stat=.
#include "feedback/sendmail_log.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "feedback/log_fields.h"

namespace signpost::feedback {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// Sendmail doubles backslashes and writes bytes above 127 as "\303". Its other escapes stand for control characters, and
/// stay.
std::string unescape(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view code = text.substr(i + 1, 3);
    const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
    if (text[i] == '\\' && code.starts_with('\\')) {
      ++i;
      plain += '\\';
    } else if (text[i] == '\\' && code.size() == 3 && (code[0] == '2' || code[0] == '3') &&
               is_octal(code[1]) && is_octal(code[2])) {
      plain += static_cast<char>((code[0] - '0') * 64 + (code[1] - '0') * 8 + (code[2] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::optional<Fate> fate_of_class(char digit) {
  if (digit == '2') return Fate::delivered;
  if (digit == '4') return Fate::deferred;
  if (digit == '5') return Fate::bounced;
  return std::nullopt;
}

/// An alias to a program, a file or a list: nobody's address.
bool is_no_address(std::string_view entry) {
  take(entry, "\"");
  return entry.starts_with('|') || entry.starts_with('/') || entry.starts_with(':');
}

/// One entry of a list: "<a@b>", "Ann <a@b>", "a@b (Ann)", "root"; empty for what is no address. nullopt if it cannot be
/// read: then the rest of the list cannot either.
std::optional<std::string_view> take_entry(std::string_view& text) {
  std::string_view bracketed;
  std::size_t at = 0;
  while (at < text.size() && text[at] != ',') {
    if (text[at] == '"') {
      at = skip_quoted(text, at);
    } else if (text[at] == '(') {
      at = skip_comment(text, at);
    } else if (text[at] == '<') {
      std::string_view rest = text.substr(at);
      if (!bracketed.empty()) return std::nullopt;
      bracketed = take_bracketed(rest);
      at = bracketed.empty() ? kNone : text.size() - rest.size();
    } else {
      ++at;
    }
    if (at == kNone) return std::nullopt;
  }
  const std::string_view entry = text.substr(0, at);
  text.remove_prefix(at);
  if (!bracketed.empty()) return bracketed;
  if (is_no_address(entry)) return std::string_view();
  const std::size_t length = address_length(entry);
  if (length == 0 || (length < entry.size() && !entry.substr(length).starts_with(" ("))) return std::nullopt;
  return entry.substr(0, length);
}

/// All of "<a@b>,<c@d>", with or without what may follow it. Empty if any part cannot be read: where Sendmail cuts a long
/// list it does so at a comma, also at one in quotes, and the next line begins with what the sender put there.
std::vector<std::string_view> read_recipients(std::string_view text) {
  std::vector<std::string_view> recipients;
  for (;;) {
    const auto entry = take_entry(text);
    if (!entry) return {};
    if (!entry->empty() && recipients.size() < kMaxLogRecipients) recipients.push_back(*entry);
    if (text.empty()) return recipients;
    text.remove_prefix(1);
    if (text.starts_with(' ')) break;
  }
  const bool is_cut = take(text, " [more]");
  if (is_cut ? text.empty() || text.starts_with(", ctladdr=") : text.starts_with(" ctladdr="))
    return recipients;
  return {};
}

/// Where dsn= is missing. The permanent ones are those of sysexits.h in Sendmail's words.
std::optional<Fate> fate_of_words(std::string_view stat) {
  constexpr std::array<std::string_view, 4> kFinal = {"User unknown", "Host unknown", "Service unavailable",
                                                      "Data format error"};
  const auto begins = [&](std::string_view words) { return stat.starts_with(words); };
  if (std::any_of(kFinal.begin(), kFinal.end(), begins)) return Fate::bounced;
  return std::nullopt;
}

/// nullopt: nothing became of the recipient yet.
std::optional<Fate> find_fate(std::string_view status, std::string_view reply, std::string_view stat) {
  std::optional<Fate> fate;
  if (!reply.empty()) {
    // Sendmail goes by the reply's code and believes any status in it. The words may have ", stat=" in them: what is
    // behind that is not always Sendmail's.
    fate = fate_of_class(reply[0]);
  } else if (stat.starts_with("Sent")) {
    fate = Fate::delivered;
  } else if (stat.starts_with("Deferred")) {
    fate = Fate::deferred;
  } else if (stat.starts_with("queued")) {
    return std::nullopt;
  }
  if (!fate && !status.empty()) fate = fate_of_class(status[0]);
  return fate ? fate : fate_of_words(stat);
}

/// The fields behind the recipients.
std::optional<Delivery> read_result(std::string_view text) {
  Delivery delivery;
  std::string_view reply;
  while (take(text, ", ")) {
    const std::string_view key = take_key(text);
    if (key.empty()) return std::nullopt;
    if (key == "stat") {
      const auto fate = find_fate(delivery.status, reply, text);
      if (!fate) return std::nullopt;
      delivery.fate = *fate;
      delivery.said = (reply.empty() ? text : reply).substr(0, kMaxSaid);
      return delivery;
    }
    if (key == "reply") {
      reply = text.substr(0, text.find(", stat="));
      text.remove_prefix(reply.size());
      continue;
    }
    const std::string_view value = take_value(text);
    if (key == "relay") delivery.relay = value;
    if (key == "dsn") delivery.status = status_code(value);
  }
  return std::nullopt;
}

}  // namespace

bool is_sendmail(std::string_view tag) {
  return tag == "sendmail" || tag == "sm-mta" || tag == "sm-msp-queue";
}

std::vector<Delivery> read_sendmail(std::string_view raw) {
  std::string_view text = raw;
  const std::string_view id = take_queue_id(text);
  if (id.empty() || !take(text, "to=")) return {};
  const std::string plain = unescape(text);
  text = plain;
  // What comes before the last delay= was chosen by the sender: ctladdr= is shortened in the middle, so that quotes in it
  // prove nothing.
  const std::size_t fields = text.rfind(", delay=");
  if (fields == kNone) return {};
  auto result = read_result(text.substr(fields));
  if (!result) return {};
  result->queue_id = id;
  std::vector<Delivery> deliveries;
  for (const std::string_view recipient : read_recipients(text.substr(0, fields))) {
    deliveries.push_back(*result);
    deliveries.back().recipient = recipient;
  }
  return deliveries;
}

bool is_sendmail_expiry(std::string_view text) {
  // A second queue id: that of the report.
  return !take_queue_id(text).empty() && (take(text, "DSN: ") || take(text, "return to sender: ")) &&
         text.starts_with("Cannot send message for ");
}

}  // namespace signpost::feedback
