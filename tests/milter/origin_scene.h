// A session that finds whose mail it is: a site's configuration, clients at the door, and what was answered and logged.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "mail/edit.h"
#include "milter/passed_before.h"
#include "milter/session.h"
#include "policy/limits/buckets.h"
#include "tests/support/configured.h"
#include "tests/support/dialogue.h"
#include "tests/support/twins.h"

namespace signpost::milter {

using policy::Action;

inline constexpr char kConfig[] = R"([clients]
trusted = ["192.0.2.0/25"]
hops = ["192.0.2.128/25"]
web_hosts = ["webmail.hoster.example"]

[[clients.reinjected]]
list = "news@shop.example"
sender = "news-*@shop.example"

[seal]
key_file = "/keys/ring"

[[tenant]]
name = "shop"
logins = ["shop", "@shop.example"]
sender_domains = ["shop.example"]
streams = ["transactional", "bulk"]

[[tenant]]
name = "host"
sender_domains = ["mx.example"]

[[dkim.key]]
domain   = "shop.example"
selector = "s1"
file     = "/keys/s1.pem"

[[limit]]
name = "tenant-hour"
key  = ["tenant"]
rate = ["3/h"]
)";

/// A client at the door and its message.
struct Mail {
  Session::Connection from;
  std::string login;
  std::string sender = "<orders@shop.example>";
  std::vector<std::string> recipients = {"<ann@example.org>"};
  std::vector<std::string> parameters;
  mail::Message message;
};

class OriginScene : public testing::Test {
 protected:
  void configure(const std::string& more = {}) { snapshots_.set(tests::configured(kConfig + more)); }
  Services services() {
    return {snapshots_, overrides_, suppressions_, buckets_, events_,  clock_,
            counters_,  nullptr,    nullptr,       nullptr,  &charged_};
  }
  static Session::Connection at(const std::string& ip, const std::string& daemon = {}) {
    Session::Connection connection{base::parse_ip(ip).value(), "client.example", 4711, daemon};
    connection.host = "mx.example";
    return connection;
  }
  static Session::Connection pickup(const std::string& daemon = {}) {
    Session::Connection connection{mail::kLocalClient, "localhost", 0, daemon};
    connection.host = "mx.example";
    return connection;
  }
  static mail::Message order() {
    return {{{"Message-ID", " <1@shop.example>"},
             {"Date", " Mon, 23 Nov 2026 12:00:00 +0000"},
             {"From", " Shop <orders@shop.example>"},
             {"To", " ann@example.org"},
             {"Subject", " Your order"}},
            "On its way.\r\n"};
  }
  /// A stranger's, as port 25 hands it to a filter that hands it back.
  static mail::Message forged() {
    mail::Message message = order();
    message.fields.insert(message.fields.begin(),
                          {"Received",
                           " from evil (evil.example [203.0.113.9])\n\tby mx.example (Postfix) with ESMTP "
                           "id A; date"});
    return message;
  }

  /// All steps. What RCPT answered is in heard_, what end of message asked for in outcome_.
  void send(const Mail& mail) {
    Session session(services());
    session.connect(mail.from);
    session.mail({mail.sender, mail.parameters, mail.login, "Q1"});
    heard_.clear();
    for (const std::string& recipient : mail.recipients)
      heard_.push_back(session.rcpt(recipient, "Q1").action);
    const bool somebody = std::count(heard_.begin(), heard_.end(), Action::accept) > 0;
    outcome_ = {};
    if (!somebody) return session.abort();
    for (const mail::Field& field : mail.message.fields) session.header(field.name, field.value);
    session.end_of_headers();
    session.body(mail.message.body);
    outcome_ = session.end_of_message("Q1");
    session.finish(true);
  }
  /// The next hop's mail: the message as it left, and its envelope id.
  Mail handed_on(const Mail& mail, Session::Connection from) const {
    Mail next = mail;
    next.from = std::move(from);
    next.login.clear();
    next.message = mail::apply_edits(mail.message, outcome_.edits).value();
    for (const mail::Edit& edit : outcome_.edits) {
      if (const auto* sender = std::get_if<mail::ChangeSender>(&edit)) next.parameters = {sender->parameters};
    }
    return next;
  }

  std::string log(const std::string& key) const {
    return events_.lines().empty() ? "" : tests::parse_log_line(events_.lines().back())[key];
  }
  bool is_signed() const { return has_edit("DKIM-Signature"); }
  bool has_edit(const std::string& name) const {
    return std::any_of(outcome_.edits.begin(), outcome_.edits.end(), [&](const mail::Edit& edit) {
      const auto* insert = std::get_if<mail::InsertField>(&edit);
      return insert != nullptr && insert->name == name;
    });
  }
  const mail::ChangeSender* sender_edit() const {
    for (const mail::Edit& edit : outcome_.edits)
      if (const auto* sender = std::get_if<mail::ChangeSender>(&edit)) return sender;
    return nullptr;
  }
  std::uint64_t used() {
    std::uint64_t sum = 0;
    for (const auto& bucket : buckets_.list("tenant-hour", 10, clock_.steady()))
      sum += bucket.used.front() + bucket.reserved;
    return sum;
  }

  tests::HandClock clock_;
  tests::RecordingSink events_;
  tests::MemorySuppressions suppressions_;
  policy::limits::Buckets buckets_;
  Counters counters_;
  OverridesHolder overrides_;
  PassedBefore charged_;
  SnapshotHolder snapshots_{tests::configured(kConfig)};
  std::vector<Action> heard_;
  Outcome outcome_;
};

}  // namespace signpost::milter
