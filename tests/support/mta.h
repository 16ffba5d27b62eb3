// The MTA's side of the milter protocol, for tests and benchmarks: one connection to a filter, one call per
// SMTP step, as Postfix 3.7 or sendmail 8.17 would make them. Checks what the filter sends (order, sizes,
// what was negotiated) and decides nothing about mail.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "mail/message.h"
#include "tests/support/milter_channel.h"

namespace signpost::tests {

/// What the filter answered to one step.
struct Answer {
  enum class Kind { waived, go_on, accept, reject, tempfail, discard, reply, skip };
  Kind kind = Kind::waived;
  /// Kind::reply: as the client reads it, "550 5.7.1 …", doubled percent signs made single.
  std::string text;
  /// "continue", "accept", "discard", "550 5.7.1 …"; a plain reject or tempfail as Postfix words it.
  std::string format() const;
};

/// One change asked for at end of message, as it came over the wire.
struct WireEdit {
  /// 'h' add, 'i' insert, 'm' change (empty value: remove), '-' delete recipient, 'e' change sender, …
  char command = 0;
  std::uint32_t index = 0;  ///< 'i': position; 'm': which one of that name, from 1
  std::string name;
  std::string value;  ///< '-', 'q': the argument; 'e': the parameters, the sender is `name`
};

/// What came of one message.
struct Ending {
  Answer answer;
  std::vector<WireEdit> edits;
  std::optional<std::string> new_body;
};

/// Not thread-safe; every call waits at most `patience`. An Error means that the filter broke the
/// protocol or went away.
class Mta {
 public:
  enum class Style { postfix, sendmail };
  struct Offer {
    std::uint32_t version = 6;
    std::uint32_t actions = 0x1ff;  ///< all of protocol 6
    std::uint32_t steps = 0x1fffff;
  };
  struct Client {
    std::string name = "client.example";
    std::string ip = "192.0.2.7";  ///< "" for a local (unix) peer
    std::uint16_t port = 40000;
    std::string daemon_name;
  };

  /// `address` as in signpost.toml: "unix:PATH" or "inet:PORT@HOST".
  static base::Result<Mta> open(std::string_view address, Style style = Style::postfix);

  base::Result<void> negotiate(const Offer& offer);
  std::uint32_t actions() const { return actions_; }
  std::uint32_t steps() const { return steps_; }

  base::Result<Answer> connect(const Client& client);
  /// Postfix pickup: "localhost", 127.0.0.1, port 0; later addresses come without brackets.
  base::Result<Answer> connect_local(const std::string& daemon_name);
  base::Result<Answer> helo(const std::string& name);
  base::Result<Answer> mail(const std::string& sender, const std::vector<std::string>& parameters = {},
                            const std::string& login = "");
  base::Result<Answer> rcpt(const std::string& recipient);
  base::Result<Answer> data();
  base::Result<Answer> header(const mail::Field& field);
  base::Result<Answer> end_of_headers();
  base::Result<Answer> body(std::string_view chunk);
  base::Result<Ending> end_of_body();
  /// data to end_of_body; stops early when the filter has given its final answer.
  base::Result<Ending> send(const mail::Message& message);

  base::Result<void> abort();
  base::Result<void> quit();
  /// Writes what is pending, then closes without a word, as a dying MTA does.
  void cut();
  void set_patience(std::chrono::milliseconds patience) { channel_.set_patience(patience); }
  const std::string& queue_id() const { return queue_id_; }

 private:
  Mta(MilterChannel channel, Style style) : channel_(std::move(channel)), style_(style) {}
  base::Result<Answer> step(char command, std::string_view data, std::uint32_t skip_bit,
                            std::uint32_t waive_bit);
  base::Result<Answer> read_answer();
  base::Result<void> read_symbol_lists(std::string_view bytes);
  void queue_macros(char command);
  void begin_transaction(const std::string& login);

  MilterChannel channel_;
  Style style_;
  std::uint32_t actions_ = 0;
  std::uint32_t steps_ = 0;
  std::map<char, std::vector<std::string>> symbols_;  ///< macros sent before each command
  std::map<std::string, std::string> macros_;         ///< their values
  bool local_ = false;
  bool has_queue_id_ = false;
  unsigned accepted_ = 0;
  bool skip_body_ = false;
  std::string queue_id_;
  unsigned messages_ = 0;
};

/// Answers that end the message before end of body.
bool is_final(const Answer& answer);

/// The message as Postfix queues it: edits in order, index 0 above everything, "change" of a
/// missing field adds it.
mail::Message apply_wire_edits(mail::Message message, const Ending& ending);

}  // namespace signpost::tests
