// The settings of whose mail it is: [clients], [[clients.reinjected]], [seal].
#include <string>
#include <utility>

#include "config/reader/setting_types.h"
#include "config/rows_policy.h"
#include "mail/address.h"
#include "milter/snapshot.h"

namespace signpost::config {
namespace {

using policy::LocalMail;

reader::Choices<LocalMail> local_words() {
  reader::Choices<LocalMail> choices;
  for (const LocalMail local : {LocalMail::made_here, LocalMail::all, LocalMail::none})
    choices.words.emplace_back(policy::local_mail_word(local), local);
  return choices;
}

policy::Settings& settings_of(reader::Parts& parts) {
  return parts.get<PolicyDraft>().settings;
}
policy::ReinjectedRule& last_rule(reader::Parts& parts) {
  return settings_of(parts).origin.reinjected.back();
}

reader::Section clients_section() {
  reader::Section section{
      "clients",
      false,
      "Which mail is the site's own, beside that of authenticated clients. See [tenants.md](tenants.md).",
      {}};
  auto& settings = section.settings;
  settings.push_back(reader::list_setting(
      {"trusted", "[]",
       "Addresses and networks whose mail is the site's own without a login. Addresses of this host follow "
       "`loopback` all the same."},
      R"(a list of networks such as ["192.0.2.0/24"])", base::parse_network,
      [](reader::Parts& parts) { return &settings_of(parts).trusted; }));
  settings.push_back(reader::choice_setting(
      {"local", R"("made-here")",
       "Which mail of the `sendmail` command is the site's own. made-here: what bears no trace of a way "
       "through "
       "another host or a mailbox; all: strangers' mail that a filter or a .forward gives back too; none: "
       "only "
       "what carries a seal."},
      local_words(), [](reader::Parts& parts) { return &settings_of(parts).origin.local; }));
  settings.push_back(reader::choice_setting(
      {"loopback", R"("made-here")", "The same for SMTP from this host without a login."}, local_words(),
      [](reader::Parts& parts) { return &settings_of(parts).origin.loopback; }));
  settings.push_back(
      reader::list_setting({"hops", "[]",
                            "Addresses of other hosts of the site that seal mail and hand it on: what their "
                            "seals say is believed. "
                            "They need the same `seal.key_file`. This host's own seals are always believed."},
                           R"(a list of networks such as ["192.0.2.25"])", base::parse_network,
                           [](reader::Parts& parts) { return &settings_of(parts).hops; }));
  settings.push_back(
      reader::list_setting({"reports", R"(["1000/h"])",
                            "How many reports of the MTA itself may pass; they charge no other limit. Above "
                            "it they wait. Any local "
                            "program can imitate one. If empty, there is no such limit."},
                           R"(a list of rates such as ["1000/h"])", policy::parse_rate,
                           [](reader::Parts& parts) { return &settings_of(parts).report_limit.rates; }));
  settings.push_back(reader::list_setting(
      {"web_hosts", "[]",
       "Names in `Received: … by NAME with HTTP` that webmail of the site writes, beside this host's and the "
       "tenants' domains."},
      R"(a list of host names such as ["webmail.example.com"])", mail::canonical_domain,
      [](reader::Parts& parts) { return &settings_of(parts).origin.web_hosts; }));
  settings.push_back(
      reader::flag_setting({"trace_logins", "false",
                            "Whether `(Authenticated sender: …)` in a Received of this host names the login "
                            "of mail that a filter hands on "
                            "(Postfix: `smtpd_sasl_authenticated_header = yes`). Only where no local program "
                            "is hostile: any of them can "
                            "write such a field."},
                           [](reader::Parts& parts) { return &settings_of(parts).origin.trace_logins; }));
  settings.push_back(reader::duration_setting(
      {"remember_passed", R"("1h")",
       "How long it is remembered, of mail at ports without a role, whose it is and that its limits are "
       "charged, for a content filter that hands it back. \"0s\" on a host without such a filter whose local "
       "programs are not trusted: one that knows a message could send another in its place."},
      std::chrono::seconds{0},
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().remember_passed; }));
  settings.push_back(
      reader::list_setting({"reinjected_rates", "[]",
                            "How many recipients of mail that came back to this host may pass; nothing else "
                            "limits such mail. Above it the "
                            "mail waits. If empty, there is no such limit."},
                           R"(a list of rates such as ["1000/h"])", policy::parse_rate,
                           [](reader::Parts& parts) { return &settings_of(parts).reinjected_limit.rates; }));
  return section;
}

reader::Section reinjected_section() {
  reader::Section section{
      "clients.reinjected",
      true,
      "List software on this host that posts what it received. Such mail has travelled, so it is not the "
      "site's own unless a rule names the list, which must stand in From.",
      {}};
  section.begin = [](reader::Parts& parts, const reader::Value&) {
    settings_of(parts).origin.reinjected.emplace_back();
  };
  auto& settings = section.settings;
  settings.push_back(reader::required(reader::parsed_setting(
      {"list", "", "The list's address, as it stands in From."}, "an address", mail::parse_address,
      [](reader::Parts& parts) { return &last_rule(parts).list; })));
  settings.push_back(reader::parsed_setting(
      {"sender", "", "The envelope sender, which must match too if it is given."},
      R"(an address or its beginning, such as "news-*@lists.example")", policy::parse_sender_pattern,
      [](reader::Parts& parts) { return &last_rule(parts).sender; }));
  return section;
}

reader::Section seal_section() {
  reader::Section section{"seal",
                          false,
                          "The field Signpost-Seal, by which one pass of a message tells the next whose it "
                          "is. Nobody else can read "
                          "or make one.",
                          {}};
  auto& settings = section.settings;
  settings.push_back(reader::parsed_setting(
      {"key_file", "",
       "The ring of keys for seals, the same on all hosts that hand mail on to each "
       "other. If absent, the daemon "
       "makes one of its own, seal.keys in store.path. If given, mail of ports without a role "
       "is sealed too, not only of "
       "role submit."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<PolicyDraft>().seal_key_file; }));
  settings.push_back(reader::duration_setting(
      {"expires", R"("5d")", "How long a seal is believed: as long as the MTA keeps mail in its queue."},
      std::chrono::minutes{1},
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().seal_expires; }));
  return section;
}

}  // namespace

std::vector<reader::Section> clients_sections() {
  return {clients_section(), reinjected_section()};
}

std::vector<reader::Section> seal_sections() {
  return {seal_section()};
}

}  // namespace signpost::config
