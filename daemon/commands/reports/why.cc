// why: the whole life of one message, from the event files; where another server refused it, with what that means and what to
// do.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/facts/message_life.h"
#include "feedback/answers.h"

namespace signpost::daemon::commands {
namespace {

using feedback::Class;

/// What is a number wherever it stands in a line.
constexpr std::array<std::string_view, 8> kNumbers = {"rcpts",     "dropped", "size",    "links",
                                                      "rewritten", "html",    "recoded", "link"};

/// As the reply shows it: an address without its brackets, `-` as none.
Value value_of(const std::string& key, const std::string& text) {
  if (text.size() >= 2 && text.front() == '<' && text.back() == '>') return text.substr(1, text.size() - 2);
  if (text == "-") return {};
  const bool is_digits =
      !text.empty() && text.size() < 19 && std::all_of(text.begin(), text.end(), base::is_digit);
  if (is_digits && std::find(kNumbers.begin(), kNumbers.end(), key) != kNumbers.end())
    return std::stoull(text);
  return text;
}

Class class_of(std::string_view word) {
  for (const Class one : {Class::hard, Class::soft, Class::block}) {
    if (feedback::class_word(one) == word) return one;
  }
  return Class::none;
}

/// Of an event that tells how another server refused: by what was found then, whatever is left of its words.
void add_answer(const policy::EventLine& line, Fields& fields) {
  const bool is_failed = line.value("stage") == "bounce" ||
                         (line.value("stage") == "delivery" && line.value("action") != "accept");
  const Class found = class_of(line.value("class"));
  if (!is_failed || found == Class::none) return;
  const std::string_view said = line.value("said");
  const feedback::Classification classified{found, line.value("class_reason"), line.value("rule")};
  const feedback::Provider provider = feedback::diagnose(said).provider;
  const feedback::Answer& answer = feedback::find_answer(classified, provider, said);
  fields.emplace_back("means", answer.means);
  fields.emplace_back("remedy", answer.remedy);
}

Fields fields_of(const facts::Fact& fact) {
  Fields fields = {{"at", base::format_time(fact.line.at)}, {"event", store::format_event_place(fact.place)}};
  for (const auto& [key, value] : fact.line.fields) fields.emplace_back(key, value_of(key, value));
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
        "not-found",
        "no event of the kept days has that queue id, Message-ID or id=; see retention.events and "
        "log.keep_events, and whether `status` says that events were lost");
  reply.ok();
  for (const facts::Fact& fact : life->facts) reply.line(fields_of(fact));
  if (life->is_cut)
    reply.line({{"more", "only the first " + std::to_string(facts::kMaxFacts) + " events are shown"}});
  if (life->others > 0 && !request.caller.tenant)
    reply.line({{"others", life->others}, {"note", "older messages with this id, which are not shown"}});
  reply.end(life->facts.size());
}

}  // namespace signpost::daemon::commands
