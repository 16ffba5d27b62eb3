// From words to a Request by the command table: finds the row, fills its holes, says what is wrong if the words do not
// fit, and checks the caller's rights.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "daemon/commands/table.h"

namespace signpost::daemon::commands {
namespace {

/// Spelled as the client wrote it, for errors and for addresses such as a=b@example.net.
std::string spelling(const Word& word) {
  return word.key.empty() ? word.value : word.key + "=" + word.value;
}

std::string shorten(std::string_view text) {
  constexpr std::size_t kMaxShown = 80;
  return text.size() <= kMaxShown ? std::string(text) : std::string(text.substr(0, kMaxShown)) + "…";
}

const Argument* find_option(const Command& command, std::string_view key) {
  const auto found = std::find_if(command.options.begin(), command.options.end(),
                                  [key](const Argument& argument) { return argument.name == key; });
  return found == command.options.end() ? nullptr : &*found;
}

Refusal usage_refusal(const Command& command, const std::string& what) {
  return {"usage", what + "; usage: " + usage_line(command)};
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string near = base::nearest(word, known);
  return near.empty() ? "" : " (did you mean '" + near + "'?)";
}

Refusal unknown_option(const Command& command, const Word& word) {
  std::vector<std::string> known;
  for (const Argument& argument : command.options) known.emplace_back(argument.name);
  return usage_refusal(command, "unknown option '" + shorten(word.key) + "'" + did_you_mean(word.key, known));
}

/// Puts a value into the request.
tl::expected<void, Refusal> take(Request& request, const Argument& argument, const std::string& value) {
  if (request.has(argument.name)) {
    return tl::unexpected(usage_refusal(*request.command, std::string(argument.name) + " is given twice"));
  }
  auto parsed = parse_argument(argument.kind, value);
  if (!parsed) {
    return tl::unexpected(Refusal{"invalid", std::string(argument.name) + " '" + shorten(value) +
                                                 "' is not " + std::string(describe_kind(argument.kind)) +
                                                 ": " + parsed.error().text});
  }
  request.values.emplace(argument.name, std::move(*parsed));
  return {};
}

tl::expected<void, Refusal> check_complete(const Request& request) {
  for (const auto* arguments : {&request.command->holes, &request.command->options}) {
    for (const Argument& argument : *arguments) {
      if (argument.required && !request.has(argument.name)) {
        return tl::unexpected(usage_refusal(*request.command, std::string(argument.name) + " is missing"));
      }
    }
  }
  return {};
}

/// Refuses a caller bound to a tenant the rows that are for callers of all tenants only.
tl::expected<void, Refusal> check_bound(const Command& command, const std::string& tenant) {
  if (command.for_tenant != ForTenant::denied) return {};
  return tl::unexpected(
      Refusal{"denied",
              std::string(command.words) + " is not available to a caller bound to tenant '" + tenant + "'"});
}

/// Fills every argument for a tenant with the caller's; refuses another tenant.
tl::expected<void, Refusal> narrow(Request& request, const std::string& tenant) {
  for (const auto* arguments : {&request.command->holes, &request.command->options}) {
    for (const Argument& argument : *arguments) {
      if (argument.kind != ValueKind::tenant) continue;
      const auto [place, is_new] = request.values.emplace(argument.name, tenant);
      const auto* named = std::get_if<std::string>(&place->second);
      if (is_new || (named != nullptr && *named == tenant)) continue;
      return tl::unexpected(Refusal{"denied", "this caller may only use tenant '" + tenant + "'"});
    }
  }
  return {};
}

}  // namespace

const Command* find_command(const std::vector<Word>& words) {
  const Command* best = nullptr;
  for (const Command& command : commands()) {
    const auto names = base::split(command.words, ' ');
    const bool fits =
        names.size() <= words.size() &&
        std::equal(names.begin(), names.end(), words.begin(), [](std::string_view name, const Word& word) {
          return word.key.empty() && word.value == name;
        });
    if (fits && (best == nullptr || command.words.size() > best->words.size())) best = &command;
  }
  return best;
}

tl::expected<Request, Refusal> fill(const Command& command, const std::vector<Word>& words) {
  Request request;
  request.command = &command;
  std::size_t next_hole = 0;
  for (std::size_t i = base::split(command.words, ' ').size(); i < words.size(); ++i) {
    const Word& word = words[i];
    const Argument* option = word.key.empty() ? nullptr : find_option(command, word.key);
    if (option != nullptr) {
      if (auto taken = take(request, *option, word.value); !taken) return tl::unexpected(taken.error());
      continue;
    }
    // An address may look like key=value ("bounce=1@example.net"): an unknown key with an @ in its value is one.
    const bool is_hole = word.key.empty() || word.value.find('@') != std::string::npos;
    if (!is_hole) return tl::unexpected(unknown_option(command, word));
    if (next_hole == command.holes.size()) {
      return tl::unexpected(usage_refusal(command, "unexpected word '" + shorten(spelling(word)) + "'"));
    }
    const Argument& hole = command.holes[next_hole];
    if (hole.kind == ValueKind::words && request.has(hole.name)) {
      std::get<std::string>(request.values.find(hole.name)->second) += " " + spelling(word);
      continue;
    }
    if (auto taken = take(request, hole, spelling(word)); !taken) return tl::unexpected(taken.error());
    if (hole.kind != ValueKind::words) ++next_hole;
  }
  if (auto complete = check_complete(request); !complete) return tl::unexpected(complete.error());
  return request;
}

tl::expected<Request, Refusal> admit(const Command& command, const std::vector<Word>& words,
                                     const Caller& caller) {
  if (!caller.rights.has(command.needs)) {
    const bool is_reading = command.needs == Right::read;
    return tl::unexpected(Refusal{"denied", std::string(command.words) + " needs membership in control." +
                                                (is_reading ? "read_group" : "admin_group")});
  }
  if (caller.tenant) {
    if (auto allowed = check_bound(command, *caller.tenant); !allowed) return tl::unexpected(allowed.error());
  }
  auto request = fill(command, words);
  if (!request) return request;
  request->caller = caller;
  if (caller.tenant) {
    if (auto narrowed = narrow(*request, *caller.tenant); !narrowed) return tl::unexpected(narrowed.error());
  }
  return request;
}

Refusal unknown_command(const std::vector<Word>& words) {
  std::string first = words.empty() ? "" : spelling(words.front());
  std::vector<std::string> families;
  std::string subcommands;
  for (const Command& command : commands()) {
    const auto names = base::split(command.words, ' ');
    families.emplace_back(names.front());
    if (names.front() == first) subcommands.append(subcommands.empty() ? "" : ", ").append(names.back());
  }
  if (!subcommands.empty()) return {"usage", "'" + first + "' needs one of: " + subcommands};
  return {"usage", "unknown command '" + shorten(first) + "'" + did_you_mean(first, families) +
                       "; `help` lists all commands"};
}

}  // namespace signpost::daemon::commands
