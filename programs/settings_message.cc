// The settings of what is done to a message: signatures and links.
#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "mail/address.h"
#include "mail/envelope.h"
#include "programs/key_loader.h"
#include "programs/setting_types.h"
#include "programs/settings_table.h"
#include "track/tagging.h"

namespace signpost::programs {
namespace {

using milter::ForeignFrom;
using milter::OnError;
using milter::OnNoKey;

constexpr std::chrono::hours kLeastExpiry{1};

/// A field name that can be signed, in lower case.
base::Result<std::string> parse_field_name(std::string_view text) {
  // RFC 5322 §3.6.8: printable ASCII without the colon.
  const bool is_name = !text.empty() && std::all_of(text.begin(), text.end(),
                                                    [](char c) { return c > 0x20 && c < 0x7f && c != ':'; });
  if (!is_name) return base::invalid("'" + std::string(text) + "' is no header field name");
  std::string name = base::lower(text);
  if (dkim::is_never_signed(name)) {
    return base::invalid("'" + name + "' is never signed: it changes or goes on the way (RFC 6376 §5.4.1)");
  }
  return name;
}

/// The domain of a key: "*" stands for whatever domain the author has.
base::Result<std::string> parse_signing_domain(std::string_view text) {
  if (text == dkim::KeyTable::kAnyDomain) return std::string(text);
  return mail::canonical_domain(text);
}

base::Result<std::string> parse_file_pattern(std::string_view text) {
  auto path = parse_absolute_path(text);
  if (!path) return path;
  const std::size_t slash = path->rfind('/');
  if (path->find_first_of("*?[") < slash)
    return base::invalid("only the name of the file may be a pattern, not a directory");
  return path;
}

base::Result<std::string> parse_host(std::string_view text) {
  if (text.find("://") != std::string_view::npos || text.find_first_of("/:@?#[]") != std::string_view::npos) {
    return base::invalid(
        "a host name alone is wanted, as in click.example.com: links are always https://HOST/…");
  }
  auto host = mail::canonical_domain(text);
  if (host && (host->find('.') == std::string::npos || mail::parse_ip(*host))) {
    return base::invalid("a full host name is wanted, as in click.example.com");
  }
  return host;
}

/// "transactional=2d", "bulk=never".
base::Result<dkim::StreamExpiry> parse_stream_expiry(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return base::invalid("STREAM=SPAN is wanted, as in bulk=14d");
  auto stream = parse_name(base::trim(text.substr(0, equals)));
  if (!stream) return tl::unexpected(stream.error());
  const std::string_view span = base::trim(text.substr(equals + 1));
  if (span == "never") return dkim::StreamExpiry{std::move(*stream), std::nullopt};
  const auto age = base::parse_duration(span);
  if (!age) return tl::unexpected(age.error());
  if (*age < kLeastExpiry)
    return base::invalid("at least " + base::format_duration(kLeastExpiry) + " is wanted");
  return dkim::StreamExpiry{std::move(*stream), std::chrono::duration_cast<std::chrono::seconds>(*age)};
}

/// "1/1000": of so many signed messages one; 0 for "off".
base::Result<std::uint64_t> parse_share(std::string_view text) {
  if (text == "off") return 0;
  const auto every = text.starts_with("1/") ? base::parse_number(text.substr(2)) : std::nullopt;
  if (!every || *every == 0) return base::invalid("1/1000 or another 1/N, or off, is wanted");
  return *every;
}

std::string format_names(const std::vector<std::string>& names) {
  return names.empty() ? "[]" : "[\"" + base::join(names, "\", \"") + "\"]";
}

/// Which keys there are, and for whom.
void add_key_settings(std::vector<Setting>& settings) {
  settings.push_back(parsed_setting(
      {"key_files", "",
       "Keys in files named DOMAIN.SELECTOR.pem, such as /etc/signpost/keys/*.pem; each is read when it is "
       "first needed."},
      "a path with * in its last part", parse_file_pattern,
      [](Draft& draft) { return &draft.process.publish.key_pattern; }));
  settings.push_back(parsed_setting(
      {"password_file", "", "A file whose first line is the password of encrypted keys among `key_files`."},
      "an absolute path", parse_absolute_path, [](Draft& draft) { return &draft.key_password_file; }));
  settings.push_back(flag_setting(
      {"subdomains", "false",
       "Whether keys sign for authors below their domain too, where those have no key; not aligned where the "
       "domain's DMARC policy says adkim=s."},
      [](Draft& draft) { return &draft.process.publish.subdomains; }));
  settings.push_back(parsed_setting({"default_domain", "",
                                     "A domain whose keys sign where there is no other key, as a third "
                                     "party; absent: such mail is unsigned."},
                                    "a domain", mail::canonical_domain,
                                    [](Draft& draft) { return &draft.snapshot.dkim.default_domain; }));
}

/// How their records are watched.
void add_publish_settings(std::vector<Setting>& settings) {
  settings.push_back(flag_setting(
      {"publish_gate", "false",
       "Whether a key that was never active signs only after its DNS record was seen, and records are "
       "watched; keys made by `dkim rotate` always wait."},
      [](Draft& draft) { return &draft.process.publish.gate; }));
  settings.push_back(duration_setting(
      {"watch_every", R"("1h")", "How often records are looked at with `publish_gate`."},
      std::chrono::seconds(1), [](Draft& draft) { return &draft.process.publish.watch_every; }));
  settings.push_back(duration_setting(
      {"overlap", R"("7d")",
       "How long the record of a replaced key is still needed: until then it comes back if its successor's "
       "record fails."},
      std::chrono::seconds(1), [](Draft& draft) { return &draft.process.publish.overlap; }));
}

Section dns_section() {
  Section section{"dns", false, "How the DNS is asked.", {}};
  section.settings.push_back(list_setting(
      {"servers", "[]", "Resolvers that are asked, by address; none: those of /etc/resolv.conf."},
      R"(a list of addresses such as ["127.0.0.1:53"])", parse_dns_server,
      [](Draft& draft) { return &draft.process.publish.servers; }));
  section.settings.push_back(
      duration_setting({"timeout", R"("5s")", "After this long a question has no answer."},
                       std::chrono::seconds(1), [](Draft& draft) { return &draft.process.publish.timeout; }));
  return section;
}

Section dkim_section() {
  using dkim::Canon;
  Section section{"dkim", false, "How outbound mail is signed.", {}};
  auto& settings = section.settings;
  add_key_settings(settings);
  add_publish_settings(settings);
  settings.push_back(
      choice_setting({"canonicalization", R"("relaxed/relaxed")",
                      "How header and body are brought to one form before signing (RFC 6376 §3.4)."},
                     Choices<Canonicalization>{{{"relaxed/relaxed", {Canon::relaxed, Canon::relaxed}},
                                                {"relaxed/simple", {Canon::relaxed, Canon::simple}},
                                                {"simple/relaxed", {Canon::simple, Canon::relaxed}},
                                                {"simple/simple", {Canon::simple, Canon::simple}}}},
                     [](Draft& draft) { return &draft.canonicalization; }));
  settings.push_back(list_setting(
      {"oversign", format_names(dkim::Settings{}.oversign),
       "Fields signed once more than they are present, so that none can be added; must hold from."},
      R"(a list of header fields such as ["from", "subject"])", parse_field_name,
      [](Draft& draft) { return &draft.snapshot.dkim.oversign; }));
  settings.push_back(list_setting(
      {"sign", format_names(dkim::default_signed_fields()), "Fields signed as often as they are present."},
      R"(a list of header fields such as ["list-id"])", parse_field_name,
      [](Draft& draft) { return &draft.snapshot.dkim.sign; }));
  settings.push_back(choice_setting(
      {"foreign_from", R"("unsigned")", "What happens to a message whose From belongs to another tenant."},
      Choices<ForeignFrom>{{{"unsigned", ForeignFrom::unsigned_}, {"refuse", ForeignFrom::refuse}}},
      [](Draft& draft) { return &draft.snapshot.milter.foreign_from; }));
  settings.push_back(choice_setting(
      {"on_no_key", R"("accept")",
       "What happens to a message for whose From there is no key: accept sends it unsigned."},
      Choices<OnNoKey>{{{"accept", OnNoKey::accept}, {"defer", OnNoKey::defer}, {"refuse", OnNoKey::refuse}}},
      [](Draft& draft) { return &draft.snapshot.milter.on_no_key; }));
  settings.push_back(
      duration_setting({"expire_after", "", "Age at which a signature expires (x=); absent: never."},
                       kLeastExpiry, [](Draft& draft) { return &draft.snapshot.dkim.expire_after; }));
  settings.push_back(list_setting({"expire_streams", "[]", "Other ages for some streams, or never."},
                                  R"(a list such as ["transactional=2d", "bulk=never"])", parse_stream_expiry,
                                  [](Draft& draft) { return &draft.snapshot.dkim.stream_expiry; }));
  settings.push_back(
      choice_setting({"on_sign_error", R"("defer")", "What happens to a message that could not be signed."},
                     Choices<OnError>{{{"defer", OnError::defer}, {"accept", OnError::accept}}},
                     [](Draft& draft) { return &draft.snapshot.milter.on_sign_error; }));
  settings.push_back(
      parsed_setting({"self_check", R"("1/1000")",
                      "How many of the signed messages are verified as they left; alarms if not good."},
                     R"(a share such as "1/1000", or "off")", parse_share,
                     [](Draft& draft) { return &draft.snapshot.milter.self_check_every; }));
  settings.push_back(flag_setting({"add_missing", "true",
                                   "Whether Date and Message-ID are added to a message that is signed and "
                                   "lacks them (Sendmail would, after signing)."},
                                  [](Draft& draft) { return &draft.snapshot.milter.add_missing_fields; }));
  const Choices<bool> recode_or_keep{{{"recode", true}, {"keep", false}}};
  settings.push_back(choice_setting({"long_lines", R"("keep")",
                                     "What is signed if a line is above 998 octets, which Postfix would "
                                     "fold: the part encoded again, or as it is."},
                                    recode_or_keep,
                                    [](Draft& draft) { return &draft.snapshot.milter.recode_long_lines; }));
  settings.push_back(choice_setting(
      {"eight_bit", R"("keep")",
       "What is signed if a part has 8bit text, which Postfix would encode for a peer without 8BITMIME."},
      recode_or_keep, [](Draft& draft) { return &draft.snapshot.milter.recode_eight_bit; }));
  return section;
}

Section dkim_key_section() {
  Section section{
      "dkim.key", true, "A signing key; several for one domain all sign. Keyed by domain and selector.", {}};
  section.begin = [](Draft& draft, const Value& table) {
    draft.keys.emplace_back();
    draft.key_tables.push_back(&table);
  };
  auto& settings = section.settings;
  settings.push_back(required(parsed_setting(
      {"domain", "", "The signing domain (d=), which the author's address must belong to."}, "a domain",
      parse_signing_domain, [](Draft& draft) { return &draft.keys.back().domain; })));
  settings.push_back(required(parsed_setting(
      {"selector", "", "The name under _domainkey at which the public key is published (s=)."}, "a selector",
      parse_selector, [](Draft& draft) { return &draft.keys.back().selector; })));
  settings.push_back(required(parsed_setting(
      {"file", "", "The private key in PEM form, RSA or Ed25519; only root and the daemon may read it."},
      "an absolute path", parse_absolute_path, [](Draft& draft) { return &draft.keys.back().file; })));
  settings.push_back(
      parsed_setting({"password_file", "", "A file whose first line is the password of an encrypted key."},
                     "an absolute path", parse_absolute_path,
                     [](Draft& draft) { return &draft.keys.back().password_file; }));
  settings.push_back(parsed_setting({"tenant", "", "The tenant whose mail it signs; absent: every tenant's."},
                                    "a tenant", parse_name,
                                    [](Draft& draft) { return &draft.keys.back().tenant; }));
  settings.push_back(
      flag_setting({"subdomains", "",
                    "Whether it signs for authors below its domain too; absent: as dkim.subdomains says."},
                   [](Draft& draft) { return &draft.keys.back().subdomains; }));
  settings.push_back(flag_setting(
      {"allow_any", "false",
       "Must be true for the domain \"*\": the key then signs as whatever domain the author has."},
      [](Draft& draft) { return &draft.keys.back().allow_any; }));
  return section;
}

Choices<track::Mode> modes() {
  return {{{"off", track::Mode::off},
           {"anonymous", track::Mode::anonymous},
           {"pseudonymous", track::Mode::pseudonymous},
           {"identified", track::Mode::identified}}};
}

base::Result<std::string> parse_mailbox(std::string_view text) {
  const auto address = mail::parse_address(text);
  if (!address) return tl::unexpected(address.error());
  return mail::format_address(*address);
}

constexpr const char* kStreamModesHelp =
    "The most that links may tell in some streams; the narrowest of all that apply counts.";
constexpr const char* kStreamModesType = R"(a list such as ["receipts=off", "bulk=anonymous"])";

Section tracking_section() {
  Section section{"tracking", false, "Rewriting of links; without host nothing is rewritten.", {}};
  auto& settings = section.settings;
  settings.push_back(parsed_setting({"host", "", "The host name that tracking links point to."},
                                    "a host name", parse_host,
                                    [](Draft& draft) { return &draft.snapshot.track.host; }));
  settings.push_back(parsed_setting(
      {"key_file", "", "A ring of keys that seal the links; signpost-web reads it too."}, "an absolute path",
      parse_absolute_path, [](Draft& draft) { return &draft.tracking_key_file; }));
  settings.push_back(
      choice_setting({"mode", R"("anonymous")", "How much a link may tell, from nothing to the recipient."},
                     modes(), [](Draft& draft) { return &draft.snapshot.track.mode; }));
  settings.push_back(list_setting({"stream_modes", "[]", kStreamModesHelp}, kStreamModesType,
                                  track::parse_stream_mode,
                                  [](Draft& draft) { return &draft.snapshot.track.stream_modes; }));
  settings.push_back(flag_setting({"clicks", "true", "Whether links in HTML are rewritten."},
                                  [](Draft& draft) { return &draft.snapshot.track.clicks; }));
  settings.push_back(flag_setting({"opens", "false", "Whether an open pixel is added to HTML."},
                                  [](Draft& draft) { return &draft.snapshot.track.opens; }));
  settings.push_back(list_setting({"streams", R"(["bulk"])", "Streams whose mail is tracked."},
                                  R"(a list of streams such as ["bulk"])", parse_name,
                                  [](Draft& draft) { return &draft.snapshot.track.streams; }));
  settings.push_back(flag_setting({"plain_text", "false", "Whether links in plain text are rewritten too."},
                                  [](Draft& draft) { return &draft.snapshot.track.plain_text; }));
  settings.push_back(
      flag_setting({"conditional_comments", "false",
                    "Whether links in Outlook's conditional comments, VML included, are rewritten too."},
                   [](Draft& draft) { return &draft.snapshot.track.conditional_comments; }));
  settings.push_back(
      flag_setting({"svg", "false", "Whether links in inline SVG (xlink:href) are rewritten too."},
                   [](Draft& draft) { return &draft.snapshot.track.svg; }));
  settings.push_back(flag_setting(
      {"recode_long_lines", "false",
       "Whether a part in which a longer link would make a line longer than 998 bytes is encoded "
       "as quoted-printable; else its links are left alone."},
      [](Draft& draft) { return &draft.snapshot.track.recode_long_lines; }));
  settings.push_back(choice_setting(
      {"url_text", R"("rewrite")",
       "What happens to a link whose text is itself a URL: some readers warn when the two differ."},
      Choices<bool>{{{"rewrite", true}, {"leave", false}}},
      [](Draft& draft) { return &draft.snapshot.track.url_text; }));
  settings.push_back(list_setting(
      {"exclude", "[]", "Hosts (the names below them too), or paths on them, whose links are left alone."},
      R"(a list such as ["pay.example.com", "shop.example.com/account"])", track::parse_exclusion,
      [](Draft& draft) { return &draft.snapshot.track.exclude; }));
  return section;
}

Section tracking_tag_section() {
  Section section{"tracking.tag",
                  true,
                  "A query parameter that rewritten links to some hosts get, unless they have it already.",
                  {}};
  section.begin = [](Draft& draft, const Value&) { draft.snapshot.track.tags.emplace_back(); };
  auto& settings = section.settings;
  settings.push_back(required(
      parsed_setting({"name", "", "The parameter's name, such as utm_source."}, "a string", parse_any_text,
                     [](Draft& draft) { return &draft.snapshot.track.tags.back().name; })));
  settings.push_back(required(parsed_setting(
      {"value", "",
       "Its value; {campaign} and {stream} are filled in. Nothing is added if it comes out empty."},
      "a string", track::parse_tag_value,
      [](Draft& draft) { return &draft.snapshot.track.tags.back().value; })));
  settings.push_back(
      required(list_setting({"hosts", "", "The hosts whose links get it, the names below them too."},
                            R"(a list of hosts such as ["shop.example.com"])", mail::canonical_domain,
                            [](Draft& draft) { return &draft.snapshot.track.tags.back().hosts; })));
  return section;
}

Section unsubscribe_section() {
  Section section{
      "unsubscribe", false, "One-click unsubscribe links in the header; they need tracking.host.", {}};
  section.settings.push_back(list_setting(
      {"streams", R"(["bulk"])",
       "Streams whose mail gets List-Unsubscribe and List-Unsubscribe-Post where it has none (RFC 8058)."},
      R"(a list of streams such as ["bulk"])", parse_name,
      [](Draft& draft) { return &draft.snapshot.track.unsubscribe_streams; }));
  section.settings.push_back(parsed_setting(
      {"notify", "", "The address that gets a mail when somebody unsubscribes; absent: nobody is told."},
      "an address", parse_mailbox, [](Draft& draft) { return &draft.snapshot.track.notify; }));
  section.settings.push_back(needs_restart(parsed_setting(
      {"smtp", R"("127.0.0.1:25")", "The MTA that such mails are handed to, by SMTP without a login."},
      R"(ADDRESS:PORT or unix:/PATH)", parse_listen, [](Draft& draft) { return &draft.process.smtp; })));
  return section;
}

Section tenant_unsubscribe_section() {
  Section section{"tenant.unsubscribe",
                  false,
                  "What of [unsubscribe] is other for this tenant, written unsubscribe = { notify = \"…\" }.",
                  {}};
  section.settings.push_back(parsed_setting(
      {"notify", "", "The address that gets a mail when somebody leaves it; absent: unsubscribe.notify."},
      "an address", parse_mailbox, [](Draft& draft) { return &draft.tenant_tracking.back().notify; }));
  return section;
}

Section tenant_tracking_section() {
  Section section{
      "tenant.tracking",
      false,
      "What of [tracking] is other for this tenant's mail, written tracking = { mode = \"off\" }.",
      {}};
  auto& settings = section.settings;
  const auto own = [](Draft& draft) { return &draft.tenant_tracking.back(); };
  settings.push_back(parsed_setting(
      {"host", "", "The host name that its tracking links point to; absent: as tracking.host says."},
      "a host name", parse_host, [own](Draft& draft) { return &own(draft)->host; }));
  settings.push_back(
      choice_setting({"mode", "", "How much its links may tell; absent: as tracking.mode says."}, modes(),
                     [own](Draft& draft) { return &own(draft)->mode; }));
  settings.push_back(list_setting({"stream_modes", "[]", kStreamModesHelp}, kStreamModesType,
                                  track::parse_stream_mode,
                                  [own](Draft& draft) { return &own(draft)->stream_modes; }));
  settings.push_back(list_setting(
      {"targets", "[]",
       "The only hosts, with the names below them, that its rewritten links lead to; empty: any. Links to "
       "others are left alone."},
      R"(a list of hosts such as ["shop.example.com"])", mail::canonical_domain,
      [own](Draft& draft) { return &own(draft)->targets; }));
  return section;
}

}  // namespace

std::vector<Section> message_sections() {
  return {dkim_section(),
          dkim_key_section(),
          dns_section(),
          tracking_section(),
          tracking_tag_section(),
          tenant_tracking_section(),
          tenant_unsubscribe_section(),
          unsubscribe_section()};
}

}  // namespace signpost::programs
