// What the settings become: defaults, values in their places, exit codes, restart, dump, and the pages
// made from the table.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

#include "base/text.h"
#include "config/document.h"
#include "config/load.h"
#include "config/sections.h"
#include "system/exit_codes.h"
#include "tests/config/memory_files.h"
#include "tests/support/source_dir.h"

namespace signpost::config {
namespace {

using tests::MemoryFiles;

const std::string kSource = tests::source_dir();

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

MemoryFiles key_files() {
  MemoryFiles files;
  files.add_directory("/k", 0700);
  files.add_file("/k/ed25519.pem", read_file(kSource + "/tests/data/keys/test-ed25519.pem"));
  files.add_file("/k/rsa2048.pem", read_file(kSource + "/tests/data/keys/test-rsa2048.pem"));
  files.add_file("/k/ring", "7 active AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
  return files;
}

LoadedConfig parse(const std::string& text, const std::vector<std::string>& options = {}) {
  LoadedConfig loaded = parse_config({{"test.toml", text}}, options, key_files());
  for (const reader::Diagnostic& diagnostic : loaded.diagnostics)
    ADD_FAILURE() << reader::format_diagnostic(diagnostic);
  return loaded;
}

TEST(Config, DefaultsAreThoseOfTheStructs) {
  const LoadedConfig loaded = parse("");
  ASSERT_TRUE(loaded.ok());
  const milter::Snapshot& got = *loaded.snapshot;
  const milter::Snapshot want;
  EXPECT_EQ(got.milter.observe, want.milter.observe);
  EXPECT_EQ(got.milter.on_error, want.milter.on_error);
  EXPECT_EQ(got.milter.max_header, want.milter.max_header);
  EXPECT_EQ(got.milter.max_body, want.milter.max_body);
  EXPECT_EQ(got.milter.max_held, want.milter.max_held);
  const milter::UnsignedRules& rules = got.milter.unsigned_mail;
  EXPECT_FALSE(rules.strict || rules.on_no_from || rules.on_bad_from || rules.on_several_authors ||
               rules.foreign_from || rules.on_no_key || rules.on_sign_error);
  EXPECT_EQ(got.milter.fold_long_fields, want.milter.fold_long_fields);
  EXPECT_EQ(got.milter.address_fields, want.milter.address_fields);
  EXPECT_EQ(got.policy.egress_suppression, want.policy.egress_suppression);
  EXPECT_EQ(got.policy.suppression_action, want.policy.suppression_action);
  EXPECT_EQ(got.policy.suppression_fails_open, want.policy.suppression_fails_open);
  for (const policy::Reason reason : policy::kReasons) {
    EXPECT_EQ(got.policy.blocks.at(reason), want.policy.blocks.at(reason)) << policy::reason_word(reason);
  }
  EXPECT_EQ(got.dkim.header_canon, want.dkim.header_canon);
  EXPECT_EQ(got.dkim.body_canon, want.dkim.body_canon);
  EXPECT_EQ(got.dkim.oversign, want.dkim.oversign);
  EXPECT_EQ(got.dkim.sign, dkim::default_signed_fields());
  EXPECT_EQ(got.dkim.expire_after, want.dkim.expire_after);
  EXPECT_EQ(got.track.host, want.track.host);
  EXPECT_EQ(got.track.mode, want.track.mode);
  EXPECT_EQ(got.track.clicks, want.track.clicks);
  EXPECT_EQ(got.track.opens, want.track.opens);
  EXPECT_EQ(got.track.streams, want.track.streams);
  EXPECT_EQ(got.track.plain_text, want.track.plain_text);
  EXPECT_FALSE(got.sealer.has_value());
  EXPECT_EQ(got.identity_sealer, nullptr);
  EXPECT_EQ(got.milter.seal_expires, want.milter.seal_expires);
  EXPECT_FALSE(got.milter.seals_all);
  EXPECT_EQ(got.policy.origin.local, want.policy.origin.local);
  EXPECT_EQ(got.policy.origin.loopback, want.policy.origin.loopback);
  EXPECT_EQ(got.policy.report_limit.rates, want.policy.report_limit.rates);
  EXPECT_EQ(loaded.process.milter_socket.format(), "unix:/var/spool/postfix/signpost/milter.sock");
  EXPECT_EQ(loaded.process.milter_socket_mode, 0660u);
  EXPECT_EQ(loaded.process.control_socket, "/run/signpost/control.sock");
  EXPECT_EQ(loaded.process.store_path, "/var/lib/signpost");
  EXPECT_EQ(loaded.process.log_file, "");
  EXPECT_EQ(got.feedback.expires, want.feedback.expires);
  EXPECT_EQ(got.feedback.wait_at_most, want.feedback.wait_at_most);
  EXPECT_EQ(loaded.process.results_socket, "");
  EXPECT_EQ(loaded.process.results_user, "postfix");
}

TEST(Config, NothingUnsignedLeavesIsOneLine) {
  const LoadedConfig loaded = parse("[dkim]\nunsigned = \"refuse\"\n");
  ASSERT_TRUE(loaded.ok());
  EXPECT_TRUE(loaded.snapshot->milter.unsigned_mail.strict);
}

TEST(Config, EntriesHaveTheDefaultsOfTheirStructs) {
  const LoadedConfig loaded = parse("[[tenant]]\nname = \"a\"\n[[limit]]\nname = \"b\"\nrate = [\"1/h\"]\n");
  ASSERT_TRUE(loaded.ok());
  const policy::Tenant& tenant = loaded.snapshot->policy.tenants.front();
  EXPECT_EQ(tenant.stream, policy::Tenant{}.stream);
  EXPECT_TRUE(tenant.logins.empty() && tenant.clients.empty() && tenant.sender_domains.empty() &&
              tenant.streams.empty());
  EXPECT_FALSE(tenant.suppression_action.has_value());
  EXPECT_TRUE(tenant.local && tenant.senders.empty());
  EXPECT_EQ(tenant.login_case, policy::LoginCase::folded);
  const policy::LimitSettings& limit = loaded.snapshot->policy.limits.front();
  EXPECT_TRUE(limit.key.empty() && limit.exceptions.empty());
  for (const policy::MailNames* names : {&limit.when.only, &limit.when.except})
    EXPECT_TRUE(names->tenants.empty() && names->streams.empty() && names->logins.empty() &&
                names->senders.empty() && names->clients.empty());
  EXPECT_FALSE(tenant.max_recipients.has_value());
  EXPECT_TRUE(tenant.recipient_caps.empty());
  EXPECT_EQ(loaded.snapshot->policy.ipv6_prefix, policy::Settings{}.ipv6_prefix);
  EXPECT_FALSE(limit.burst.has_value());
  EXPECT_EQ(limit.weight, policy::LimitSettings{}.weight);
  EXPECT_EQ(limit.action, policy::LimitSettings{}.action);
}

TEST(Config, ValuesArriveInTheirPlaces) {
  const LoadedConfig loaded = parse(R"(
[milter]
socket = "inet6:8895@[::1]"
socket_mode = "0600"
socket_group = "postfix"
mode = "observe"
on_error = "accept"
max_header = "512KB"
max_body = "1MB"
max_held = "2MB"
[control]
socket = "/c.sock"
admin_group = "signpost-admin"
read_group = "postfix"
[store]
path = "/s"
[log]
file = "/l"
format = "json"
addresses = "hashed"
[clients]
trusted = ["192.0.2.0/24"]
local = "none"
loopback = "all"
hops = ["192.0.2.25", "2001:db8::25"]
web_hosts = ["Webmail.example"]
[[clients.reinjected]]
list = "news@lists.example"
sender = "news-*@lists.example"
[seal]
key_file = "/k/ring"
expires = "7d"
[suppression]
action = "drop"
egress_action = "drop"
on_error = "accept"
key_file = "/k/ring"
[suppression.blocks]
complaint = ["bulk"]
[dkim]
canonicalization = "relaxed/simple"
oversign = ["From", "subject"]
sign = ["List-Id"]
on_no_from = "accept"
on_bad_from = "refuse"
on_several_authors = "accept"
foreign_from = "refuse"
on_no_key = "defer"
long_fields = "keep"
address_fields = "sendmail"
expire_after = "14d"
expire_streams = ["transactional=2d", "bulk=never"]
on_sign_error = "accept"
[tracking]
host = "Click.Example.com"
key_file = "/k/ring"
mode = "identified"
clicks = false
opens = true
streams = ["bulk", "transactional"]
plain_text = true
)");
  ASSERT_TRUE(loaded.ok());
  const milter::Snapshot& got = *loaded.snapshot;
  const ProcessSettings& process = loaded.process;
  EXPECT_EQ(process.milter_socket.format(), "inet6:8895@::1");
  EXPECT_EQ(process.milter_socket_mode, 0600u);
  EXPECT_EQ(process.milter_socket_group, "postfix");
  EXPECT_TRUE(got.milter.observe);
  EXPECT_EQ(got.milter.on_error, milter::OnError::accept);
  EXPECT_EQ(got.milter.max_header, 512u << 10);
  EXPECT_EQ(got.milter.max_body, 1u << 20);
  EXPECT_EQ(got.milter.max_held, 2u << 20);
  EXPECT_EQ(process.control_socket, "/c.sock");
  EXPECT_EQ(process.admin_group, "signpost-admin");
  EXPECT_EQ(process.read_group, "postfix");
  EXPECT_EQ(process.store_path, "/s");
  EXPECT_EQ(process.log_file, "/l");
  EXPECT_EQ(process.log_format, LogFormat::json);
  EXPECT_EQ(process.log_addresses, LogAddresses::hashed);
  ASSERT_NE(process.suppression_keys, nullptr);
  EXPECT_EQ(process.suppression_keys->active()->id, 7);
  EXPECT_EQ(got.policy.trusted.size(), 1u);
  EXPECT_EQ(got.policy.origin.local, policy::LocalMail::none);
  EXPECT_EQ(got.policy.origin.loopback, policy::LocalMail::all);
  EXPECT_EQ(got.policy.hops.size(), 2u);
  EXPECT_EQ(got.policy.origin.web_hosts, std::vector<std::string>{"webmail.example"});
  ASSERT_EQ(got.policy.origin.reinjected.size(), 1u);
  EXPECT_EQ(mail::format_address(got.policy.origin.reinjected[0].list), "news@lists.example");
  EXPECT_TRUE(got.policy.origin.reinjected[0].sender.has_value());
  EXPECT_TRUE(got.identity_sealer != nullptr);
  EXPECT_TRUE(got.milter.seals_all);
  EXPECT_EQ(got.milter.seal_expires, std::chrono::days(7));
  EXPECT_EQ(got.policy.suppression_action, policy::SuppressionAction::drop);
  EXPECT_TRUE(got.policy.suppression_fails_open);
  EXPECT_EQ(got.policy.blocks.at(policy::Reason::complaint), policy::StreamSet{"bulk"});
  EXPECT_EQ(got.dkim.header_canon, dkim::Canon::relaxed);
  EXPECT_EQ(got.dkim.body_canon, dkim::Canon::simple);
  EXPECT_EQ(got.dkim.oversign, (std::vector<std::string>{"from", "subject"}));
  EXPECT_EQ(got.dkim.sign, (std::vector<std::string>{"list-id"}));
  using enum milter::UnsignedAction;
  const milter::UnsignedRules& rules = got.milter.unsigned_mail;
  EXPECT_EQ(rules.on_no_from, accept);
  EXPECT_EQ(rules.on_bad_from, refuse);
  EXPECT_EQ(rules.on_several_authors, accept);
  EXPECT_EQ(rules.foreign_from, refuse);
  EXPECT_EQ(rules.on_no_key, defer);
  EXPECT_EQ(rules.on_sign_error, accept);
  EXPECT_FALSE(got.milter.fold_long_fields);
  EXPECT_EQ(got.milter.address_fields, milter::AddressFields::sendmail);
  EXPECT_EQ(got.policy.egress_suppression, policy::SuppressionAction::drop);
  EXPECT_EQ(got.dkim.expire_after, std::chrono::hours(14 * 24));
  EXPECT_EQ(got.dkim.expiry_of("transactional"), std::chrono::hours(2 * 24));
  EXPECT_EQ(got.dkim.expiry_of("bulk"), std::nullopt);
  EXPECT_EQ(got.track.host, "click.example.com");
  ASSERT_NE(got.track.keys, nullptr);
  EXPECT_TRUE(got.sealer.has_value());
  EXPECT_EQ(got.track.mode, track::Mode::identified);
  EXPECT_FALSE(got.track.clicks);
  EXPECT_TRUE(got.track.opens);
  EXPECT_TRUE(got.track.plain_text);
  EXPECT_EQ(got.track.streams, (std::vector<std::string>{"bulk", "transactional"}));
}

TEST(Config, EntriesArriveInTheirPlaces) {
  const LoadedConfig loaded = parse(R"(
[tracking]
key_file = "/k/ring"
[[tenant]]
name = "acme"
logins = ["acme-app"]
clients = ["192.0.2.0/24", "2001:db8::1"]
sender_domains = ["ACME.example."]
stream = "receipts"
streams = ["receipts", "bulk"]
suppression_action = "drop"
max_recipients = 50
[[tenant.recipient_cap]]
login = "Bulk@acme.example"
max_recipients = 500
[tenant.tracking]
host = "Go.Acme.example"
mode = "identified"
stream_modes = ["bulk=pseudonymous"]
targets = ["ACME.example"]
[[tenant.stream_rule]]
sender = "News@Acme.example"
stream = "bulk"
[[tenant.stream_rule]]
sender = "@Acme.example"
login = "acme-app"
client = "192.0.2.7"
stream = "receipts"
[[limit]]
name = "login-hour"
key = ["login", "rcpt_domain"]
rate = ["1000/h", "5000/d"]
burst = 100
weight = "messages"
action = "refuse"
when = { tenant = ["acme"], stream = ["bulk", "receipts"], login = ["@Acme.example"], sender = ["news-*@Acme.example"], client = ["192.0.2.0/24"], not = { login = ["Boss@acme.example"], client = ["192.0.2.9"] } }
[[limit.override]]
login = "Bulk@ACME.example"
rcpt_domain = "Example.NET"
rate = ["9k/h"]
burst = 500
[[limit.override]]
login = "free@acme.example"
rate = []
[limits]
ipv6_prefix = 48
)");
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded.snapshot->policy.tenants.size(), 2u);
  const policy::Tenant& tenant = loaded.snapshot->policy.tenants[0];
  const track::Settings& tracking = loaded.snapshot->track.of(tenant.id());
  EXPECT_EQ(tracking.host, "go.acme.example");
  EXPECT_EQ(tracking.mode_of("receipts"), track::Mode::identified);
  EXPECT_EQ(tracking.mode_of("bulk"), track::Mode::pseudonymous);
  EXPECT_EQ(tracking.targets, std::vector<std::string>{"acme.example"});
  EXPECT_EQ(loaded.snapshot->track.of(policy::tenant_id("default")).host, "");
  EXPECT_EQ(tenant.name, "acme");
  EXPECT_EQ(loaded.snapshot->policy.tenants[1].name, "default");
  EXPECT_EQ(tenant.logins, std::vector<std::string>{"acme-app"});
  EXPECT_EQ(tenant.clients.size(), 2u);
  EXPECT_EQ(tenant.sender_domains, std::vector<std::string>{"acme.example"});
  EXPECT_EQ(tenant.stream, "receipts");
  EXPECT_EQ(tenant.streams, (std::vector<std::string>{"receipts", "bulk"}));
  EXPECT_EQ(tenant.suppression_action, policy::SuppressionAction::drop);
  ASSERT_EQ(tenant.stream_rules.size(), 2u);
  EXPECT_EQ(tenant.stream_rules[0].sender, "news@acme.example");
  EXPECT_EQ(tenant.stream_rules[0].stream, "bulk");
  EXPECT_EQ(tenant.stream_rules[1].sender, "@acme.example");
  EXPECT_EQ(tenant.stream_rules[1].login, "acme-app");
  EXPECT_TRUE(tenant.stream_rules[1].client.has_value());
  ASSERT_EQ(loaded.snapshot->policy.limits.size(), 1u);
  const policy::LimitSettings& limit = loaded.snapshot->policy.limits[0];
  EXPECT_EQ(limit.name, "login-hour");
  EXPECT_EQ(limit.key, (std::vector<policy::LimitKeyPart>{policy::LimitKeyPart::login,
                                                          policy::LimitKeyPart::rcpt_domain}));
  ASSERT_EQ(limit.rates.size(), 2u);
  EXPECT_EQ(limit.rates[1].count, 5000u);
  EXPECT_EQ(limit.burst, 100u);
  EXPECT_EQ(limit.weight, policy::Weight::messages);
  EXPECT_EQ(limit.action, policy::LimitAction::refuse);
  EXPECT_EQ(limit.when.only.tenants, std::vector<std::string>{"acme"});
  EXPECT_EQ(limit.when.only.streams, (std::vector<std::string>{"bulk", "receipts"}));
  EXPECT_EQ(limit.when.only.logins, std::vector<std::string>{"@Acme.example"});
  ASSERT_EQ(limit.when.only.senders.size(), 1u);
  EXPECT_EQ(policy::format_sender_pattern(limit.when.only.senders[0]), "news-*@acme.example");
  EXPECT_EQ(limit.when.only.clients.size(), 1u);
  EXPECT_EQ(limit.when.except.logins, std::vector<std::string>{"Boss@acme.example"});
  EXPECT_EQ(limit.when.except.clients.size(), 1u);
  EXPECT_NE(limit.selector, nullptr);
  EXPECT_NE(limit.exception_index, nullptr);
  ASSERT_EQ(limit.exceptions.size(), 2u);
  EXPECT_EQ(policy::format_terms(limit.exceptions[0]), "login=Bulk@acme.example rcpt_domain=example.net");
  EXPECT_EQ(limit.exceptions[0].rates.at(0).count, 9000u);
  EXPECT_EQ(limit.exceptions[0].burst, 500u);
  EXPECT_TRUE(limit.exceptions[1].rates.empty());
  EXPECT_EQ(loaded.snapshot->policy.ipv6_prefix, 48);
  EXPECT_EQ(tenant.max_recipients, 50u);
  ASSERT_EQ(tenant.recipient_caps.size(), 1u);
  EXPECT_EQ(tenant.max_recipients_of("bulk@ACME.example"), 500u);
}

TEST(Config, KeysOfADomain) {
  const LoadedConfig loaded = parse(R"(
[[dkim.key]]
domain = "Example.com"
selector = "ed"
file = "/k/ed25519.pem"
[[dkim.key]]
domain = "example.com"
selector = "rsa"
file = "/k/rsa2048.pem"
)");
  ASSERT_TRUE(loaded.ok());
  const auto& keys = loaded.snapshot->dkim.keys.of("example.com");
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].key->selector(), "ed");
  EXPECT_EQ(keys[1].key->selector(), "rsa");
  EXPECT_EQ(keys[1].key->domain(), "example.com");
  EXPECT_NE(keys[1].key->parsed_already(), nullptr);
}

TEST(Config, ADefaultTenantOfTheSiteIsKept) {
  const LoadedConfig loaded = parse("[[tenant]]\nname = \"default\"\nstream = \"bulk\"\n");
  ASSERT_TRUE(loaded.ok());
  ASSERT_EQ(loaded.snapshot->policy.tenants.size(), 1u);
  EXPECT_EQ(loaded.snapshot->policy.tenants[0].stream, "bulk");
}

TEST(Config, OptionsWinAndTakeUnquotedWords) {
  const LoadedConfig loaded =
      parse("[milter]\nmode = \"enforce\"\nmax_body = \"1MB\"\n",
            {"milter.mode=observe", "milter.socket_mode=0600", "tracking.clicks=false",
             "tracking.host=click.example.com", "tracking.key_file=/k/ring",
             "clients.trusted=192.0.2.1, 192.0.2.2", R"(dkim.oversign=["from"])"});
  ASSERT_TRUE(loaded.ok());
  EXPECT_TRUE(loaded.snapshot->milter.observe);
  EXPECT_EQ(loaded.snapshot->milter.max_body, 1u << 20);
  EXPECT_EQ(loaded.process.milter_socket_mode, 0600u);
  EXPECT_FALSE(loaded.snapshot->track.clicks);
  EXPECT_EQ(loaded.snapshot->policy.trusted.size(), 2u);
  EXPECT_EQ(loaded.snapshot->dkim.oversign, std::vector<std::string>{"from"});
}

TEST(Config, ExitCodesTellMissingUnreadableAndWrong) {
  MemoryFiles files;
  files.add_directory("/etc", 0755);
  const LoadedConfig missing = load_config("/etc/none.toml", {}, files);
  EXPECT_EQ(missing.exit_code, system::kExitNoInput);
  ASSERT_EQ(missing.diagnostics.size(), 1u);
  EXPECT_EQ(reader::format_diagnostic(missing.diagnostics[0]),
            "/etc/none.toml: error: No such file or directory");
  files.add_file("/etc/locked.toml", "");
  files.lock("/etc/locked.toml");
  EXPECT_EQ(load_config("/etc/locked.toml", {}, files).exit_code, system::kExitNoPermission);
  files.add_file("/etc/wrong.toml", "mode = 1\n");
  EXPECT_EQ(load_config("/etc/wrong.toml", {}, files).exit_code, system::kExitConfig);
  files.add_file("/etc/right.toml", "");
  EXPECT_EQ(load_config("/etc/right.toml", {}, files).exit_code, system::kExitOk);
  // A part that cannot be read must not be left out silently.
  files.add_file("/etc/conf.d/10.toml", "");
  files.lock("/etc/conf.d/10.toml");
  EXPECT_EQ(load_config("/etc/right.toml", {}, files).exit_code, system::kExitConfig);
}

TEST(Config, WhatNeedsARestartIsNamed) {
  const LoadedConfig running = parse("");
  struct Row {
    const char* text;
    std::vector<std::string> names;
  };
  const Row rows[] = {
      {"", {}},
      {"[milter]\nmode = \"observe\"\nmax_body = \"1MB\"\n", {}},
      {"[milter]\nsocket_mode = \"0660\"\n", {}},
      {"[milter]\nsocket = \"unix:/m\"\nsocket_group = \"postfix\"\n",
       {"milter.socket", "milter.socket_group"}},
      {"[store]\npath = \"/s\"\n[log]\nformat = \"json\"\n", {"log.format", "store.path"}},
  };
  for (const Row& row : rows) {
    const LoadedConfig next = parse(row.text);
    EXPECT_EQ(reader::settings_awaiting_restart(running.process.restart_values, next.process.restart_values),
              row.names)
        << row.text;
    EXPECT_EQ(reader::settings_awaiting_restart(next.process.restart_values, running.process.restart_values),
              row.names)
        << row.text;
  }
}

TEST(Config, DumpIsAConfigurationThatMeansTheSame) {
  const std::string text = R"(
[[tenant]]
name = "a"
[[tenant.stream_rule]]
sender = "x@y.example"
stream = "bulk"
[[tenant.stream_rule]]
login = "l\"\\"
stream = "bulk"
[[limit]]
name = "l"
rate = ["1/h"]
when = { stream = ["bulk"] }
)";
  const LoadedConfig first = parse(text, {"milter.mode=observe"});
  const std::string dump = format_effective(first, true);
  EXPECT_NE(dump.find("mode = \"observe\"  # -o milter.mode\n"), std::string::npos) << dump;
  EXPECT_NE(dump.find("sender = \"x@y.example\"  # test.toml:5:10\n"), std::string::npos) << dump;
  EXPECT_NE(dump.find("format = \"text\"  # default\n"), std::string::npos) << dump;
  const LoadedConfig second = parse(dump);
  ASSERT_TRUE(second.ok()) << dump;
  EXPECT_EQ(format_effective(first, false), format_effective(second, false));
}

TEST(Config, TheDemonstrationIsValid) {
  MemoryFiles files;
  files.add_directory("/etc", 0755);
  files.add_directory("/etc/signpost", 0755);
  files.add_directory("/etc/signpost/keys", 0750);
  files.add_directory("/etc/signpost/web", 0750);
  files.add_file("/etc/signpost/keys/example.com.s2026a.pem",
                 read_file(kSource + "/tests/data/keys/test-rsa2048.pem"));
  files.add_file("/etc/signpost/web/tracking.keys", "1 active AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
                 0640);
  const std::string demonstration = read_file(kSource + "/contrib/signpost.toml");
  ASSERT_FALSE(demonstration.empty());

  // As it is, and with every setting that it only suggests.
  std::string everything;
  std::istringstream lines(demonstration);
  for (std::string line; std::getline(lines, line);) {
    const bool suggestion = line.rfind("# ", 0) == 0 &&
                            (line.find(" = ") != std::string::npos || line.rfind("# [", 0) == 0) &&
                            line.find("In Postfix") == std::string::npos;
    everything += (suggestion ? line.substr(2) : line) + "\n";
  }
  for (const std::string& text : {demonstration, everything}) {
    const LoadedConfig loaded = parse_config({{"signpost.toml", text}}, {"milter.mode=enforce"}, files);
    for (const reader::Diagnostic& diagnostic : loaded.diagnostics)
      ADD_FAILURE() << reader::format_diagnostic(diagnostic);
    EXPECT_TRUE(loaded.ok());
  }
}

TEST(SettingsTable, EveryRowIsComplete) {
  for (const reader::Section& section : settings_table()) {
    EXPECT_EQ(section.repeated, section.begin != nullptr) << section.path;
    EXPECT_FALSE(section.help.empty()) << section.path;
    for (const reader::Setting& setting : section.settings) {
      const std::string path = section.path + "." + setting.name;
      EXPECT_FALSE(setting.type.empty()) << path;
      EXPECT_TRUE(!setting.help.empty() && setting.help.back() == '.') << path;
      EXPECT_EQ(setting.default_text.empty(), !setting.default_value.has_value()) << path;
      if (setting.default_value) {
        EXPECT_EQ(setting.default_value->kind, setting.kind) << path;
        EXPECT_EQ(reader::format_toml(*setting.default_value), setting.default_text) << path;
      }
      EXPECT_FALSE(setting.required && setting.default_value) << path;
    }
  }
}

TEST(SettingsTable, DocumentIsNotStale) {
  const std::string path = kSource + "/docs/settings.md";
  const std::string page = settings_document();
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << page;
  EXPECT_EQ(page, read_file(path)) << "UPDATE_GOLDEN=1 writes it anew";
}

}  // namespace
}  // namespace signpost::config
