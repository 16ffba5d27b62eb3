// Tables of mail servers and list servers. They have no columns, and most of them are not about recipients.
#include <utility>

#include "importers/families.h"
#include "importers/map_records.h"

namespace signpost::importers {
namespace {

constexpr Meaning kManualEverywhere{Fate::take, Reason::manual, Scope::everywhere};
constexpr std::string_view kRecipients =
    "taken for a table that Postfix asks about recipients (check_recipient_access); a table of senders or "
    "clients says nothing about who must not get mail";
constexpr std::string_view kSenders =
    "this is a list of senders, who may not post; now it is a list of recipients, who get no mail";

Format access_format() {
  return {.source = "access(5) of Postfix 3.7",
          .shape = Shape::csv,
          .signature = {"1", "2"},
          .needs_name = true,
          .headless_width = 4,
          .map = MapKind::postfix,
          .address = "1",
          .names = NameKind::access,
          .notes = {"4"},
          .keys = {"2", "3"}};
}

Format sendmail_format() {
  Format access = access_format();
  access.name = "sendmail-access";
  access.title = "Sendmail, access map: what it says of recipients";
  access.source = "cf/README of Sendmail 8.17, the access database";
  access.map = MapKind::sendmail;
  access.names = NameKind::sendmail_access;
  access.remark =
      "lines with the tag To: and without a tag were taken for recipients, as Sendmail does with "
      "FEATURE(`blocklist_recipients')";
  access.rules = {{{"reject"}, of_list(kManualEverywhere)},
                  {{"5nn", "511"}, kHard},
                  {{"5nn"}, of_list(kManualEverywhere)}};
  for (const std::string_view action : {"ok", "relay", "4nn", "discard", "skip", "quarantine"})
    access.rules.push_back({{action}, kIgnored});
  for (const std::string_view tag : sendmail_tags()) access.rules.push_back({{tag}, kIgnored});
  return access;
}

}  // namespace

std::vector<Format> server_formats() {
  Format access = access_format();
  access.name = "postfix-access";
  access.title = "Postfix, access table of recipients";
  access.remark = kRecipients;
  access.rules = {{{"reject", "511"}, kHard},
                  {{"5nn", "511"}, kHard},
                  {{"reject"}, of_list(kManualEverywhere)},
                  {{"5nn"}, of_list(kManualEverywhere)}};
  Format allowed = access_format();
  allowed.name = "postfix-access-ok";
  allowed.title = "Postfix, access table: the recipients that it lets through";
  allowed.remark = kRecipients;
  allowed.rules = {{{"ok"}, kAllow}, {{"reject"}, kIgnored}, {{"5nn"}, kIgnored}};
  for (const std::string_view action :
       {"ok", "relay", "permit", "dunno", "4nn", "defer", "deferifpermit", "deferifreject", "discard", "hold",
        "delay", "filter", "redirect", "bcc", "prepend", "info", "warn"}) {
    access.rules.push_back({{action}, kIgnored});
    if (action != "ok") allowed.rules.push_back({{action}, kIgnored});
  }
  return {
      std::move(access),
      std::move(allowed),
      sendmail_format(),
      {.name = "sympa-blocklist",
       .title = "Sympa, blocklist.txt of senders",
       .source = "sympa-community/sympa: Scenario.pm",
       .shape = Shape::csv,
       .signature = {"1"},
       .needs_name = true,
       .headless_width = 1,
       .separator = '\n',
       .comments = "#;",
       .address = "1",
       .names = NameKind::sender,
       .rules = {{{}, of_list(kManual)}},
       .remark = kSenders},
      {.name = "mailman-bans",
       .title = "Mailman 3, bans of senders",
       .source = "osstech-jp/mailman: rest/bans.py",
       .shape = Shape::json,
       .signature = {"email", "selflink", "httpetag"},
       .absent = {"address", "role", "deliverymode"},
       .needs_name = true,
       .address = "email",
       .names = NameKind::sender,
       .notes = {"listid"},
       .rules = {{{}, of_list(kManual)}},
       .remark = kSenders},
  };
}

}  // namespace signpost::importers
