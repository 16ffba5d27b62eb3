#include "release/sendmail_queue.h"

#include "release/command.h"
#include "release/queue_file.h"
#include "release/queue_id.h"

namespace signpost::release {

base::Result<void> SendmailQueue::check() const {
  if (const auto config = look_at_file(settings_.config); !config || !*config)
    return base::invalid("'" + settings_.config + "' is not a file");
  if (auto seen = check_directory(settings_.queue_directory); !seen) return seen;
  return check_program(settings_.program);
}

bool SendmailQueue::is_id(std::string_view text) const {
  return is_sendmail_id(text);
}

base::Result<Sight> SendmailQueue::look(const std::string& id) const {
  const auto look_at = [this, &id](const char* kind) {
    return look_at_file(settings_.queue_directory + "/" + kind + id);
  };
  const auto body = look_at("df");
  if (!body) return tl::unexpected(body.error());
  if (!*body) return Sight{};
  // In this order: a control file may come meanwhile, and leaves quarantine for the other kind, never back.
  const auto held = look_at("hf");
  if (!held) return tl::unexpected(held.error());
  if (*held) return Sight{Sight::Place::held, (*body)->mark, (*held)->changed};
  const auto queued = look_at("qf");
  if (!queued) return tl::unexpected(queued.error());
  return Sight{*queued ? Sight::Place::passed : Sight::Place::receiving, (*body)->mark, 0};
}

base::Result<void> SendmailQueue::act(Verb verb, const std::vector<std::string>& ids) const {
  if (!can(verb)) return base::invalid("Sendmail cannot do that");
  std::vector<std::string> words = {settings_.program, "-C", settings_.config, "-qQ"};
  for (const std::string& id : ids) words.push_back("-qI" + id);
  words.emplace_back("-Q");
  const auto ended = run_command(words, "", limit_);
  if (!ended) return tl::unexpected(ended.error());
  if (ended->status == 0) return {};
  return base::fail(
      base::ErrorKind::unavailable,
      "sendmail -qQ -Q exited with " + std::to_string(ended->status) + ": " + first_line(ended->output));
}

}  // namespace signpost::release
