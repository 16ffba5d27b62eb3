// The settings of policy: tenants and suppression. Whose mail: rows_clients; limits: rows_limits.
#include "config/rows_policy.h"

#include <string>
#include <utility>

#include "base/text.h"
#include "config/reader/setting_types.h"
#include "config/shared/tracking.h"
#include "mail/address.h"
#include "mail/envelope.h"

namespace signpost::config {
namespace {

using policy::SuppressionAction;

const reader::Choices<SuppressionAction>& suppression_actions() {
  static const reader::Choices<SuppressionAction> choices{{{"refuse", SuppressionAction::refuse},
                                                           {"drop", SuppressionAction::drop},
                                                           {"observe", SuppressionAction::observe}},
                                                          {"hold"}};
  return choices;
}

/// An address or "@domain", in the canonical form that policy compares.
base::Result<std::string> parse_sender_pattern(std::string_view text) {
  if (!text.empty() && text.front() == '@') {
    auto domain = mail::canonical_domain(text.substr(1));
    if (!domain) return domain;
    return "@" + *domain;
  }
  const auto address = mail::parse_address(text);
  if (!address) return tl::unexpected(address.error());
  return mail::canonical_key(*address);
}

/// A word of a BlockTable row: "*", "own", a stream, or "!" and a stream.
base::Result<std::string> parse_stream_word(std::string_view text) {
  if (text == "*") return std::string(text);
  auto name = reader::parse_name(!text.empty() && text.front() == '!' ? text.substr(1) : text);
  if (!name) return name;
  return std::string(text);
}

policy::Tenant& last_tenant(reader::Parts& parts) {
  return parts.get<PolicyDraft>().settings.tenants.back();
}
policy::StreamRule& last_rule(reader::Parts& parts) {
  return last_tenant(parts).stream_rules.back();
}
reader::Section tenant_section() {
  reader::Section section{
      "tenant", true, "A customer or department that sends through this MTA; keyed by name.", {}};
  section.begin = [](reader::Parts& parts, const reader::Value& table) {
    parts.get<PolicyDraft>().settings.tenants.emplace_back();
    shared::begin_tenant(parts, table);
    parts.get<PolicyDraft>().tenant_tables.push_back(&table);
  };
  auto& settings = section.settings;
  settings.push_back(reader::required(reader::parsed_setting(
      {"name", "", "The tenant's name, as the log and the commands show it."}, "a name", reader::parse_name,
      [](reader::Parts& parts) { return &last_tenant(parts).name; })));
  settings.push_back(reader::list_setting({"logins", "[]",
                                           "The SMTP AUTH logins that send for this tenant; "
                                           "\"@acme.example\" stands for all logins of that domain. "
                                           "What is named exactly wins."},
                                          R"(a list of logins such as ["acme-app", "@acme.example"])",
                                          login_as_given,
                                          [](reader::Parts& parts) { return &last_tenant(parts).logins; }));
  settings.push_back(reader::choice_setting(
      {"logins_case", R"("folded")", "folded: SHOP is the login shop; exact: it is another."},
      reader::Choices<policy::LoginCase>{
          {{"folded", policy::LoginCase::folded}, {"exact", policy::LoginCase::exact}}, {}},
      [](reader::Parts& parts) { return &last_tenant(parts).login_case; }));
  settings.push_back(reader::list_setting(
      {"clients", "[]", "Addresses and networks that send for this tenant; the longest prefix wins."},
      R"(a list of networks such as ["192.0.2.0/24"])", base::parse_network,
      [](reader::Parts& parts) { return &last_tenant(parts).clients; }));
  settings.push_back(
      reader::list_setting({"sender_domains", "[]",
                            "The only domains it may use in the envelope sender and in From. "
                            "If empty, any domain that no other tenant owns."},
                           R"(a list of domains such as ["acme.example"])", mail::canonical_domain,
                           [](reader::Parts& parts) { return &last_tenant(parts).sender_domains; }));
  settings.push_back(reader::list_setting(
      {"senders", "[]",
       "Addresses that it may use beside those domains, also in a domain of another tenant: one, the "
       "beginning of "
       "one, or all of a domain."},
      R"(a list of addresses such as ["ann@acme.example", "news-*@acme.example", "@sub.acme.example"])",
      policy::parse_sender_pattern, [](reader::Parts& parts) { return &last_tenant(parts).senders; }));
  settings.push_back(reader::flag_setting(
      {"local", "true",
       "Whether mail without a login, from this host or a trusted client, is this tenant's if its sender is. "
       "Shared hosting says false, where any customer's script can choose any sender."},
      [](reader::Parts& parts) { return &last_tenant(parts).local; }));
  settings.push_back(reader::parsed_setting(
      {"stream", R"("transactional")", "The stream of its mail if no rule chooses another."},
      "the name of a stream", reader::parse_name,
      [](reader::Parts& parts) { return &last_tenant(parts).stream; }));
  settings.push_back(reader::list_setting(
      {"streams", "[]",
       "The streams that the header Signpost-Stream may choose. If empty, only the default stream."},
      R"(a list of streams such as ["transactional", "bulk"])", reader::parse_name,
      [](reader::Parts& parts) { return &last_tenant(parts).streams; }));
  settings.push_back(
      reader::count_setting({"max_recipients", "",
                             "How many recipients one message may have. A client hears 452 4.5.3 to each "
                             "further one and sends to those in "
                             "another message; where no answer at RCPT is heard, as of the `sendmail` "
                             "command, the message is refused. "
                             "If absent, any number."},
                            [](reader::Parts& parts) { return &last_tenant(parts).max_recipients; }));
  settings.push_back(reader::choice_setting(
      {"suppression_action", "",
       "What happens to its suppressed recipients. If absent, what suppression.action says."},
      suppression_actions(), [](reader::Parts& parts) { return &last_tenant(parts).suppression_action; }));
  settings.push_back(reader::parsed_setting({"bounce_domain", "",
                                             "The domain of its return paths, a subdomain of its From domain "
                                             "so that SPF aligns (DMARC). If absent, what "
                                             "feedback.bounce_domain says."},
                                            "a domain", mail::canonical_domain, [](reader::Parts& parts) {
                                              return &last_tenant(parts).bounce_domain;
                                            }));
  settings.push_back(reader::choices_setting(
      {"fold", "[]",
       "Which addresses this tenant's own listings treat as the same mailbox: "
       "plus-tag (bob+news is bob), "
       "gmail-dots (at gmail.com and googlemail.com, which are treated as one domain, dots are ignored)."},
      "a list of plus-tag, gmail-dots",
      reader::Choices<policy::Fold>{
          {{"plus-tag", policy::Fold::plus_tag}, {"gmail-dots", policy::Fold::gmail_dots}}, {}},
      [](reader::Parts& parts) { return &last_tenant(parts).fold; }));
  return section;
}

reader::Section stream_rule_section() {
  reader::Section section{"tenant.stream_rule",
                          true,
                          "Chooses the stream of the tenant's mail. "
                          "All conditions of a rule must hold; the first rule that matches decides.",
                          {}};
  section.begin = [](reader::Parts& parts, const reader::Value&) {
    last_tenant(parts).stream_rules.emplace_back();
  };
  auto& settings = section.settings;
  settings.push_back(reader::parsed_setting(
      {"sender", "", "The envelope sender: an address, or a domain with an @ before it."},
      R"(an address or a domain such as "@acme.example")", parse_sender_pattern,
      [](reader::Parts& parts) { return &last_rule(parts).sender; }));
  settings.push_back(reader::parsed_setting({"login", "", "The SMTP AUTH login."}, "a login name",
                                            reader::parse_any_text,
                                            [](reader::Parts& parts) { return &last_rule(parts).login; }));
  settings.push_back(reader::parsed_setting({"client", "", "The client's address or network."},
                                            R"(a network such as "192.0.2.0/24")", base::parse_network,
                                            [](reader::Parts& parts) { return &last_rule(parts).client; }));
  settings.push_back(reader::required(reader::parsed_setting(
      {"stream", "", "The stream of mail that the rule matches."}, "the name of a stream", reader::parse_name,
      [](reader::Parts& parts) { return &last_rule(parts).stream; })));
  return section;
}

reader::Section recipient_cap_section() {
  reader::Section section{
      "tenant.recipient_cap",
      true,
      "How many recipients a message of some of the tenant's logins may have, instead of "
      "tenant.max_recipients. A cap that names the login exactly comes before one of its domain.",
      {}};
  section.begin = [](reader::Parts& parts, const reader::Value&) {
    last_tenant(parts).recipient_caps.emplace_back();
  };
  auto& settings = section.settings;
  settings.push_back(reader::required(reader::parsed_setting(
      {"login", "", "The SMTP AUTH login, or all logins of a domain."},
      R"(a login such as "acme-app" or "@acme.example")", login_as_given,
      [](reader::Parts& parts) { return &last_tenant(parts).recipient_caps.back().login; })));
  settings.push_back(reader::required(reader::count_setting(
      {"max_recipients", "", "How many recipients one message of it may have."},
      [](reader::Parts& parts) { return &last_tenant(parts).recipient_caps.back().max_recipients; })));
  return section;
}

reader::Section suppression_section() {
  reader::Section section{"suppression", false, "What happens to recipients on the suppression list.", {}};
  auto& settings = section.settings;
  settings.push_back(reader::choice_setting(
      {"action", R"("refuse")",
       "refuse answers 550 5.7.1, drop accepts and deletes the recipient, observe only logs."},
      suppression_actions(),
      [](reader::Parts& parts) { return &parts.get<PolicyDraft>().settings.suppression_action; }));
  settings.push_back(reader::choice_setting(
      {"egress_action", "",
       "What happens at ports of role signpost-egress to suppressed recipients that aliases or always_bcc "
       "added "
       "after the submit side, or that were listed since: refuse makes the MTA send a bounce, drop does not. "
       "If absent, they are delivered."},
      suppression_actions(),
      [](reader::Parts& parts) { return &parts.get<PolicyDraft>().settings.egress_suppression; }));
  settings.push_back(reader::choice_setting(
      {"on_error", R"("defer")", "What happens to mail while the list cannot be read."},
      reader::Choices<bool>{{{"defer", false}, {"accept", true}}},
      [](reader::Parts& parts) { return &parts.get<PolicyDraft>().settings.suppression_fails_open; }));
  settings.push_back(reader::duration_setting(
      {"probation", "",
       "After a hard-bounce, soft-bounce or dead-domain listing has ended, "
       "one message is let through as a trial and the other messages are blocked for this long, "
       "until its outcome is known. If absent, all pass."},
      std::chrono::minutes{1},
      [](reader::Parts& parts) { return &parts.get<PolicyDraft>().settings.probation; }));
  settings.push_back(reader::duration_setting(
      {"keep_ended", R"("30d")", "How long listings that have ended remain visible before they are removed."},
      std::chrono::seconds{1},
      [](reader::Parts& parts) { return &parts.get<PolicyDraft>().settings.keep_ended; }));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"key_file", "", "The key ring for hashed listings and hashed addresses in the log."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<PolicyDraft>().suppression_key_file; })));
  return section;
}

/// The rows of a BlockTable. `defaults` has the default of each row; a row that is not in it has none.
reader::Section block_rows(reader::Section section, const policy::BlockTable& defaults,
                           policy::BlockTable& (*table)(reader::Parts&)) {
  static constexpr policy::Reason kBlocking[] = {policy::Reason::hard_bounce, policy::Reason::soft_bounce,
                                                 policy::Reason::complaint,   policy::Reason::unsubscribe,
                                                 policy::Reason::manual,      policy::Reason::trap,
                                                 policy::Reason::dead_domain};
  for (const policy::Reason reason : kBlocking) {
    reader::Value words;
    words.kind = reader::Value::Kind::array;
    const auto found = defaults.find(reason);
    if (found != defaults.end()) {
      for (const std::string& word : found->second) {
        words.items.emplace_back();
        words.items.back().kind = reader::Value::Kind::text;
        words.items.back().text = word;
      }
    }
    const std::string name = policy::reason_word(reason);
    section.settings.push_back(
        reader::list_setting({name, found == defaults.end() ? "" : reader::format_toml(words),
                              "Streams blocked by a listing with the reason " + name + "."},
                             R"(a list of streams such as ["*", "!transactional"])", parse_stream_word,
                             [reason, table](reader::Parts& parts) { return &table(parts)[reason]; }));
  }
  return section;
}

reader::Section tenant_blocks_section() {
  return block_rows({"tenant.blocks",
                     false,
                     "Rows of [suppression.blocks] that differ for this tenant's mail, "
                     "written blocks = { complaint = [\"*\"] }. "
                     "Rows that are absent are taken from there.",
                     {}},
                    {},
                    [](reader::Parts& parts) -> policy::BlockTable& { return last_tenant(parts).blocks; });
}

reader::Section blocks_section() {
  return block_rows({"suppression.blocks",
                     false,
                     "Which streams a listing blocks, by its reason: "
                     "\"*\" means all, \"NAME\" this one, \"!NAME\" not this one, \"own\" the listing's own; "
                     "later words override earlier ones. "
                     "The reasons allow and no-tracking never block.",
                     {}},
                    policy::default_blocks(), [](reader::Parts& parts) -> policy::BlockTable& {
                      return parts.get<PolicyDraft>().settings.blocks;
                    });
}

}  // namespace

base::Result<std::string> login_as_given(std::string_view text) {
  if (auto any = reader::parse_any_text(text); !any) return any;
  return policy::parse_login_pattern(text, policy::LoginCase::folded).map([&](const auto&) {
    return std::string(text);
  });
}

std::vector<reader::Section> policy_sections() {
  std::vector<reader::Section> sections = clients_sections();
  for (auto make : {tenant_section, stream_rule_section, recipient_cap_section, tenant_blocks_section,
                    suppression_section, blocks_section})
    sections.push_back(make());
  for (reader::Section& section : limit_sections()) sections.push_back(std::move(section));
  for (reader::Section& section : seal_sections()) sections.push_back(std::move(section));
  return sections;
}

}  // namespace signpost::config
