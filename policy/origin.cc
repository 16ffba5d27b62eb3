#include "policy/origin.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "mail/field/author.h"
#include "mail/field/content_value.h"
#include "mail/field/received.h"

namespace signpost::policy {
namespace {

using mail::Origin;
using mail::Received;

constexpr std::string_view kPickup = ", from userid ";  // behind Postfix' mail_name
constexpr std::string_view kAtLocalhost = "@localhost";

bool is_loopback(const base::Ip& ip) {
  static const base::Network kV4 = *base::parse_network("127.0.0.0/8");
  static const base::Network kV6 = *base::parse_network("::1");
  return kV4.contains(ip) || kV6.contains(ip);
}

/// "USER@localhost", as sendmail's submission program calls a local user. The daemon writes brackets for
/// every client.
bool is_local_user(std::string_view text) {
  if (!text.ends_with(kAtLocalhost)) return false;
  const std::string_view user = text.substr(0, text.size() - kAtLocalhost.size());
  return !user.empty() && user.find_first_of(" \t\r\n[]()<>@") == std::string_view::npos;
}

/// sendmail calls itself by its version.
bool is_by_sendmail(const Received& received) {
  return !received.software.empty() && base::is_digit(received.software.front());
}

/// `(from USER@localhost) by J (8.17…)` and, with -bs, `from X (USER@localhost) by J (8.17…)`.
bool is_by_submission_program(const Received& received) {
  if (!is_by_sendmail(received)) return false;
  if (!received.from.empty()) return is_local_user(received.client);
  return received.client.starts_with("from ") && is_local_user(base::trim(received.client).substr(5));
}

/// `by J (Postfix, from userid N)`, whatever the site calls its Postfix.
bool is_by_pickup(const Received& received) {
  if (!received.from.empty() || !received.client.empty()) return false;
  const std::size_t words = received.software.rfind(kPickup);
  if (words == std::string::npos || words == 0) return false;
  return base::parse_number(std::string_view(received.software).substr(words + kPickup.size())).has_value();
}

/// The protocols of RFC 3848 and RFC 6531 that say that the client was authenticated.
bool is_authenticated(std::string_view protocol) {
  constexpr std::array<std::string_view, 4> kProtocols = {"ESMTPA", "ESMTPSA", "UTF8SMTPA", "UTF8SMTPSA"};
  return std::any_of(kProtocols.begin(), kProtocols.end(),
                     [&](std::string_view known) { return base::equals_ignore_case(protocol, known); });
}

bool is_http(std::string_view protocol) {
  return base::equals_ignore_case(protocol.substr(0, protocol.find('/')), "HTTP") ||
         base::equals_ignore_case(protocol.substr(0, protocol.find('/')), "HTTPS");
}

/// The host of `by`: without the dot that ends a full name, and where webmail writes it, without a port.
std::string_view host_of(const Received& received) {
  std::string_view host = received.by;
  const std::size_t colon = is_http(received.protocol) ? host.rfind(':') : std::string_view::npos;
  if (colon != std::string_view::npos && base::parse_number(host.substr(colon + 1)))
    host = host.substr(0, colon);
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

bool is_web_host(std::string_view name, const Evidence& evidence, const OriginSettings& settings) {
  if (base::equals_ignore_case(name, evidence.host)) return true;
  const bool listed =
      std::any_of(settings.web_hosts.begin(), settings.web_hosts.end(),
                  [&](const std::string& host) { return base::equals_ignore_case(host, name); });
  return listed ||
         (evidence.tenants != nullptr && evidence.tenants->of_domain(base::lower(name)).has_value());
}

/// Filters call the host so that they do not know.
bool is_localhost(std::string_view name) {
  return base::equals_ignore_case(name, "localhost") ||
         base::equals_ignore_case(name, "localhost.localdomain") || name == "127.0.0.1";
}

constexpr std::array<std::pair<std::string_view, const char*>, 3> kDeliveryMarks = {
    {{"Delivered-To", "delivered-to"},
     {"X-Original-To", "x-original-to"},
     {"X-Sieve-Redirected-From", "sieve-redirect"}}};

/// What one of the first `count` fields says of the message lying in a mailbox, or nullptr.
const char* delivery_mark(const std::vector<mail::Field>& fields, std::size_t count) {
  for (const auto& [name, word] : kDeliveryMarks) {
    for (std::size_t i = 0; i < count && i < fields.size(); ++i) {
      if (mail::has_name(fields[i], name)) return word;
    }
  }
  return nullptr;
}
const char* delivery_mark(const std::vector<mail::Field>& fields) {
  return delivery_mark(fields, fields.size());
}

struct Traces {
  const char* came_back = nullptr;  ///< why; nullptr if it did not
  const char* made_here = "no-trace";
  std::size_t received = 0;  ///< fields of that name that were read
  std::string login;         ///< of the client that submitted it, if its field names one
};

/// From the newest to the oldest, which is their order in the header.
Traces read_received(const Evidence& evidence, const OriginSettings& settings) {
  Traces traces;
  bool began_here = true;  // what a filter writes must stand above a trace of this host
  for (const mail::Field& field : *evidence.fields) {
    if (!mail::has_name(field, "Received")) continue;
    ++traces.received;
    ReceivedFinding found = judge_received(field.value, evidence, settings);
    switch (found.trace) {
      case ReceivedTrace::local:
        traces.made_here = "local-trace";
        began_here = true;
        break;
      case ReceivedTrace::handed_on:
        began_here = false;
        break;
      case ReceivedTrace::submitted:
        traces.made_here = "login-trace";
        traces.login = std::move(found.login);
        return traces;
      case ReceivedTrace::trusted:
        traces.made_here = "trusted-trace";
        return traces;
      case ReceivedTrace::elsewhere:
        traces.came_back = "foreign-received";
        return traces;
      case ReceivedTrace::unreadable:
        traces.came_back = "unreadable-received";
        return traces;
    }
  }
  if (!began_here) traces.came_back = "foreign-received";
  return traces;
}

Traces read_traces(const Evidence& evidence, const OriginSettings& settings) {
  Traces traces;
  traces.came_back = delivery_mark(*evidence.fields);
  if (traces.came_back != nullptr) return traces;
  if (evidence.seal != SealEvidence::broken) return read_received(evidence, settings);
  traces.came_back = "seal-broken";
  return traces;
}

/// What stands above our seal says of it.
struct AboveSeal {
  const char* sent_again = nullptr;  ///< why it came back; nullptr if it did not
  bool submitted = false;            ///< somebody with a login, or a trusted client, sent it here since
};

/// Our field is put above what was there, so that a filter's fields stand above it; its own Received names this host as
/// its client, whatever it calls itself.
AboveSeal read_above_seal(const Evidence& evidence, const OriginSettings& settings) {
  if (evidence.fields == nullptr) return {};
  if (const char* mark = delivery_mark(*evidence.fields, evidence.seal_at)) return {mark, false};
  for (std::size_t i = 0; i < evidence.seal_at && i < evidence.fields->size(); ++i) {
    const mail::Field& field = (*evidence.fields)[i];
    if (!mail::has_name(field, "Received")) continue;
    const ReceivedFinding found = judge_received(field.value, evidence, settings);
    switch (found.trace) {
      case ReceivedTrace::unreadable:
        return {"unreadable-received", false};
      case ReceivedTrace::submitted:
      case ReceivedTrace::trusted:
        return {nullptr, true};
      case ReceivedTrace::elsewhere:
        if (!found.from_here) return {"foreign-received", false};
        break;
      case ReceivedTrace::local:
      case ReceivedTrace::handed_on:
        break;
    }
  }
  return {};
}

bool is_by_rule(const Evidence& evidence, const OriginSettings& settings) {
  const auto author = mail::find_author(*evidence.fields);
  if (!author) return false;
  return std::any_of(settings.reinjected.begin(), settings.reinjected.end(), [&](const ReinjectedRule& rule) {
    if (mail::canonical_key(*author) != mail::canonical_key(rule.list)) return false;
    return !rule.sender || (evidence.sender && matches(*rule.sender, *evidence.sender));
  });
}

OriginFinding decide_here(const Evidence& evidence, const OriginSettings& settings) {
  const LocalMail local = evidence.way == Way::pickup ? settings.local : settings.loopback;
  if (evidence.fields == nullptr)
    return {local == LocalMail::none ? Origin::reinjected : Origin::made_here, "header-awaited", false};
  Traces traces = read_traces(evidence, settings);
  if (traces.came_back == nullptr && traces.received == 0 && is_report(evidence))
    return {Origin::own_dsn, "report"};
  switch (local) {
    case LocalMail::all:
      return {Origin::made_here, "setting"};
    case LocalMail::none:
      return {Origin::reinjected, "setting"};
    case LocalMail::made_here:
      break;
  }
  if (traces.came_back == nullptr) {
    const bool has_login = settings.trace_logins && !traces.login.empty();
    return {has_login ? Origin::login : Origin::made_here, traces.made_here, true, false,
            has_login ? std::move(traces.login) : std::string()};
  }
  // List software takes the mark of its own mailbox off; on mail that a mailbox sent on it stands.
  const bool lay_in_mailbox = delivery_mark(*evidence.fields) != nullptr;
  if (!lay_in_mailbox && is_by_rule(evidence, settings)) return {Origin::made_here, "list-rule"};
  return {Origin::reinjected, traces.came_back};
}

}  // namespace

const char* local_mail_word(LocalMail local) {
  switch (local) {
    case LocalMail::made_here:
      return "made-here";
    case LocalMail::all:
      return "all";
    case LocalMail::none:
      return "none";
  }
  return "none";
}

base::Result<LocalMail> parse_local_mail(std::string_view word) {
  for (const LocalMail local : {LocalMail::made_here, LocalMail::all, LocalMail::none}) {
    if (word == local_mail_word(local)) return local;
  }
  return base::invalid("expected one of made-here, all, none");
}

OriginFinding decide_origin(const Evidence& evidence, const OriginSettings& settings) {
  const bool here = evidence.way != Way::network;
  if (evidence.hop || (here && evidence.login.empty())) {
    if (evidence.seal == SealEvidence::ours) {
      const AboveSeal above = evidence.hop ? AboveSeal{} : read_above_seal(evidence, settings);
      if (above.sent_again != nullptr) return {Origin::reinjected, above.sent_again};
      if (!above.submitted) return {Origin::sealed, "seal", true, true};
    }
    if (evidence.seal == SealEvidence::foreign) return {Origin::foreign, "seal-foreign", true, true};
  }
  const bool settled = evidence.fields != nullptr || !(here || evidence.hop);
  if (!evidence.login.empty()) return {Origin::login, "login", settled};
  if (here) return decide_here(evidence, settings);
  if (evidence.trusted) return {Origin::trusted, "trusted-client", settled};
  return {Origin::foreign, "outside", settled};
}

bool is_report(const Evidence& evidence) {
  if (evidence.way != Way::pickup || !evidence.null_sender || evidence.recipients != 1) return false;
  const std::vector<mail::Field>& fields = *evidence.fields;
  const mail::Field* automatic = mail::find_field(fields, "Auto-Submitted");
  const mail::Field* type = mail::find_field(fields, "Content-Type");
  if (automatic == nullptr || type == nullptr) return false;
  const auto author = mail::find_author(fields);
  if (!author || !base::equals_ignore_case(author->local, "MAILER-DAEMON")) return false;
  if (base::starts_with_ignore_case(mail::unfold(automatic->value), "no")) return false;
  const mail::ContentValue content = mail::parse_content_value(type->value);
  const std::string* report = content.parameter("report-type");
  return content.value == "multipart/report" && report != nullptr &&
         base::equals_ignore_case(*report, "delivery-status");
}

ReceivedFinding judge_received(std::string_view value, const Evidence& evidence,
                               const OriginSettings& settings) {
  const auto received = mail::parse_received(value);
  if (!received) return {ReceivedTrace::unreadable};
  const std::string_view host = host_of(*received);
  if (is_http(received->protocol)) {
    return {is_web_host(host, evidence, settings) ? ReceivedTrace::local : ReceivedTrace::elsewhere};
  }
  const auto client = mail::client_address(*received);
  const bool from_here = client && (is_loopback(*client) || client == evidence.address);
  if (evidence.host.empty() || !base::equals_ignore_case(host, evidence.host)) {
    const bool is_filter = from_here && is_localhost(host);
    return {is_filter ? ReceivedTrace::handed_on : ReceivedTrace::elsewhere, {}, from_here};
  }
  if (is_by_pickup(*received)) return {ReceivedTrace::local};
  // The submission program speaks SMTP to sendmail's daemon: from anywhere else its line is forged.
  if (evidence.way == Way::loopback && is_by_submission_program(*received)) return {ReceivedTrace::local};
  if (!client) return {ReceivedTrace::elsewhere};
  if (is_authenticated(received->protocol))
    return {ReceivedTrace::submitted, received->authenticated, from_here};
  if (from_here) {
    // sendmail's daemon writes the same of its submission program, whose own line tells more.
    return {is_by_sendmail(*received) ? ReceivedTrace::handed_on : ReceivedTrace::local, {}, true};
  }
  const bool is_trusted =
      evidence.trusted_networks != nullptr &&
      std::any_of(evidence.trusted_networks->begin(), evidence.trusted_networks->end(),
                  [&](const base::Network& network) { return network.contains(*client); });
  return {is_trusted ? ReceivedTrace::trusted : ReceivedTrace::elsewhere};
}

}  // namespace signpost::policy
