// The envelope of one transaction: who sends, from where, to whom, and what was resolved of it. Plain data;
// the session fills it, checks read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "mail/address.h"
#include "mail/identity.h"
#include "mail/origin.h"

namespace signpost::mail {

/// The role of a daemon port, from the MTA's {daemon_name}.
enum class Role { all, submit, egress, inbound, unknown };

/// The MTA's make: it decides what happens to a message after its milters.
enum class Mta { unknown, postfix, sendmail };

/// The client of mail that Postfix takes from this machine's own programs (pickup), as it tells a milter.
inline constexpr base::Ip kLocalClient{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}};

/// Whose mail this is (decided at MAIL).
enum class MailClass { outbound, other };

/// Made by mail/readings.
struct Recipient {
  std::string given;  ///< as the MTA gave it, with or without brackets: what smfi_delrcpt needs
  std::optional<Address>
      address;  ///< where it is delivered, as far as that is known; absent if nothing can be read
  std::vector<Address> also =
      {};  ///< what else the MTA may make of it: judged too, and the strictest judgement counts
  bool too_many_readings = false;  ///< more than anybody means
  bool dropped = false;            ///< accepted, but to be deleted at end of message
  bool charged_before = false;     ///< its limits were charged when the message passed here before
  bool no_tracking = false;        ///< opted out of tracked links, or the list could not be read
};

struct Envelope {
  std::string id;        ///< ULID, from MAIL on, on every log line
  std::string conn;      ///< short id of the connection, on every log line
  std::string queue_id;  ///< empty until the MTA has assigned it

  std::optional<base::Ip> client;  ///< absent for a local (unix) peer
  std::string client_name;
  std::string helo;
  std::string host;  ///< the MTA's own name, as in its Received fields ({j}); empty if it did not say
  Mta mta = Mta::unknown;
  std::string daemon_name;
  std::string daemon_port;                 ///< empty if the MTA did not say
  std::uint16_t client_port = 0;           ///< of `client`; 0: not known
  std::optional<base::Ip> daemon_address;  ///< the MTA's own address of the connection, if it said
  std::string login;                       ///< {auth_authen}, empty if not authenticated

  std::string sender_given;       ///< argument of MAIL as given; empty or "<>" is the null sender
  std::optional<Address> sender;  ///< absent for the null sender, and if it does not parse
  std::optional<std::uint32_t> return_path_of;  ///< the id of the tenant for whose mail we made that sender
  std::uint64_t declared_size = 0;              ///< SIZE=, 0 if absent; a hint only
  std::string envelope_id;                      ///< the client's own ENVID=, as given; empty if there is none

  Role role = Role::all;
  Origin origin = Origin::foreign;
  MailClass mail_class = MailClass::other;
  bool origin_settled = true;         ///< false until the header was seen, where it may change the origin
  bool local_submission = false;      ///< Postfix pickup: a refusal at MAIL or RCPT reaches no one
  const char* origin_by = "outside";  ///< the fixed word that policy/origin gave with the origin
  /// What our own seal said, if it is believed: of our mail (`origin` is then `sealed`), or of a stranger's.
  std::optional<Identity> sealed;

  std::string tenant;  ///< name; "default" if nothing matched; empty if not outbound
  std::string stream;  ///< as far as known: the rules' until the header is seen

  std::vector<Recipient> recipients;  ///< accepted ones only

  bool null_sender() const { return sender_given.empty() || sender_given == "<>"; }
  /// The MTA's port in words: "signpost-submit:587"; the number is there only if the MTA said it.
  std::string port() const { return daemon_port.empty() ? daemon_name : daemon_name + ":" + daemon_port; }
  /// The origin where the mail was first judged.
  Origin first_origin() const { return origin == Origin::sealed && sealed ? sealed->origin : origin; }
  /// A report of the MTA itself: it is never refused and charges no limit. A null sender alone is not enough.
  bool is_report() const { return first_origin() == Origin::own_dsn; }
};

}  // namespace signpost::mail
