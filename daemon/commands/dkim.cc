// The dkim commands that change nothing: which keys there are, and what the DNS says about them.
#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "daemon/commands/handlers.h"
#include "daemon/upkeep/dkim_watch.h"
#include "dkim/record.h"
#include "dkim/tags.h"

namespace signpost::daemon::commands {
namespace {

constexpr std::size_t kBatch = 512;  ///< questions that share a deadline

const char* type_word(base::KeyType type) {
  return type == base::KeyType::rsa ? "rsa" : "ed25519";
}

/// In the order of their domains; only those of `domain` (canonical) if it is not empty.
std::vector<const dkim::KeyUse*> sorted_uses(const dkim::KeyTable& table, std::string_view domain) {
  std::map<std::string_view, const std::vector<dkim::KeyUse>*> by_domain;
  for (const auto& [name, uses] : table.all()) {
    if (domain.empty() || name == domain) by_domain.emplace(name, &uses);
  }
  std::vector<const dkim::KeyUse*> sorted;
  for (const auto& [name, uses] : by_domain) {
    for (const dkim::KeyUse& use : *uses) sorted.push_back(&use);
  }
  return sorted;
}

/// Why the key is in its state.
Value why(const dkim::KeyProgress& progress) {
  if (progress.fault) return "record-" + std::string(dkim::sight_word(*progress.fault));
  if (progress.state == dkim::KeyState::waiting) return "record-not-seen";
  if (progress.successor.empty()) return Value::None{};
  const bool waits = progress.state == dkim::KeyState::active;
  return (waits ? "until-" : "replaced-by-") + progress.successor;
}

Fields describe(const dkim::Key& key, const dkim::Key::Parsed& parsed) {
  return {{"domain", key.domain()},
          {"selector", key.selector()},
          {"type", parsed ? Value(type_word(parsed->type())) : Value()},
          {"bits", parsed ? Value(parsed->bits()) : Value()}};
}

/// The names at which DMARC records for authors in subdomains of `domain` may be: its own, and that of the
/// organizational domain, which is `domain` or one of its parents (RFC 7489 §6.6.3).
std::vector<std::string> dmarc_names(std::string_view domain) {
  std::vector<std::string> names;
  for (std::size_t dot = 0; (dot = domain.find('.')) != std::string_view::npos; domain.remove_prefix(dot + 1))
    names.push_back("_dmarc." + std::string(domain));
  return names;
}

/// What is wrong in the DNS apart from the record itself: RFC 7489 §6.3, adkim=s.
bool is_strict(const system::DnsAnswer& dmarc) {
  return std::any_of(dmarc.texts.begin(), dmarc.texts.end(), [](const std::string& text) {
    const auto tags = dkim::parse_tags(text);
    if (!tags || tags->tags.empty() || tags->tags.front() != dkim::Tag{"v", "DMARC1"}) return false;
    const std::string* mode = tags->find("adkim");
    return mode != nullptr && base::equals_ignore_case(*mode, "s");
  });
}

struct Checked {
  Fields fields;
  bool wrong = false;
  bool absent = false;  ///< there is no record
};

Checked check_key(const dkim::KeyUse& use, const system::DnsAnswer& answer,
                  std::span<const system::DnsAnswer> dmarc) {
  const auto parsed = use.key->parsed();
  Checked checked{describe(*use.key, parsed ? *parsed : nullptr)};
  std::vector<std::string> problems;
  dkim::Sight sight = dkim::Sight::unknown;
  std::string detail = answer.why;
  if (!parsed) {
    detail = parsed.error().text;
    problems.emplace_back("unreadable");
  } else if (answer.kind != system::DnsAnswer::Kind::failed) {
    dkim::RecordReport report = dkim::judge_record(answer.texts, **parsed);
    sight = report.sight;
    if (!report.detail.empty()) detail = std::move(report.detail);
    problems = std::move(report.problems);
  }
  if (std::any_of(dmarc.begin(), dmarc.end(), is_strict)) problems.emplace_back("strict-dmarc");
  checked.wrong = sight != dkim::Sight::matches || !problems.empty();
  checked.absent = sight == dkim::Sight::absent;
  checked.fields.emplace_back("record", std::string(dkim::sight_word(sight)));
  checked.fields.emplace_back("problems", problems.empty() ? Value() : Value(std::move(problems)));

  if (!detail.empty()) checked.fields.emplace_back("why", detail);
  return checked;
}

/// Whether the key may have no record now: it waits for it, or has retired (docs/dkim-keys.md).
bool may_be_absent(const dkim::Key& key, const upkeep::DkimWatch& watch) {
  const auto progress = watch.progress(key.domain(), key.selector());
  return progress &&
         (progress->state == dkim::KeyState::waiting || progress->state == dkim::KeyState::retired);
}

/// The keys of one batch, asked for together.
void check_batch(const std::vector<const dkim::KeyUse*>& uses, system::DnsLookup& lookup,
                 std::chrono::milliseconds timeout, std::vector<Checked>& checked) {
  std::vector<system::DnsQuestion> questions;
  questions.reserve(uses.size() * 2);
  const auto ask_txt = [&questions](std::string name) {
    questions.push_back({std::move(name), system::DnsType::txt});
  };
  for (const dkim::KeyUse* use : uses) ask_txt(dkim::record_name(use->key->domain(), use->key->selector()));
  std::vector<std::size_t> policies;  // where the DMARC names of each key begin
  for (const dkim::KeyUse* use : uses) {
    policies.push_back(questions.size());
    if (!use->subdomains) continue;
    for (std::string& name : dmarc_names(use->key->domain())) ask_txt(std::move(name));
  }
  policies.push_back(questions.size());
  const std::vector<system::DnsAnswer> answers = lookup.look_up(questions, timeout);
  const std::span<const system::DnsAnswer> all(answers);
  for (std::size_t i = 0; i < uses.size(); ++i)
    checked.push_back(
        check_key(*uses[i], answers[i], all.subspan(policies[i], policies[i + 1] - policies[i])));
}

}  // namespace

void dkim_list(const Request&, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  const std::vector<const dkim::KeyUse*> uses = sorted_uses(snapshot->dkim.keys, {});
  reply.ok();
  for (const dkim::KeyUse* use : uses) {
    const dkim::Key& key = *use->key;
    Fields fields = describe(key, key.parsed_already());
    fields.emplace_back("signs", key.standing() == dkim::Standing::signs);
    if (const auto progress = context.dkim_watch.progress(key.domain(), key.selector())) {
      fields.emplace_back("state", std::string(dkim::key_state_word(progress->state)));
      fields.emplace_back("since", base::format_time(progress->since));
      fields.emplace_back("why", why(*progress));
    }
    if (!use->tenant.empty()) fields.emplace_back("tenant", use->tenant);
    if (use->subdomains) fields.emplace_back("subdomains", true);
    reply.line(std::move(fields));
  }
  reply.end(uses.size());
}

void dkim_check(const Request& request, ControlContext& context, LineSource&, Reply& reply) {
  const auto snapshot = context.snapshots.get();
  std::vector<const dkim::KeyUse*> uses = sorted_uses(snapshot->dkim.keys, request.text("DOMAIN"));
  // A key for any domain has no record of its own.
  std::erase_if(uses,
                [](const dkim::KeyUse* use) { return use->key->domain() == dkim::KeyTable::kAnyDomain; });
  if (uses.empty()) return reply.error("not-found", "no signing key matches; `dkim list` shows all keys");
  auto lookup = context.dkim_watch.make_lookup();
  if (!lookup) return reply.error(lookup.error());
  const auto timeout = context.dkim_watch.settings().timeout;
  std::vector<Checked> checked;
  for (auto first = uses.begin(); first != uses.end();) {
    const auto last = first + std::min<std::ptrdiff_t>(kBatch, uses.end() - first);
    check_batch({first, last}, **lookup, timeout, checked);
    first = last;
  }
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const bool is_normal = checked[i].absent && may_be_absent(*uses[i]->key, context.dkim_watch);
    if (checked[i].wrong && !is_normal) ++wrong;
  }
  reply.ok({}, {{"wrong", wrong}});
  for (Checked& one : checked) reply.line(std::move(one.fields));
  reply.end(checked.size());
}

}  // namespace signpost::daemon::commands
