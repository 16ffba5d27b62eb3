// The quarantine of a Sendmail: its queue files, and `sendmail -qQ -qI… -Q`, which takes messages out of it. Sendmail has no
// command that deletes or returns a quarantined message.
#pragma once

#include <chrono>
#include <string>

#include "release/held_queue.h"

namespace signpost::release {

struct SendmailSettings {
  std::string program;          ///< absolute path
  std::string config;           ///< the cf file
  std::string queue_directory;  ///< one directory that holds qf, df and hf files alike
};

class SendmailQueue final : public HeldQueue {
 public:
  /// `limit`: for one call of sendmail, which reads the whole queue.
  explicit SendmailQueue(SendmailSettings settings, std::chrono::milliseconds limit = std::chrono::minutes(2))
      : settings_(std::move(settings)), limit_(limit) {}
  base::Result<void> check() const override;
  bool is_id(std::string_view text) const override;
  bool can(Verb verb) const override { return verb == Verb::release; }
  /// While a message is received there is its df file only; then its qf file, or hf for one in quarantine. The df file is what
  /// the mark means.
  base::Result<Sight> look(const std::string& id) const override;
  base::Result<void> act(Verb verb, const std::vector<std::string>& ids) const override;
  /// Nothing: what was released waits for the next queue run, which is the daemon's own.
  base::Result<void> hurry() const override { return {}; }
  std::size_t batch() const override { return 100; }

 private:
  const SendmailSettings settings_;
  const std::chrono::milliseconds limit_;
};

}  // namespace signpost::release
