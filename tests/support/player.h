// Who plays a dialogue: the session in memory, or the built daemon behind the test MTA. play() walks the
// steps and knows what each must show; a Player only carries them out.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "mail/message.h"
#include "policy/suppression.h"
#include "tests/support/dialogue.h"

namespace signpost::tests {

/// An edit as dialogues name it.
struct SeenEdit {
  /// "insert-header", "add-header", "change-header", "remove-header", "delete-recipient", "replace-body".
  std::string kind;
  std::string name;  ///< field name or address
  std::string value;
};

struct Sent {
  std::string answer;  ///< "accept", "discard" or the reply
  std::vector<SeenEdit> edits;
};

struct Caller {
  bool local = false;  ///< Postfix pickup
  bool sendmail_style = false;
  std::string ip = "192.0.2.7";
  std::string name = "client.example";
  std::string daemon_name;
};

/// One filter under test. An Error means that it broke down or broke the protocol; what it answers
/// is never an Error.
class Player {
 public:
  virtual ~Player() = default;
  virtual base::Result<void> start(const std::string& config) = 0;
  /// A command of the control socket; the answer's lines.
  virtual base::Result<std::vector<std::string>> control(const std::string& command) = 0;
  virtual base::Result<void> break_store() = 0;
  virtual base::Result<void> tick(std::chrono::milliseconds by) = 0;
  /// "ok" or the error's text.
  virtual base::Result<std::string> reload(const std::string& config) = 0;

  virtual base::Result<void> connect(const Caller& caller) = 0;
  virtual base::Result<void> mail(const std::string& sender, const std::vector<std::string>& parameters,
                                  const std::string& login) = 0;
  virtual base::Result<std::string> rcpt(const std::string& recipient) = 0;
  virtual base::Result<Sent> send(const mail::Message& message) = 0;
  virtual base::Result<void> abort() = 0;
  virtual base::Result<void> quit() = 0;
  virtual base::Result<void> cut() = 0;

  /// All policy-log lines so far. They may still be on their way: ask again until `settled` says no.
  virtual std::vector<std::string> log_lines() = 0;
  virtual bool may_still_log() const = 0;
};

/// Plays all steps; files to send are looked up below `folder`. Returns the complaints, "line N: …"; empty:
/// all as written. Beside what the dialogue says, every transaction must have written exactly one
/// stage=message line.
std::vector<std::string> play(const Dialogue& dialogue, Player& player, const std::string& folder);

}  // namespace signpost::tests
