// One line of the MTA's log: what became of a recipient. Reads what Postfix and Sendmail write about each attempt to
// deliver; which message it was, and what the words mean (feedback/rules), is for others.
//
// A line proves nothing. A local user can write one with any tag, and parts of a genuine one were chosen by whoever sent
// the message or by the server that answered. What can be told from the form is refused here; beyond that, believe
// a line only of a queue id that is known, and of a recipient that this message has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::feedback {

/// What became of a recipient, as far as this attempt goes.
enum class Fate : std::uint8_t {
  delivered,  ///< another server or a mailbox took it
  deferred,   ///< the MTA tries again
  bounced,    ///< the MTA gave up
};
/// "delivered", "deferred", "bounced".
std::string_view fate_word(Fate fate);

/// What one line says about one recipient.
struct Delivery {
  Fate fate = Fate::deferred;
  std::string queue_id = {};
  std::string recipient = {};  ///< without brackets and comments; a quoted local part keeps its quotes
  std::string original = {};   ///< Postfix's orig_to=: the address before aliases; empty if it is the same
  /// As logged: "mx.example.net[192.0.2.1]:25" or "local" (Postfix), "mx.example.net. [192.0.2.1]" (Sendmail). Empty if
  /// there was none: a delivery without one was thrown away (Postfix's discard), or went to a mailbox (Sendmail).
  std::string relay = {};
  /// "5.1.1"; empty if not logged. Where Postfix has a delivery status filter it may contradict the words.
  std::string status = {};
  /// The server's words, or the MTA's own if no server spoke; at most kMaxSaid bytes, as logged. Of a refusal, a
  /// Sendmail that does not log reply= has words of its own only: "User unknown" then stands for any bare 550.
  std::string said = {};
  std::string went_on_as = {};  ///< the queue id under which Postfix's local alias or .forward sent it on
  bool operator==(const Delivery&) const = default;
};

inline constexpr std::size_t kMaxSaid = 1000;
inline constexpr std::size_t kMaxLogRecipients = 1000;

/// What the line says: Postfix writes one for each recipient, Sendmail one for all that had the same result. Empty if the
/// line does not tell a recipient's fate, answers an address verification probe, is another program's, or could be read
/// in two ways. Linear; only the first 16 KiB and kMaxLogRecipients recipients are looked at.
/// Limitation: a Postfix with `info_log_address_format = internal` (and any before 3.5) does not quote local parts in its
/// log. Recipients that need quotes are then left out, and one long enough that syslog cuts off the end of its line may
/// pass for another. Of Sendmail, only the tags sendmail, sm-mta and sm-msp-queue are known.
std::vector<Delivery> parse_mail_log(std::string_view line);

/// The queue id of a message that the MTA gave up because it was too old: all recipients that it had deferred have
/// bounced, and no other line says so. nullopt for any other line.
std::optional<std::string> parse_expiry(std::string_view line);

}  // namespace signpost::feedback
