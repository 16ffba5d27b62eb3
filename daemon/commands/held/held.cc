// held list, release, drop: mail that a limit lets the MTA keep.
#include <algorithm>

#include "daemon/commands/handlers.h"
#include "daemon/commands/listing.h"
#include "daemon/upkeep/hold_keeper.h"

namespace signpost::daemon::commands {
namespace {

using policy::limits::HeldMessage;

constexpr std::uint64_t kShown = 100;
constexpr std::size_t kMostShown = 100'000;

std::vector<std::string> limits_of(const HeldMessage& message) {
  std::vector<std::string> names;
  for (const auto& charge : message.charges) {
    if (std::find(names.begin(), names.end(), charge.limit) == names.end()) names.push_back(charge.limit);
  }
  return names;
}

std::function<bool(const HeldMessage&)> wanted(const Request& request) {
  return [tenant = request.text("tenant")](const HeldMessage& message) {
    return tenant.empty() || message.tenant == tenant;
  };
}

void end_one(base::Result<void> done, const char* word, Reply& reply) {
  if (!done) return reply.error(done.error());
  reply.ok(word);
}

}  // namespace

void held_list(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto* limit = request.find<std::uint64_t>("limit");
  const auto most =
      static_cast<std::size_t>(std::min<std::uint64_t>(limit == nullptr ? kShown : *limit, kMostShown));
  reply.ok();
  std::uint64_t count = 0;
  for (const upkeep::HoldKeeper::Held& held : context.holds.list(most, wanted(request))) {
    const HeldMessage& message = held.message;
    reply.line(
        {{"id", message.id},
         {"qid", message.queue_id},
         {"since", base::format_time(message.since)},
         {"tenant", message.tenant},
         {"stream", message.stream},
         {"login", message.login.empty() ? Value() : Value(message.login)},
         {"from", message.sender},
         {"rcpts", static_cast<std::uint64_t>(message.recipients.size())},
         {"limits", limits_of(message)},
         {"waits-for", held.waits_for},
         {"due", message.due == base::Wall{} ? Value() : Value(base::format_time(message.due))},
         {"expires", message.expires == base::Wall{} ? Value() : Value(base::format_time(message.expires))}});
    ++count;
  }
  reply.end(count);
}

void held_release(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const std::string& id = request.text("ID");
  const bool forces = request.flag("force");
  if (id != "all") return end_one(context.holds.release(id, request.caller.name, forces), "released", reply);
  const auto done = context.holds.release_all(wanted(request), request.caller.name, forces);
  reply.ok("released", {{"n", done.released}, {"left", done.left}});
}

void held_drop(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  end_one(context.holds.drop(request.text("ID"), request.caller.name), "dropped", reply);
}

}  // namespace signpost::daemon::commands
