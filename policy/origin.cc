#include "policy/origin.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "mail/author.h"
#include "mail/received.h"

namespace signpost::policy {
namespace {

using mail::Origin;
using mail::Received;

constexpr std::string_view kPostfix = "Postfix";
constexpr std::string_view kPickup = "Postfix, from userid ";
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

/// `(from USER@localhost) by J (8.17…)` and, with -bs, `from X (USER@localhost) by J (8.17…)`.
bool is_by_submission_program(const Received& received) {
  if (received.software.empty() || !base::is_digit(received.software.front())) return false;
  if (!received.from.empty()) return is_local_user(received.client);
  return received.client.starts_with("from ") && is_local_user(base::trim(received.client).substr(5));
}

/// `by J (Postfix, from userid N)`.
bool is_by_pickup(const Received& received) {
  if (!received.from.empty() || !received.client.empty() || !received.software.starts_with(kPickup))
    return false;
  return base::parse_number(std::string_view(received.software).substr(kPickup.size())).has_value();
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

bool is_web_host(std::string_view name, const Evidence& evidence, const OriginSettings& settings) {
  if (base::equals_ignore_case(name, evidence.host)) return true;
  const bool listed =
      std::any_of(settings.web_hosts.begin(), settings.web_hosts.end(),
                  [&](const std::string& host) { return base::equals_ignore_case(host, name); });
  return listed ||
         (evidence.tenants != nullptr && evidence.tenants->of_domain(base::lower(name)).has_value());
}

/// What says that the message lay in a mailbox, or nullptr.
const char* delivery_mark(const std::vector<mail::Field>& fields) {
  constexpr std::array<std::pair<std::string_view, const char*>, 3> kMarks = {
      {{"Delivered-To", "delivered-to"},
       {"X-Original-To", "x-original-to"},
       {"X-Sieve-Redirected-From", "sieve-redirect"}}};
  for (const auto& [name, word] : kMarks) {
    if (mail::find_field(fields, name) != nullptr) return word;
  }
  return nullptr;
}

struct Traces {
  const char* came_back = nullptr;  ///< why; nullptr if it did not
  const char* made_here = "no-trace";
  std::size_t received = 0;  ///< fields of that name
};

Traces read_traces(const Evidence& evidence, const OriginSettings& settings) {
  if (const char* mark = delivery_mark(*evidence.fields)) return {mark};
  if (evidence.seal == SealEvidence::broken) return {"seal-broken"};
  Traces traces;
  traces.received = mail::count_fields(*evidence.fields, "Received");
  for (const mail::Field& field : *evidence.fields) {
    if (!mail::has_name(field, "Received")) continue;
    switch (judge_received(field.value, evidence, settings)) {
      case ReceivedTrace::local:
        traces.made_here = "local-trace";
        break;
      case ReceivedTrace::submitted:
        // Beside others it could stand below a stranger's: alone it is the MTA's own.
        if (traces.received > 1) return {"foreign-received"};
        traces.made_here = "login-trace";
        break;
      case ReceivedTrace::elsewhere:
        return {"foreign-received"};
      case ReceivedTrace::unreadable:
        return {"unreadable-received"};
    }
  }
  return traces;
}

/// What says that a sealed message was sent again, or nullptr. Our field is put above what was there, so that a filter's
/// fields stand above it; its own Received names this host as its client, whatever it calls itself.
const char* trace_above_seal(const Evidence& evidence, const OriginSettings& settings) {
  if (evidence.fields == nullptr) return nullptr;
  const std::vector<mail::Field> above(
      evidence.fields->begin(), evidence.fields->begin() + static_cast<std::ptrdiff_t>(evidence.seal_at));
  for (const mail::Field& field : above) {
    if (!mail::has_name(field, "Received")) continue;
    const ReceivedTrace trace = judge_received(field.value, evidence, settings);
    if (trace == ReceivedTrace::unreadable) return "unreadable-received";
    if (trace != ReceivedTrace::elsewhere) continue;
    const auto received = mail::parse_received(field.value);
    const auto client = received ? mail::client_address(*received) : std::nullopt;
    if (!client || !is_loopback(*client)) return "foreign-received";
  }
  return nullptr;
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
  const Traces traces = read_traces(evidence, settings);
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
  if (traces.came_back == nullptr) return {Origin::made_here, traces.made_here};
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
      const char* sent_again = evidence.hop ? nullptr : trace_above_seal(evidence, settings);
      if (sent_again != nullptr) return {Origin::reinjected, sent_again};
      return {Origin::sealed, "seal"};
    }
    if (evidence.seal == SealEvidence::foreign) return {Origin::foreign, "seal-foreign"};
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
  return !base::starts_with_ignore_case(mail::unfold(automatic->value), "no") &&
         base::starts_with_ignore_case(mail::unfold(type->value), "multipart/report");
}

ReceivedTrace judge_received(std::string_view value, const Evidence& evidence,
                             const OriginSettings& settings) {
  const auto received = mail::parse_received(value);
  if (!received) return ReceivedTrace::unreadable;
  if (is_http(received->protocol)) {
    return is_web_host(received->by, evidence, settings) ? ReceivedTrace::local : ReceivedTrace::elsewhere;
  }
  if (evidence.host.empty() || !base::equals_ignore_case(received->by, evidence.host))
    return ReceivedTrace::elsewhere;
  if (is_by_pickup(*received)) return ReceivedTrace::local;
  // The submission program speaks SMTP to sendmail's daemon: from anywhere else its line is forged.
  if (evidence.way == Way::loopback && is_by_submission_program(*received)) return ReceivedTrace::local;
  const auto client = mail::client_address(*received);
  if (!client) return ReceivedTrace::elsewhere;
  if (received->software == kPostfix && is_loopback(*client)) return ReceivedTrace::local;
  return is_authenticated(received->protocol) ? ReceivedTrace::submitted : ReceivedTrace::elsewhere;
}

}  // namespace signpost::policy
