// A message that came back, as data: what kind it is, and one row for each recipient that it names. Reads what mail servers
// and providers write, standard or not; what it means for a recipient is decided by feedback/classify. Believes
// nothing: who wrote the message, and whether it is true, is for the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message.h"

namespace signpost::feedback {

enum class Kind : std::uint8_t {
  none,             ///< ordinary mail
  delivery_status,  ///< RFC 3464, with or without the RFC 6522 envelope
  bounce,           ///< says that delivery failed or is late, in words only
  complaint,        ///< RFC 5965, or a provider's older form
  auto_reply,       ///< RFC 3834: out of office and the like
};
/// "none", "delivery-status", "bounce", "complaint", "auto-reply".
std::string_view kind_word(Kind kind);

/// RFC 3464 §2.3.3; `unknown` if there is no such field, or no such word.
enum class Action : std::uint8_t { unknown, failed, delayed, delivered, relayed, expanded };

struct Row {
  /// As the report gives it, without brackets and type; empty if it names none or hides it ("redacted@").
  std::string address = {};
  /// The report names it as its recipient. Otherwise it was taken from the returned header, or from the only address in the
  /// words: enough to show it, never to list it.
  bool is_named = false;
  /// Final-Recipient is another address: the mail went on from there, by an alias or a list.
  bool went_on = false;
  Action action = Action::unknown;
  std::string status = {};      ///< "5.1.1", from the report's own field; empty if absent
  std::string diagnostic = {};  ///< the remote server's words, unfolded, without their type; at most 2 KiB
  std::string remote_mta = {};  ///< without its type
  std::string words = {};       ///< what the readable part says about this recipient; at most 4 KiB
};

struct Report {
  Kind kind = Kind::none;
  std::vector<Row> rows;  ///< in the report's order; at most kMaxRows
  std::size_t rows_left_out = 0;
  std::string reporting_mta;  ///< without its type
  std::string feedback_type;  ///< of a complaint: "abuse", "opt-out", "not-spam", "auth-failure"; lower case
  std::string words = {};     ///< the readable part before the returned message; at most 16 KiB
  std::vector<mail::Field> returned;  ///< header fields of the returned message, as far as they came back
};

inline constexpr std::size_t kMaxRows = 1000;
inline constexpr std::size_t kMaxReportBytes = std::size_t{4} * 1024 * 1024;

/// Reads a message with any line ends (CRLF, LF, CR), whole or cut off. Never fails: what it cannot read is not there.
/// Linear in the input. Limitation: only the first 4 MiB are looked at, and of recipients beyond kMaxRows only the
/// number is kept. A few lines that are no message, such as a reply copied from a log, are one row with these
/// words.
Report parse_report(std::string_view raw);

}  // namespace signpost::feedback
