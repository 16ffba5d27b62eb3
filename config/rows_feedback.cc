#include "config/rows_feedback.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "config/process_settings.h"
#include "config/reader/setting_types.h"
#include "mail/address.h"
#include "system/file.h"
#include "system/listen_address.h"

namespace signpost::config {
namespace {

/// https://support.google.com/mail/answer/6254652: the SenderId.
base::Result<std::string> parse_sender_id(std::string_view text) {
  if (text.size() >= 5 && text.size() <= 15 && std::all_of(text.begin(), text.end(), base::is_alnum))
    return std::string(text);
  return base::invalid("'" + std::string(text) + "' is not five to fifteen letters and digits");
}

base::Result<std::string> parse_socket_path(std::string_view text) {
  auto path = reader::parse_absolute_path(text);
  if (path && path->size() > system::kMaxUnixPath)
    return base::invalid("the path of a unix socket has at most " + std::to_string(system::kMaxUnixPath) +
                         " bytes");
  return path;
}

void add_results(std::vector<reader::Setting>& settings) {
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"results_socket", "",
       "The path of a unix socket where Postfix asks what to make of each result of a delivery "
       "(smtp_delivery_status_filter), best beside the milter's in the queue directory. If absent, there is "
       "none."},
      "an absolute path", parse_socket_path,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().results_socket; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"results_user", R"("postfix")",
       "Postfix' mail_owner: the only user who may ask there, whose group the socket has. And a report is "
       "believed to be "
       "this host's own only from a process of this user or of root."},
      "the name of a user", reader::parse_any_text,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().results_user; })));
  settings.push_back(reader::duration_setting(
      {"wait_at_most", R"("6h")",
       "How long mail to a provider that refuses the sender waits, from the first such refusal; "
       "then it bounces, so that senders learn. It begins anew after as long without one (at least 4h)."},
      std::chrono::seconds{1},
      [](reader::Parts& parts) { return &parts.get<FeedbackDraft>().settings.wait_at_most; }));
}

reader::Section feedback_section() {
  reader::Section section{
      "feedback",
      false,
      "What comes back: bounces and complaints about the site's mail. See [feedback.md](feedback.md).",
      {}};
  auto& settings = section.settings;
  settings.push_back(
      reader::parsed_setting({"key_file", "",
                              "The key ring that seals return paths. Only the daemon reads it; create it "
                              "with: signpostctl key new FILE."},
                             "an absolute path", reader::parse_absolute_path,
                             [](reader::Parts& parts) { return &parts.get<FeedbackDraft>().key_file; }));
  settings.push_back(reader::parsed_setting({"bounce_domain", "",
                                             "The domain of return paths. It must be used for nothing else: "
                                             "all mail to it on a port of role inbound is "
                                             "taken in, its postmaster and abuse addresses excepted."},
                                            "a domain", mail::canonical_domain, [](reader::Parts& parts) {
                                              return &parts.get<FeedbackDraft>().settings.domain;
                                            }));
  settings.push_back(reader::list_setting(
      {"former_domains", "[]",
       "Domains that return paths once had: what still comes to them is taken in too, and not sent round in "
       "circles."},
      R"(a list of domains such as ["bounces.example.com"])", mail::canonical_domain,
      [](reader::Parts& parts) { return &parts.get<FeedbackDraft>().settings.former_domains; }));
  settings.push_back(reader::list_setting(
      {"streams", R"(["bulk"])",
       "Streams whose mail leaves with a return path in place of its envelope sender, which then gets no "
       "bounces."},
      R"(a list of streams such as ["bulk"])", reader::parse_name,
      [](reader::Parts& parts) { return &parts.get<FeedbackDraft>().settings.streams; }));
  settings.push_back(reader::list_setting(
      {"forward", "[]",
       "Of these streams, those that people use: what comes back also goes on to whoever sent the message, "
       "with a null "
       "sender."},
      R"(a list of streams such as ["office"])", reader::parse_name,
      [](reader::Parts& parts) { return &parts.get<FeedbackDraft>().settings.forward; }));
  settings.push_back(reader::parsed_setting(
      {"sender_id", "",
       "Five to fifteen letters and digits that name this site in the field Feedback-ID, for Google's "
       "Postmaster Tools. If "
       "absent, the field is not added."},
      "five to fifteen letters and digits", parse_sender_id,
      [](reader::Parts& parts) { return &parts.get<FeedbackDraft>().settings.sender_id; }));
  settings.push_back(reader::choice_setting(
      {"hard_scope", R"("everywhere")",
       "For whom a dead address is listed that this host's own MTA reports, and so was told by the other "
       "server itself: everywhere, or "
       "tenant. Reports from elsewhere list for the tenant."},
      reader::Choices<bool>{{{"everywhere", true}, {"tenant", false}}},
      [](reader::Parts& parts) { return &parts.get<FeedbackDraft>().settings.hard_everywhere; }));
  settings.push_back(
      reader::flag_setting({"cfbl", "true",
                            "Whether mail with a return path offers complaints by RFC 9477 (CFBL-Address), "
                            "where the bounce domain is below the From "
                            "domain and a key of that domain signs."},
                           [](reader::Parts& parts) { return &parts.get<FeedbackDraft>().settings.cfbl; }));
  settings.push_back(reader::duration_setting(
      {"expires", R"("30d")", "How long after a message was sent a report about it is acted on."},
      std::chrono::hours{1},
      [](reader::Parts& parts) { return &parts.get<FeedbackDraft>().settings.expires; }));
  settings.push_back(reader::number_setting(
      {"soft_limit", "4",
       "On how many days an address must fail for the time being (each counts half as much after "
       "soft_half_life) "
       "to be listed as soft-bounce."},
      1, 1000, [](reader::Parts& parts) { return &parts.get<PolicyDraft>().settings.soft.limit; }));
  settings.push_back(reader::duration_setting(
      {"soft_half_life", R"("14d")", "The time in which such a day counts half as much."},
      std::chrono::hours{1},
      [](reader::Parts& parts) { return &parts.get<PolicyDraft>().settings.soft.half_life; }));
  settings.push_back(reader::duration_setting(
      {"soft_listed", R"("14d")", "How long the address is listed then."}, std::chrono::hours{1},
      [](reader::Parts& parts) { return &parts.get<PolicyDraft>().settings.soft.listed; }));
  settings.push_back(reader::needs_restart(reader::flag_setting(
      {"keep_evidence", "true",
       "Whether genuine reports are kept, in `evidence` below store.path; see retention.evidence."},
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().keeps_evidence; })));
  settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"mail_log", "",
       "The MTA's log, such as /var/log/mail.log: what became of each recipient is read from it, for "
       "`signpostctl why` "
       "and `report bounces`. The daemon's user must be able to read it (on Debian: the group adm)."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().mail_log; })));
  add_results(settings);
  return section;
}

bool is_sender_domain(const policy::Settings& settings, const std::string& domain) {
  return std::any_of(settings.tenants.begin(), settings.tenants.end(), [&](const policy::Tenant& tenant) {
    return std::find(tenant.sender_domains.begin(), tenant.sender_domains.end(), domain) !=
           tenant.sender_domains.end();
  });
}

}  // namespace

std::vector<reader::Section> feedback_sections() {
  return {feedback_section()};
}

void check_feedback(FeedbackDraft& draft, const PolicyDraft& policy, const KnownNames& known,
                    reader::Checks& checks) {
  const auto check_domain = [&](const std::string& domain, const reader::Position& at,
                                const std::string& path) {
    if (is_sender_domain(policy.settings, domain))
      checks.error(at, path + ": '" + domain +
                           "' is a sender domain of a tenant, whose mail would be swallowed; use a subdomain "
                           "of its own, such as bounce." +
                           domain);
    if (draft.key_file.empty())
      checks.error(
          at,
          path + " has no effect without feedback.key_file; create the file with: signpostctl key new FILE");
  };
  for (std::size_t i = 0; i < policy.settings.tenants.size(); ++i) {
    const policy::Tenant& tenant = policy.settings.tenants[i];
    if (tenant.bounce_domain.empty()) continue;
    check_domain(tenant.bounce_domain, policy.tenant_tables[i]->find("bounce_domain")->at,
                 "tenant.bounce_domain");
    draft.settings.tenant_domains[tenant.id()] = tenant.bounce_domain;
  }
  const reader::Value* table = checks.root().find("feedback");
  if (table == nullptr || table->kind != reader::Value::Kind::table) return;
  if (const reader::Value* list = table->find("streams"))
    checks.require_names(*list, "feedback.streams", "stream", known.streams);
  for (const std::string& stream : draft.settings.forward) {
    if (!draft.settings.has_stream(stream))
      checks.error(table->find("forward")->at, "feedback.forward: stream '" + stream +
                                                   "' is not in feedback.streams, so its mail keeps "
                                                   "its sender, who gets the bounces");
  }
  if (!draft.settings.domain.empty())
    check_domain(draft.settings.domain, table->find("bounce_domain")->at, "feedback.bounce_domain");
  for (const std::string& domain : draft.settings.former_domains)
    check_domain(domain, table->find("former_domains")->at, "feedback.former_domains");
  const bool has_domain = !draft.settings.domain.empty() || !draft.settings.tenant_domains.empty();
  if (!draft.key_file.empty() && !has_domain)
    checks.error(table->at, "feedback.key_file has no effect without feedback.bounce_domain");
}

void check_results(const ProcessSettings& process, const system::Files& files, reader::Checks& checks) {
  const std::string& path = process.results_socket;
  const reader::Value* given = checks.given("feedback", "results_socket");
  if (given == nullptr || path.empty()) return;
  if (path == process.control_socket || path == process.milter_socket.path)
    checks.error(given->at, "feedback.results_socket: another socket has the path " + path);
  const std::string directory = system::directory_of(path);
  if (const auto found = files.inspect(directory); !found && found.error().kind == base::ErrorKind::not_found)
    checks.error(given->at,
                 "feedback.results_socket: the directory does not exist; create it with: install "
                 "-d -m 2750 -o signpost -g postfix " +
                     directory);
  if (!files.user_exists(process.results_user)) {
    const reader::Value* user = checks.given("feedback", "results_user");
    checks.error(user == nullptr ? given->at : user->at,
                 "feedback.results_user: there is no user '" + process.results_user +
                     "'; name the one that `postconf -h mail_owner` shows");
  }
}

}  // namespace signpost::config
