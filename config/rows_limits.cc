// The settings of limits: [limits], [[limit]], its `when` and its exceptions.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/process_settings.h"
#include "config/reader/setting_types.h"
#include "config/rows_policy.h"

namespace signpost::config {
namespace {

using policy::LimitAction;
using policy::LimitKeyPart;
using policy::Weight;

constexpr std::int64_t kWidestClient = 32;
constexpr std::int64_t kNarrowestClient = 128;
constexpr std::int64_t kMostKeys = 10'000'000;

reader::Choices<LimitKeyPart> key_parts() {
  reader::Choices<LimitKeyPart> choices;
  for (const LimitKeyPart part : policy::kLimitKeyParts)
    choices.words.emplace_back(policy::key_part_word(part), part);
  return choices;
}

policy::Settings& settings_of(reader::Parts& parts) {
  return parts.get<PolicyDraft>().settings;
}
policy::LimitSettings& last_limit(reader::Parts& parts) {
  return settings_of(parts).limits.back();
}
policy::LimitException& last_exception(reader::Parts& parts) {
  return last_limit(parts).exceptions.back();
}

reader::Section limits_section() {
  reader::Section section{"limits", false, "What all limits have in common. See [limits.md](limits.md).", {}};
  section.settings.push_back(reader::number_setting(
      {"ipv6_prefix", "64",
       "Limits count IPv6 clients by networks of so many bits, since whoever has one address has many. If it "
       "is "
       "changed, the count of IPv6 clients starts anew."},
      kWidestClient, kNarrowestClient, [](reader::Parts& parts) { return &settings_of(parts).ipv6_prefix; }));
  return section;
}

reader::Section hold_section() {
  reader::Section section{
      "hold",
      false,
      "Mail that a limit with the action `hold` lets the MTA keep. See [held-mail.md](held-mail.md).",
      {}};
  section.settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"socket", "",
       "The unix socket of signpost-release, which releases held mail. Limits that hold need it."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().hold_socket; })));
  section.settings.push_back(reader::duration_setting(
      {"at_most", R"("5d")",
       "How long a message may be held; then it goes back to its sender, as undeliverable."},
      std::chrono::minutes{1}, [](reader::Parts& parts) { return &settings_of(parts).hold_at_most; }));
  return section;
}

reader::Section limit_section() {
  reader::Section section{
      "limit",
      true,
      "A limit on volume. All limits that apply to a recipient are charged together. Keyed by name.",
      {}};
  section.begin = [](reader::Parts& parts, const reader::Value& table) {
    settings_of(parts).limits.emplace_back();
    parts.get<PolicyDraft>().limit_tables.push_back(&table);
  };
  auto& settings = section.settings;
  settings.push_back(reader::required(reader::parsed_setting(
      {"name", "", "The limit's name, which the reply to the client shows."}, "a name", reader::parse_name,
      [](reader::Parts& parts) { return &last_limit(parts).name; })));
  settings.push_back(reader::choices_setting(
      {"key", "[]", "What is counted separately. If empty, all mail shares one count."},
      "a list of " + base::join(key_parts().names(), ", "), key_parts(),
      [](reader::Parts& parts) { return &last_limit(parts).key; }));
  settings.push_back(reader::required(reader::list_setting(
      {"rate", "", "How much may pass per s, m, h, d or w. If there are several rates, all of them apply."},
      R"(a list of rates such as ["20k/h", "100k/d"])", policy::parse_rate,
      [](reader::Parts& parts) { return &last_limit(parts).rates; })));
  settings.push_back(reader::count_setting({"burst", "",
                                            "Makes each rate a steady pace that allows a burst of this size. "
                                            "If absent, rates are quotas, counted in sliding windows."},
                                           [](reader::Parts& parts) { return &last_limit(parts).burst; }));
  settings.push_back(reader::choice_setting(
      {"weight", R"("recipients")",
       "What is counted. Bytes are known, and judged, only at the end of the message."},
      reader::Choices<Weight>{
          {{"recipients", Weight::recipients}, {"messages", Weight::messages}, {"bytes", Weight::bytes}}},
      [](reader::Parts& parts) { return &last_limit(parts).weight; }));
  settings.push_back(reader::choice_setting(
      {"action", R"("defer")",
       "What happens above the limit: defer answers 451, hold takes the message and lets the MTA keep it "
       "until the "
       "limit allows it ([held-mail.md](held-mail.md)), refuse answers 550, observe only logs."},
      reader::Choices<LimitAction>{{{"defer", LimitAction::defer},
                                    {"hold", LimitAction::hold},
                                    {"refuse", LimitAction::refuse},
                                    {"observe", LimitAction::observe}}},
      [](reader::Parts& parts) { return &last_limit(parts).action; }));
  settings.push_back(reader::number_setting(
      {"max_keys", "100000",
       "How many keys may have a count of their own at the same time, each in some 300 bytes of memory. "
       "Further ones share one count. See [limits.md](limits.md)."},
      1, kMostKeys, [](reader::Parts& parts) { return &last_limit(parts).max_keys; }));
  return section;
}

/// The five lists by which `when`, or what it leaves out, names mail.
reader::Section names_section(const char* path, const char* help, const char* what,
                              policy::MailNames& (*names)(reader::Parts&)) {
  reader::Section section{path, false, help, {}};
  const auto row = [&](const char* name, const char* of) {
    return reader::Row{name, "[]", std::string(what) + " " + of};
  };
  auto& settings = section.settings;
  settings.push_back(reader::list_setting(row("tenant", "mail of these tenants."),
                                          R"(a list of tenants such as ["acme"])", reader::parse_name,
                                          [names](reader::Parts& parts) { return &names(parts).tenants; }));
  settings.push_back(reader::list_setting(row("stream", "mail in these streams."),
                                          R"(a list of streams such as ["bulk"])", reader::parse_name,
                                          [names](reader::Parts& parts) { return &names(parts).streams; }));
  settings.push_back(reader::list_setting(
      row("login", "mail of these logins; \"@acme.example\" stands for all of that domain."),
      R"(a list of logins such as ["acme-app", "@acme.example"])", login_as_given,
      [names](reader::Parts& parts) { return &names(parts).logins; }));
  settings.push_back(reader::list_setting(
      row("sender", "mail with these envelope senders: one, the beginning of one, or all of a domain."),
      R"(a list of addresses such as ["ann@acme.example", "news-*@acme.example", "@sub.acme.example"])",
      policy::parse_sender_pattern, [names](reader::Parts& parts) { return &names(parts).senders; }));
  settings.push_back(reader::list_setting(row("client", "mail from these addresses and networks."),
                                          R"(a list of networks such as ["192.0.2.0/24"])",
                                          base::parse_network,
                                          [names](reader::Parts& parts) { return &names(parts).clients; }));
  return section;
}

reader::Section when_section() {
  return names_section(
      "limit.when",
      "Restricts a limit to some mail, written when = { tenant = [\"acme\"] }. Each list that is not empty "
      "must name "
      "the mail.",
      "Only", [](reader::Parts& parts) -> policy::MailNames& { return last_limit(parts).when.only; });
}

reader::Section when_not_section() {
  return names_section(
      "limit.when.not",
      "Leaves some mail out, written when = { not = { login = [\"bulk@acme.example\"] } }. What one of the "
      "lists names "
      "is not counted.",
      "Not", [](reader::Parts& parts) -> policy::MailNames& { return last_limit(parts).when.except; });
}

/// What a row of an exception names, and its type as errors tell it.
struct TermRow {
  LimitKeyPart part;
  const char* type;
  const char* help;
};

reader::Section override_section() {
  reader::Section section{
      "limit.override",
      true,
      "Another rate for some keys of the limit: at least one part of its key is named. Of several "
      "that fit, the one that names more parts decides, then the one that names them wholly "
      "rather than by domain, beginning or network, then the first.",
      {}};
  section.begin = [](reader::Parts& parts, const reader::Value&) {
    last_limit(parts).exceptions.emplace_back();
  };
  static constexpr TermRow kTerms[] = {
      {LimitKeyPart::tenant, "the name of a tenant", "For the count of this tenant."},
      {LimitKeyPart::stream, "the name of a stream", "For the count of this stream."},
      {LimitKeyPart::login, R"(a login such as "bulk@acme.example" or "@acme.example")",
       "For the count of this login, or of each login of a domain."},
      {LimitKeyPart::sender,
       R"(an address such as "ann@acme.example", "news-*@acme.example" or "@acme.example")",
       "For the count of this envelope sender, of each that begins so, or of each of a domain; \"<>\" is the "
       "null "
       "sender. It must be named as the tenant folds it."},
      {LimitKeyPart::sender_domain, "a domain", "For the count of this domain of envelope senders."},
      {LimitKeyPart::client, R"(an address or network such as "192.0.2.0/24")",
       "For the count of this client, or of each in a network; \"local\" is a client without an address."},
      {LimitKeyPart::rcpt_domain, "a domain", "For the count of this domain of recipients."},
      {LimitKeyPart::rcpt_provider, "a domain, or one of google, microsoft, yahoo, apple",
       "For the count of this provider of recipients."},
  };
  for (const TermRow& row : kTerms) {
    const LimitKeyPart part = row.part;
    section.settings.push_back(reader::parsed_setting(
        {policy::key_part_word(part), "", row.help}, row.type,
        [part](std::string_view text) { return policy::parse_key_term(part, text); },
        [](reader::Parts& parts) { return &last_exception(parts).terms.emplace_back(); }));
  }
  section.settings.push_back(reader::required(
      reader::list_setting({"rate", "", "How much may pass for these keys. If empty, any amount."},
                           R"(a list of rates such as ["20k/h", "100k/d"])", policy::parse_rate,
                           [](reader::Parts& parts) { return &last_exception(parts).rates; })));
  section.settings.push_back(
      reader::count_setting({"burst", "", "Makes the rates paces with this burst. If absent, the limit's."},
                            [](reader::Parts& parts) { return &last_exception(parts).burst; }));
  return section;
}

}  // namespace

std::vector<reader::Section> limit_sections() {
  return {limits_section(), hold_section(),     limit_section(),
          when_section(),   when_not_section(), override_section()};
}

}  // namespace signpost::config
