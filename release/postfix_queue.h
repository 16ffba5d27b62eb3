// The hold queue of a Postfix: where its files are, by what postconf says of the instance, and postsuper, which alone moves them.
#pragma once

#include <chrono>
#include <string>

#include "release/held_queue.h"

namespace signpost::release {

struct PostfixSettings {
  std::string config_directory;
  std::string queue_directory;
  std::string postsuper;  ///< absolute path
  std::string postkick;   ///< absolute path
  bool hashes_incoming = false;
  bool hashes_hold = false;
  int hash_depth = 0;
  bool expires = true;  ///< Postfix 3.5 or newer: postsuper -f
};

/// Asks `postconf` (an absolute path) about the instance of that configuration directory. Errors: `unavailable` if it cannot be
/// run or fails, `invalid` if what it says cannot be used.
base::Result<PostfixSettings> ask_postconf(const std::string& postconf, const std::string& config_directory);

class PostfixQueue final : public HeldQueue {
 public:
  /// `limit`: for one call of postsuper.
  explicit PostfixQueue(PostfixSettings settings, std::chrono::milliseconds limit = std::chrono::minutes(1))
      : settings_(std::move(settings)), limit_(limit) {}
  base::Result<void> check() const override;
  bool is_id(std::string_view text) const override;
  bool can(Verb verb) const override;
  /// cleanup(8) keeps a message in `incoming`, without the x bit, while it asks filters; it moves it to `hold` before it sets
  /// that bit, or sets it and leaves it to the queue manager.
  base::Result<Sight> look(const std::string& id) const override;
  base::Result<void> act(Verb verb, const std::vector<std::string>& ids) const override;
  /// postsuper leaves what it releases in `deferred`, where the queue manager looks every queue_run_delay (300 s): asks it to look
  /// now (postkick, "D": only files whose time has come).
  base::Result<void> hurry() const override;
  std::size_t batch() const override { return 500; }
  const PostfixSettings& settings() const { return settings_; }

 private:
  std::string path_of(const char* queue, bool hashed, const std::string& id) const;
  const PostfixSettings settings_;
  const std::chrono::milliseconds limit_;
};

}  // namespace signpost::release
