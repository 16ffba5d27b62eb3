// Whose mail is this? Decided from evidence, never from the last hop alone: on Postfix nothing in the
// connection tells what a program made here from what a filter, a .forward or a sieve script gave back. What is
// done with mail of each origin is decided elsewhere (policy/tenant, policy/checks).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/address.h"
#include "mail/message.h"
#include "mail/origin.h"
#include "policy/login_pattern.h"
#include "policy/tenant_index.h"

namespace signpost::policy {

/// Which mail without a login counts as the site's own: what bears no trace of another host, all of it, or none.
enum class LocalMail { made_here, all, none };
const char* local_mail_word(LocalMail local);  ///< "made-here", "all", "none"
base::Result<LocalMail> parse_local_mail(std::string_view word);

/// [[clients.reinjected]]: list software on this host posts mail that travelled. It is the site's own if the
/// list stands in From: an author who was left there could be forged.
struct ReinjectedRule {
  mail::Address list;
  std::optional<SenderPattern> sender;  ///< if given, the envelope sender must match too
};

struct OriginSettings {
  LocalMail local = LocalMail::made_here;     ///< mail of local programs (Postfix' pickup)
  LocalMail loopback = LocalMail::made_here;  ///< SMTP from this host without a login
  std::vector<std::string> web_hosts;         ///< hosts beside this one whose web mail is made here
  /// Whether a Received of this host tells the login of mail that a filter hands on. Local programs can forge one.
  bool trace_logins = false;
  std::vector<ReinjectedRule> reinjected;
};

/// By which way the message reached the MTA.
enum class Way {
  pickup,    ///< a local program's `sendmail`; Postfix only
  loopback,  ///< SMTP from an address of this host
  network,   ///< SMTP from elsewhere
};

/// What a seal on the message said (mail/identity_seal).
enum class SealEvidence {
  none,
  ours,
  foreign,
  broken,  ///< there is a field of that name, and it does not open: what begins here has none
};

/// What is known of one message. References live as long as the call.
struct Evidence {
  Way way = Way::network;
  std::string_view host;  ///< this host's name as it stands in its Received fields: the MTA's macro {j}
  std::string_view login;
  std::optional<base::Ip> address;      ///< this host's address of the connection, if the MTA said it
  bool trusted = false;                 ///< the client's address is in [clients] trusted
  bool hop = false;                     ///< the client's address is in [clients] hops
  std::optional<mail::Address> sender;  ///< absent for the null sender, and if it does not parse
  bool null_sender = false;
  std::size_t recipients = 0;
  /// It counts only from this host or from a hop.
  SealEvidence seal = SealEvidence::none;
  std::size_t seal_at = 0;  ///< of `ours`: which of `fields` it is
  /// nullptr at MAIL and RCPT: the header comes last.
  const std::vector<mail::Field>* fields = nullptr;
  const TenantIndex* tenants = nullptr;  ///< whose domains may stand in a Received of web mail
  const std::vector<base::Network>* trusted_networks =
      nullptr;  ///< [clients] trusted, for clients in a Received
};

struct OriginFinding {
  mail::Origin origin = mail::Origin::foreign;
  /// A fixed word (docs/log.md): "login", "seal", "seal-foreign", "trusted-client", "outside", "report",
  /// "no-trace", "local-trace", "login-trace", "trusted-trace", "list-rule", "setting", "delivered-to", "x-original-to",
  /// "sieve-redirect", "seal-broken", "foreign-received", "unreadable-received", "header-awaited".
  const char* reason = "outside";
  /// False if the header may still change it: then nothing is refused for good and nothing charged for good.
  bool settled = true;
  bool by_seal = false;    ///< the seal decided: of ours or of a stranger's mail
  std::string login = {};  ///< of a "login-trace", if it is to be believed; the origin is then `login`
};

/// The first that holds:
///  1. a seal on mail from this host or a hop. Of ours: `sealed`, unless mail from this host bears another host's trace
///     above the seal: then somebody sent a copy again, and it came back, or, if he had logged in, the seal is ignored. A
///     mailbox on the way means the same: who got a copy of sealed mail could have sent it there with another body, and
///     what is really ours was signed before. One that names a stranger's mail: `foreign`. Neither counts against a login
///     on this host: who logs in says himself whose mail it is, and a copy of somebody's sealed mail is easy to come by.
///  2. a login: `login`, whatever the sender is, the null sender included.
///  3. from elsewhere: a trusted client's, else a stranger's.
///  4. from this host (a trusted client or not): what LocalMail says. For `made_here`:
///     it came back if it has a Delivered-To, X-Original-To or X-Sieve-Redirected-From, a seal that does not open,
///     or Received fields that do not show that it began here; a ReinjectedRule can make it the site's own. Else it was
///     made here, and is the MTA's own report if it looks like one (see is_report).
///
/// Received fields are read from the newest to the oldest. One that this host wrote for a client that is elsewhere ends
/// the reading: what stands below was written before, perhaps by a stranger. If that client had logged in or is trusted,
/// the mail began here all the same, and a filter handed it on.
OriginFinding decide_origin(const Evidence& evidence, const OriginSettings& settings);

/// A message that looks like a report of the MTA: null sender, one recipient, From MAILER-DAEMON, Auto-Submitted, a
/// multipart/report of type delivery-status (RFC 3464), and by pickup. Any local program can imitate it: exempt it from
/// refusal, never from a limit of its own.
bool is_report(const Evidence& evidence);

/// What one Received field says of a message without a login from this host.
enum class ReceivedTrace {
  local,      ///< written on this host, of mail that began here
  handed_on,  ///< written by a filter on this host: it says nothing of where the mail began
  submitted,  ///< written by this host for an authenticated client
  trusted,    ///< written by this host for a client in [clients] trusted
  elsewhere,
  unreadable,
};
struct ReceivedFinding {
  ReceivedTrace trace = ReceivedTrace::unreadable;
  std::string login = {};  ///< of `submitted`, if the field names one
  bool from_here = false;  ///< its client is this host
};
ReceivedFinding judge_received(std::string_view value, const Evidence& evidence,
                               const OriginSettings& settings);

}  // namespace signpost::policy
