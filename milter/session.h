// One milter connection: state from connect to close, one call per protocol step, no libmilter in it.
// Collects the transaction, asks policy at RCPT, hands the whole to milter/pipeline at end of message.
// Belongs to no thread (libmilter moves a connection between threads, never two at once).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/envelope.h"
#include "milter/outcome.h"
#include "milter/services.h"
#include "policy/policy.h"

namespace signpost::milter {

struct Transaction;

/// By the MTA's {v}. Sendmail's is its version, such as "8.17.1.9"; that of Postfix is "Postfix 3.7.11" unless
/// milter_macro_v says otherwise.
mail::Mta mta_of(std::string_view version);

class Session {
 public:
  explicit Session(const Services& services);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  struct Connection {
    std::optional<base::Ip> client;
    std::string client_name;
    std::uint16_t port = 0;  ///< 0 with name "localhost" is Postfix' local submission
    std::string daemon_name;
    std::string host = {};                            ///< {j}
    mail::Mta mta = mail::Mta::unknown;               ///< by {v}, see mta_of
    std::optional<base::Ip> daemon_address = {};      ///< {daemon_addr}
    std::string daemon_port = {};                     ///< {daemon_port}
    std::optional<mail::Origin> assumed_origin = {};  ///< not to be found out: for tools
  };
  void connect(const Connection& connection);
  void helo(std::string_view name);
  struct MailFrom {
    std::string sender;                   ///< as given
    std::vector<std::string> parameters;  ///< "SIZE=1000"
    std::string login;
    std::string queue_id;  ///< empty if not known yet
  };
  void mail(const MailFrom& from);
  /// The answer to one RCPT: accept (continue), defer or refuse. `resolved`: {rcpt_addr}.
  policy::Verdict rcpt(std::string_view recipient, std::string_view queue_id, std::string_view resolved = {});
  void header(std::string_view name, std::string_view value);
  void end_of_headers();
  void body(std::string_view bytes);
  Outcome end_of_message(std::string_view queue_id);
  /// The outcome could not be applied because the call `what` failed. Logs it and returns what to answer to the
  /// MTA instead.
  policy::Verdict apply_failed(std::string_view what);
  /// After apply: commits the limits, writes the message line. `applied` false: releases.
  void finish(bool applied);
  void abort();

  /// Set while a step without an answer runs, and left set if it was not completed (memory ran out): RCPT and end
  /// of message then answer with an internal failure, and the message is not changed. Cleared by abort and MAIL.
  void set_failed(bool failed) { failed_ = failed; }
  bool failed() const { return failed_; }

 private:
  void end_transaction();
  std::string new_id();
  Services services_;
  mail::Envelope connection_;
  std::optional<mail::Origin> assumed_origin_;
  std::array<std::uint8_t, 10> entropy_{};  ///< of the last message's id
  bool failed_ = false;
  std::unique_ptr<Transaction> transaction_;
};

}  // namespace signpost::milter
