#include "release/postfix_queue.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>

#include <sys/stat.h>

#include "base/text.h"
#include "release/command.h"
#include "release/queue_file.h"
#include "release/queue_id.h"

namespace signpost::release {
namespace {

constexpr std::chrono::seconds kPostconfLimit{30};
constexpr int kMaxHashDepth = 10;  // Postfix' own is smaller

using Values = std::map<std::string, std::string, std::less<>>;

/// "NAME = VALUE" lines.
Values read_values(std::string_view output) {
  Values values;
  for (const std::string_view line : base::split(output, '\n')) {
    const std::size_t at = line.find('=');
    if (at != std::string_view::npos)
      values[std::string(base::trim(line.substr(0, at)))] = base::trim(line.substr(at + 1));
  }
  return values;
}

/// Whether a list with commas or blanks has the word, in any case of letters, as Postfix reads it.
bool has_word(std::string list, std::string_view word) {
  std::replace_if(
      list.begin(), list.end(), [](char c) { return c == ',' || base::is_space(c); }, ' ');
  const auto words = base::split(list, ' ');
  return std::any_of(words.begin(), words.end(),
                     [word](std::string_view one) { return base::equals_ignore_case(one, word); });
}

/// postsuper -f came with 3.5. Versions of snapshots begin in the same way ("3.5-20190101").
bool is_at_least_3_5(const std::string& version) {
  const auto parts = base::split(version, '.');
  const auto major = base::parse_number(parts.front());
  if (!major) return false;
  if (*major != 3 || parts.size() < 2) return *major > 3;
  const auto minor = base::parse_number(parts[1].substr(0, parts[1].find_first_not_of("0123456789")));
  return minor && *minor >= 5;
}

const char* option_of(Verb verb) {
  if (verb == Verb::drop) return "-d";
  return verb == Verb::refuse ? "-f" : "-H";
}

}  // namespace

base::Result<PostfixSettings> ask_postconf(const std::string& postconf, const std::string& config_directory) {
  if (config_directory.empty() || config_directory.front() != '/')
    return base::invalid("'" + config_directory + "' is not an absolute path");
  const auto told = run_command({postconf, "-c", config_directory, "queue_directory", "hash_queue_names",
                                 "hash_queue_depth", "command_directory", "mail_version"},
                                "", kPostconfLimit);
  if (!told) return tl::unexpected(told.error());
  if (told->status != 0)
    return base::fail(base::ErrorKind::unavailable,
                      "'" + postconf + " -c " + config_directory + "' failed: " + first_line(told->output));
  Values values = read_values(told->output);
  const auto depth = base::parse_number(values["hash_queue_depth"]);
  PostfixSettings settings;
  settings.config_directory = config_directory;
  settings.queue_directory = values["queue_directory"];
  settings.postsuper = values["command_directory"] + "/postsuper";
  settings.postkick = values["command_directory"] + "/postkick";
  if (!settings.queue_directory.starts_with('/') || !settings.postsuper.starts_with('/') || !depth ||
      *depth > kMaxHashDepth)
    return base::invalid("'" + postconf + " -c " + config_directory +
                         "' does not say where the queue and the commands are");
  settings.hash_depth = static_cast<int>(*depth);
  settings.hashes_incoming = has_word(values["hash_queue_names"], "incoming");
  settings.hashes_hold = has_word(values["hash_queue_names"], "hold");
  settings.expires = is_at_least_3_5(values["mail_version"]);
  return settings;
}

base::Result<void> PostfixQueue::check() const {
  for (const char* queue : {"incoming", "hold"})
    if (auto seen = check_directory(settings_.queue_directory + "/" + queue); !seen) return seen;
  if (auto seen = check_program(settings_.postsuper); !seen) return seen;
  return check_program(settings_.postkick);
}

bool PostfixQueue::is_id(std::string_view text) const {
  return is_postfix_id(text);
}

bool PostfixQueue::can(Verb verb) const {
  return verb != Verb::refuse || settings_.expires;
}

std::string PostfixQueue::path_of(const char* queue, bool hashed, const std::string& id) const {
  std::string path = settings_.queue_directory + "/" + queue + "/";
  if (hashed) path += hashed_directory(id, settings_.hash_depth);
  return path + id;
}

base::Result<Sight> PostfixQueue::look(const std::string& id) const {
  // In this order: it may move from the first to the second meanwhile, never back.
  const auto incoming = look_at_file(path_of("incoming", settings_.hashes_incoming, id));
  if (!incoming) return tl::unexpected(incoming.error());
  if (*incoming) {
    const bool complete = ((*incoming)->mode & S_IXUSR) != 0;
    return Sight{complete ? Sight::Place::passed : Sight::Place::receiving, (*incoming)->mark, 0};
  }
  const auto hold = look_at_file(path_of("hold", settings_.hashes_hold, id));
  if (!hold) return tl::unexpected(hold.error());
  if (!*hold) return Sight{};
  const bool complete = ((*hold)->mode & S_IXUSR) != 0;
  if (!complete) return Sight{Sight::Place::being_held, (*hold)->mark, 0};
  return Sight{Sight::Place::held, (*hold)->mark, (*hold)->changed};
}

base::Result<void> PostfixQueue::act(Verb verb, const std::vector<std::string>& ids) const {
  const auto ended =
      run_command({settings_.postsuper, "-c", settings_.config_directory, option_of(verb), "-", "hold"},
                  base::join(ids, "\n") + "\n", limit_);
  if (!ended) return tl::unexpected(ended.error());
  if (ended->status == 0) return {};
  return base::fail(base::ErrorKind::unavailable, "postsuper " + std::string(option_of(verb)) +
                                                      " exited with " + std::to_string(ended->status) + ": " +
                                                      first_line(ended->output));
}

base::Result<void> PostfixQueue::hurry() const {
  const auto ended =
      run_command({settings_.postkick, "-c", settings_.config_directory, "public", "qmgr", "D"}, "", limit_);
  if (!ended) return tl::unexpected(ended.error());
  // The queue manager may close the connection as soon as it has read the one octet.
  constexpr int kBrokenPipe = 128 + SIGPIPE;
  if (ended->status == 0 || ended->status == kBrokenPipe) return {};
  return base::fail(base::ErrorKind::unavailable, "postkick exited with " + std::to_string(ended->status) +
                                                      ": " + first_line(ended->output));
}

}  // namespace signpost::release
