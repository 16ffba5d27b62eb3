#include "daemon/commands/trace_fields.h"

#include "daemon/commands/overrides.h"

namespace signpost::daemon::commands {
namespace {

using policy::Step;

/// The use of one bucket under each rate; 0 if it has none.
Value used_value(const Step& step) {
  return step.used.empty() ? Value::Numbers{0} : step.used;
}

}  // namespace

void add_verdict(const policy::Verdict& verdict, Fields& fields) {
  fields.emplace_back("action", policy::action_word(verdict.action));
  fields.emplace_back("reason", word_or_none(policy::why_word(verdict.reason)));
  fields.emplace_back("rule", text_or_none(verdict.rule));
  if (verdict.reply.code != 0) fields.emplace_back("reply", verdict.reply.format());
}

Fields step_fields(const Step& step, bool has_header) {
  const char* stage = policy::stage_word(step.stage);
  Fields fields;
  switch (step.kind) {
    case Step::Kind::check:
      fields = {{"what", "check"}, {"stage", stage}, {"check", step.name}};
      if (has_header || step.stage != policy::Stage::message) break;
      fields.emplace_back("action", "unknown");  // the header is not known
      return fields;
    case Step::Kind::probation:
      fields = {{"what", "probation"}, {"stage", stage}};
      break;
    case Step::Kind::limit:
      fields = {{"what", "limit"}, {"limit", step.name}, {"key", step.key}, {"used", used_value(step)}};
      fields.emplace_back("state", step.retry_after ? "full" : "passes");
      if (step.retry_after) fields.emplace_back("retry-after", step.retry_after->count());
      fields.emplace_back("stage", stage);
      fields.emplace_back("rate", rate_value(step.rates));
      if (step.rates_by != policy::RatesBy::configuration)
        fields.emplace_back("rate-by", policy::rates_by_word(step.rates_by));
      if (step.decides) fields.emplace_back("decides", true);
      return fields;
  }
  add_verdict(step.verdict, fields);
  if (step.decides) fields.emplace_back("decides", true);
  return fields;
}

}  // namespace signpost::daemon::commands
