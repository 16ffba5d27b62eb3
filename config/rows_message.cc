// The settings of what is done to a message: signatures and links.
#include "config/rows_message.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "config/key_loader.h"
#include "config/process_settings.h"
#include "config/reader/setting_types.h"
#include "config/shared/tracking.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "milter/snapshot.h"

namespace signpost::config {
namespace {

using milter::UnsignedAction;

constexpr std::chrono::hours kMinExpiry{1};

/// A field name that can be signed, in lower case.
base::Result<std::string> parse_field_name(std::string_view text) {
  // RFC 5322 §3.6.8: printable ASCII without the colon.
  const bool is_name = !text.empty() && std::all_of(text.begin(), text.end(),
                                                    [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
  if (!is_name) return base::invalid("'" + std::string(text) + "' is not the name of a header field");
  std::string name = base::lower(text);
  if (dkim::is_never_signed(name)) {
    return base::invalid("'" + name +
                         "' is never signed: it may be changed or removed in transit (RFC 6376 §5.4.1)");
  }
  return name;
}

/// The domain of a key: "*" stands for whatever domain the author has.
base::Result<std::string> parse_signing_domain(std::string_view text) {
  if (text == dkim::KeyTable::kAnyDomain) return std::string(text);
  return mail::canonical_domain(text);
}

base::Result<std::string> parse_file_pattern(std::string_view text) {
  auto path = reader::parse_absolute_path(text);
  if (!path) return path;
  const std::size_t slash = path->rfind('/');
  if (path->find_first_of("*?[") < slash)
    return base::invalid("only the file name may contain a pattern, not the directory");
  return path;
}

/// "transactional=2d", "bulk=never".
base::Result<dkim::StreamExpiry> parse_stream_expiry(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return base::invalid("expected STREAM=TIME, as in bulk=14d");
  auto stream = reader::parse_name(base::trim(text.substr(0, equals)));
  if (!stream) return tl::unexpected(stream.error());
  const std::string_view span = base::trim(text.substr(equals + 1));
  if (span == "never") return dkim::StreamExpiry{std::move(*stream), std::nullopt};
  const auto age = base::parse_duration(span);
  if (!age) return tl::unexpected(age.error());
  if (*age < kMinExpiry) return base::invalid("must be at least " + base::format_duration(kMinExpiry));
  return dkim::StreamExpiry{std::move(*stream), std::chrono::duration_cast<std::chrono::seconds>(*age)};
}

/// "1/1000": of so many signed messages one; 0 for "off".
base::Result<std::uint64_t> parse_share(std::string_view text) {
  if (text == "off") return 0;
  const auto every = text.starts_with("1/") ? base::parse_number(text.substr(2)) : std::nullopt;
  if (!every || *every == 0) return base::invalid("expected 1/N, as in 1/1000, or off");
  return *every;
}

std::string format_names(const std::vector<std::string>& names) {
  return names.empty() ? "[]" : "[\"" + base::join(names, "\", \"") + "\"]";
}

/// Which keys there are, and for whom.
void add_key_settings(std::vector<reader::Setting>& settings) {
  settings.push_back(reader::parsed_setting(
      {"key_files", "",
       "Key files named DOMAIN.SELECTOR.pem, such as /etc/signpost/keys/*.pem; "
       "each is read when it is first needed."},
      "a path with * in its last part", parse_file_pattern,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().publish.key_pattern; }));
  settings.push_back(reader::parsed_setting(
      {"password_file", "",
       "A file whose first line is the password of the encrypted keys among `key_files`."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().key_password_file; }));
  settings.push_back(reader::flag_setting(
      {"subdomains", "false",
       "Whether keys also sign for authors in subdomains that have no key of their own; "
       "not aligned where the domain's DMARC policy says adkim=s."},
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().publish.subdomains; }));
  settings.push_back(reader::parsed_setting(
      {"default_domain", "",
       "A domain whose keys sign mail for which there is no other key, as a third party. "
       "If absent, such mail goes out unsigned."},
      "a domain", mail::canonical_domain,
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().settings.default_domain; }));
}

/// How their records are watched.
void add_publish_settings(std::vector<reader::Setting>& settings) {
  settings.push_back(reader::flag_setting(
      {"publish_gate", "false",
       "Whether a key that was never active signs only after its DNS record has been seen, "
       "and records are watched; keys made by `dkim rotate` always wait."},
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().publish.gate; }));
  settings.push_back(reader::duration_setting(
      {"watch_every", R"("1h")", "How often the records are looked up if `publish_gate` is true."},
      std::chrono::seconds(1),
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().publish.watch_every; }));
  settings.push_back(reader::duration_setting(
      {"overlap", R"("7d")",
       "How long the record of a replaced key is still needed: "
       "until then the key signs again if its successor's record fails."},
      std::chrono::seconds(1),
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().publish.overlap; }));
}

using RulesMember = std::optional<UnsignedAction> milter::UnsignedRules::*;

/// A setting of one class of reasons; milter/unsigned_mail has the table.
void add_unsigned_rule(std::vector<reader::Setting>& settings, const char* name, const char* help,
                       std::vector<std::pair<std::string, UnsignedAction>> words, RulesMember member) {
  settings.push_back(reader::choice_setting(
      {name, "", std::string(help) + " If absent, what `unsigned` says."},
      reader::Choices<UnsignedAction>{std::move(words), {}},
      [member](reader::Parts& parts) { return &(parts.get<milter::Settings>().unsigned_mail.*member); }));
}

/// What becomes of mail that no key signs.
void add_unsigned_settings(std::vector<reader::Setting>& settings) {
  using Rules = milter::UnsignedRules;
  using enum UnsignedAction;
  settings.push_back(reader::choice_setting(
      {"unsigned", R"("accept")",
       "What happens to outbound mail that cannot be signed: accept sends it unsigned; with refuse nothing "
       "unsigned "
       "leaves: what may be signed later waits (451), the rest is refused (550). "
       "Reports of the MTA itself always pass."},
      reader::Choices<bool>{{{"accept", false}, {"refuse", true}}},
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().unsigned_mail.strict; }));
  add_unsigned_rule(settings, "on_no_from",
                    "What happens to a message without From, or without an author in it.",
                    {{"accept", accept}, {"refuse", refuse}}, &Rules::on_no_from);
  add_unsigned_rule(settings, "on_bad_from",
                    "What happens to a message with several From fields, or one that cannot be read.",
                    {{"accept", accept}, {"refuse", refuse}}, &Rules::on_bad_from);
  add_unsigned_rule(settings, "on_several_authors",
                    "What happens to a message whose From names several mailboxes.",
                    {{"accept", accept}, {"refuse", refuse}}, &Rules::on_several_authors);
  add_unsigned_rule(settings, "foreign_from",
                    "What happens to a message whose From domain belongs to another tenant.",
                    {{"unsigned", accept}, {"refuse", refuse}}, &Rules::foreign_from);
  add_unsigned_rule(
      settings, "on_no_key",
      "What happens to a message whose From domain has no key, or one that waits for its record.",
      {{"accept", accept}, {"defer", defer}, {"refuse", refuse}}, &Rules::on_no_key);
  settings.push_back(reader::choice_setting(
      {"on_sign_error", "",
       "What happens to a message that could not be signed, because a key cannot be read or signing failed. "
       "If absent, it waits."},
      reader::Choices<UnsignedAction>{{{"defer", defer}, {"accept", accept}}, {}},
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().unsigned_mail.on_sign_error; }));
}

/// What an MTA would change after signing.
void add_transit_settings(std::vector<reader::Setting>& settings) {
  settings.push_back(reader::flag_setting(
      {"add_missing", "true",
       "Whether Date and Message-ID are added to a message "
       "that will be signed and lacks them (Sendmail would add them after signing)."},
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().add_missing_fields; }));
  settings.push_back(reader::choice_setting(
      {"long_fields", R"("fold")",
       "What is signed if a line of a signed header field is longer than 998 octets, "
       "which Postfix would fold: the field folded, or as it is."},
      reader::Choices<bool>{{{"fold", true}, {"keep", false}}},
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().fold_long_fields; }));
  settings.push_back(reader::choice_setting(
      {"address_fields", R"("auto")",
       "Whether From, To, Cc and the like are brought, before signing, to the form in which Sendmail leaves "
       "them: "
       "auto does so behind Sendmail, sendmail always, keep never."},
      reader::Choices<milter::AddressFields>{{{"auto", milter::AddressFields::by_mta},
                                              {"sendmail", milter::AddressFields::sendmail},
                                              {"keep", milter::AddressFields::keep}}},
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().address_fields; }));
  const reader::Choices<bool> recode_or_keep{{{"recode", true}, {"keep", false}}};
  settings.push_back(reader::choice_setting(
      {"long_lines", R"("keep")",
       "What is signed if a line of the body is longer than 998 octets, "
       "which Postfix would fold: the part re-encoded, or the part as it is."},
      recode_or_keep, [](reader::Parts& parts) { return &parts.get<milter::Settings>().recode_long_lines; }));
  settings.push_back(reader::choice_setting(
      {"eight_bit", R"("keep")",
       "What is signed if a part has 8bit text, which Postfix would encode for a peer without 8BITMIME."},
      recode_or_keep, [](reader::Parts& parts) { return &parts.get<milter::Settings>().recode_eight_bit; }));
}

reader::Section dns_section() {
  reader::Section section{"dns", false, "How DNS records are looked up.", {}};
  section.settings.push_back(reader::list_setting(
      {"servers", "[]", "The addresses of the resolvers to ask. If empty, those of /etc/resolv.conf."},
      R"(a list of addresses such as ["127.0.0.1:53"])", system::parse_dns_server,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().publish.servers; }));
  section.settings.push_back(reader::duration_setting(
      {"timeout", R"("5s")", "How long to wait for an answer."}, std::chrono::seconds(1),
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().publish.timeout; }));
  return section;
}

reader::Section dkim_section() {
  using dkim::Canon;
  reader::Section section{"dkim", false, "How outbound mail is signed.", {}};
  auto& settings = section.settings;
  add_key_settings(settings);
  add_publish_settings(settings);
  settings.push_back(reader::choice_setting(
      {"canonicalization", R"("relaxed/relaxed")",
       "The canonicalization of header and body before signing (RFC 6376 §3.4)."},
      reader::Choices<Canonicalization>{{{"relaxed/relaxed", {Canon::relaxed, Canon::relaxed}},
                                         {"relaxed/simple", {Canon::relaxed, Canon::simple}},
                                         {"simple/relaxed", {Canon::simple, Canon::relaxed}},
                                         {"simple/simple", {Canon::simple, Canon::simple}}}},
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().canonicalization; }));
  settings.push_back(reader::list_setting(
      {"oversign", format_names(dkim::Settings{}.oversign),
       "Fields that are signed once more than they occur, so that none can be added; must contain from."},
      R"(a list of header fields such as ["from", "subject"])", parse_field_name,
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().settings.oversign; }));
  settings.push_back(reader::list_setting(
      {"sign", format_names(dkim::default_signed_fields()), "Fields that are signed as often as they occur."},
      R"(a list of header fields such as ["list-id"])", parse_field_name,
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().settings.sign; }));
  add_unsigned_settings(settings);
  settings.push_back(reader::duration_setting(
      {"expire_after", "", "The age at which a signature expires (x=). If absent, it never does."},
      kMinExpiry, [](reader::Parts& parts) { return &parts.get<SigningDraft>().settings.expire_after; }));
  settings.push_back(reader::list_setting(
      {"expire_streams", "[]", "Streams whose signatures expire at another age, or never."},
      R"(a list such as ["transactional=2d", "bulk=never"])", parse_stream_expiry,
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().settings.stream_expiry; }));
  settings.push_back(reader::parsed_setting(
      {"self_check", R"("1/1000")",
       "The share of signed messages that are verified as they left; a bad signature raises an alarm."},
      R"(a share such as "1/1000", or "off")", parse_share,
      [](reader::Parts& parts) { return &parts.get<milter::Settings>().self_check_every; }));
  add_transit_settings(settings);
  return section;
}

reader::Section dkim_key_section() {
  reader::Section section{
      "dkim.key",
      true,
      "A signing key. If a domain has several, all of them sign. Keyed by domain and selector.",
      {}};
  section.begin = [](reader::Parts& parts, const reader::Value& table) {
    parts.get<SigningDraft>().keys.emplace_back();
    parts.get<SigningDraft>().key_tables.push_back(&table);
  };
  auto& settings = section.settings;
  settings.push_back(reader::required(reader::parsed_setting(
      {"domain", "", "The signing domain (d=), to which the author's address must belong."}, "a domain",
      parse_signing_domain,
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().keys.back().domain; })));
  settings.push_back(reader::required(reader::parsed_setting(
      {"selector", "", "The name under _domainkey at which the public key is published (s=)."}, "a selector",
      parse_selector, [](reader::Parts& parts) { return &parts.get<SigningDraft>().keys.back().selector; })));
  settings.push_back(reader::required(reader::parsed_setting(
      {"file", "", "The private key in PEM form, RSA or Ed25519; only root and the daemon may read it."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().keys.back().file; })));
  settings.push_back(reader::parsed_setting(
      {"password_file", "", "A file whose first line is the password of an encrypted key."},
      "an absolute path", reader::parse_absolute_path,
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().keys.back().password_file; }));
  settings.push_back(reader::parsed_setting(
      {"tenant", "", "The tenant whose mail it signs. If absent, it signs every tenant's."}, "a tenant",
      reader::parse_name,
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().keys.back().tenant; }));
  settings.push_back(reader::flag_setting(
      {"subdomains", "",
       "Whether it also signs for authors in subdomains. If absent, what dkim.subdomains says."},
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().keys.back().subdomains; }));
  settings.push_back(reader::flag_setting(
      {"allow_any", "false",
       "Must be true for the domain \"*\": "
       "the key then signs as the domain of the author, whichever that is."},
      [](reader::Parts& parts) { return &parts.get<SigningDraft>().keys.back().allow_any; }));
  return section;
}

base::Result<std::string> parse_mailbox(std::string_view text) {
  const auto address = mail::parse_address(text);
  if (!address) return tl::unexpected(address.error());
  return mail::format_address(*address);
}

reader::Section unsubscribe_section() {
  reader::Section section{
      "unsubscribe", false, "One-click unsubscribe links in the header; they need tracking.host.", {}};
  section.settings.push_back(reader::list_setting(
      {"streams", R"(["bulk"])",
       "Streams whose mail gets List-Unsubscribe and List-Unsubscribe-Post if it has none (RFC 8058)."},
      R"(a list of streams such as ["bulk"])", reader::parse_name,
      [](reader::Parts& parts) { return &parts.get<shared::TrackingDraft>().settings.unsubscribe_streams; }));
  section.settings.push_back(reader::flag_setting(
      {"mailto", "true",
       "Whether the field also offers an address, for mail programs that unsubscribe by mail; it needs "
       "feedback.bounce_domain."},
      [](reader::Parts& parts) { return &parts.get<shared::TrackingDraft>().settings.unsubscribe_mailto; }));
  section.settings.push_back(reader::flag_setting(
      {"decode", "false",
       "Whether a sender's own List-Unsubscribe that a library wrote in encoded words "
       "(=?utf-8?q?…?=), which nobody decodes there, is written plainly before signing. "
       "A signature that another program has put over that field no longer holds then."},
      [](reader::Parts& parts) { return &parts.get<shared::TrackingDraft>().settings.decode_unsubscribe; }));
  section.settings.push_back(reader::parsed_setting(
      {"notify", "",
       "The address that is notified by mail when somebody unsubscribes. If absent, no one is."},
      "an address", parse_mailbox,
      [](reader::Parts& parts) { return &parts.get<shared::TrackingDraft>().settings.notify; }));
  section.settings.push_back(reader::needs_restart(reader::parsed_setting(
      {"smtp", R"("127.0.0.1:25")", "The MTA that these notices are handed to, by SMTP without a login."},
      R"(ADDRESS:PORT or unix:/PATH)", system::parse_listen,
      [](reader::Parts& parts) { return &parts.get<ProcessSettings>().smtp; })));
  return section;
}

reader::Section tenant_unsubscribe_section() {
  reader::Section section{
      "tenant.unsubscribe",
      false,
      "What differs from [unsubscribe] for this tenant, written unsubscribe = { notify = \"…\" }.",
      {}};
  section.settings.push_back(reader::parsed_setting(
      {"notify", "",
       "The address that is notified when somebody unsubscribes from its mail. "
       "If absent, unsubscribe.notify."},
      "an address", parse_mailbox,
      [](reader::Parts& parts) { return &parts.get<shared::TrackingDraft>().tenants.back().notify; }));
  return section;
}

}  // namespace

std::vector<reader::Section> message_sections() {
  return {dkim_section(), dkim_key_section(), dns_section(), tenant_unsubscribe_section(),
          unsubscribe_section()};
}

}  // namespace signpost::config
