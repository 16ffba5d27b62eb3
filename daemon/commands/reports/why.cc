// why: the whole life of one message, from the event files; where another server refused it, with what that means and what to
// do.
#include <vector>

#include "daemon/commands/handlers.h"
#include "daemon/facts/message_life.h"
#include "feedback/answers.h"

namespace signpost::daemon::commands {
namespace {

using feedback::Class;

/// Of an event that tells what another server said.
void add_answer(const policy::EventLine& line, Fields& fields) {
  const std::string_view said = line.value("said");
  const bool is_failed = line.value("stage") == "bounce" ||
                         (line.value("stage") == "delivery" && line.value("action") != "accept");
  if (!is_failed || said.empty()) return;
  const feedback::Diagnosis diagnosis = feedback::diagnose(said);
  const Class found = diagnosis.found.result;
  if (found != Class::hard && found != Class::soft && found != Class::block) return;
  fields.emplace_back("means", diagnosis.answer->means);
  fields.emplace_back("remedy", diagnosis.answer->remedy);
}

Fields fields_of(const facts::Fact& fact) {
  Fields fields = {{"at", base::format_time(fact.line.at)}, {"event", store::format_event_place(fact.place)}};
  for (const auto& [key, value] : fact.line.fields) fields.emplace_back(key, value);
  add_answer(fact.line, fields);
  return fields;
}

/// A caller bound to a tenant sees the lines that name it.
bool is_for(const Caller& caller, const facts::Fact& fact) {
  const std::string_view tenant = fact.line.value("tenant");
  return !tenant.empty() && caller.sees(tenant);
}

}  // namespace

void show_why(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  context.events.flush();
  auto life = facts::find_life(context.events, request.text("ID"), context.address_forms,
                               [&context] { return context.counters.draining.load(); });
  if (!life) return reply.error(life.error());
  if (request.caller.tenant)
    std::erase_if(life->facts, [&](const facts::Fact& fact) { return !is_for(request.caller, fact); });
  if (life->facts.empty())
    return reply.error(
        "not-found", "no event of the kept days has that queue id, Message-ID or id=; see retention.events");
  reply.ok();
  for (const facts::Fact& fact : life->facts) reply.line(fields_of(fact));
  if (life->is_cut)
    reply.line({{"more", "only the first " + std::to_string(facts::kMaxFacts) + " events are shown"}});
  if (life->others > 0 && !request.caller.tenant)
    reply.line({{"others", life->others}, {"note", "older messages with this id, which are not shown"}});
  reply.end(life->facts.size());
}

}  // namespace signpost::daemon::commands
