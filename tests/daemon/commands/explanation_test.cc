// What `explain` says is what a milter session then gets: random configurations, lists, pauses and mail from a
// fixed seed. A failure prints all of them.
#include "daemon/commands/explanation.h"

#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/text.h"
#include "milter/session.h"
#include "policy/limits/buckets.h"
#include "policy/tenant.h"
#include "tests/support/configured.h"
#include "tests/support/twins.h"

namespace signpost::daemon::commands {
namespace {

using policy::Action;
using policy::Step;
using std::chrono::hours;

constexpr std::uint64_t kSeed = 20261127;
constexpr int kConfigurations = 700;
constexpr int kMessagesEach = 6;

const std::vector<std::string> kTenants = {"acme", "shop", "free"};
const std::vector<std::string> kStreams = {"transactional", "bulk", "notices"};
const std::vector<std::string> kDomains = {"example.net", "example.org", "gmail.com"};
const std::vector<std::string> kActions = {"refuse", "drop", "observe"};

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }
  bool one_in(std::size_t many) { return below(many) == 0; }
  std::string of(const std::vector<std::string>& words) { return words[below(words.size())]; }
  /// `["a", "b"]`, none of them twice.
  std::string list_of(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words)
      if (one_in(2)) list += (list.empty() ? "\"" : ", \"") + word + "\"";
    return "[" + list + "]";
  }

 private:
  std::mt19937_64 random_;
};

std::string make_tenant(Dice& dice, const std::string& name) {
  std::string text = "[[tenant]]\nname = \"" + name + "\"\nstream = \"" + dice.of(kStreams) + "\"\n";
  if (!dice.one_in(3)) text += "logins = [\"" + name + "-app\"]\n";
  if (dice.one_in(3)) text += "sender_domains = [\"" + name + ".example\"]\n";
  if (dice.one_in(4)) text += "suppression_action = \"" + dice.of(kActions) + "\"\n";
  if (dice.one_in(5)) text += "max_recipients = " + std::to_string(1 + dice.below(2)) + "\n";
  if (dice.one_in(3)) text += "fold = [\"plus-tag\"]\n";
  if (dice.one_in(3))
    text += "[[tenant.stream_rule]]\nsender = \"@" + name + ".example\"\nstream = \"" + dice.of(kStreams) +
            "\"\n";
  if (dice.one_in(4))
    text += "[[tenant.recipient_cap]]\nlogin = \"" + dice.of({name + "-APP", "other"}) +
            "\"\nmax_recipients = 2\n";
  if (dice.one_in(4)) text += "[tenant.blocks]\nsoft-bounce = [\"*\", \"!" + dice.of(kStreams) + "\"]\n";
  return text;
}

/// Each kind is named in one of the two places, so that nothing contradicts.
std::string make_when(Dice& dice) {
  std::vector<std::string> only;
  std::vector<std::string> except;
  const auto name = [&](const std::string& kind, const std::vector<std::string>& words) {
    if (dice.one_in(3)) (dice.one_in(2) ? only : except).push_back(kind + " = [\"" + dice.of(words) + "\"]");
  };
  name("tenant", {"default", "all-streams"});
  name("stream", kStreams);
  name("login", {"acme-app", "SHOP-app", "nobody"});
  name("sender", {"@acme.example", "news@shop.example", "ne*@shop.example", "a@free.example"});
  name("client", {"192.0.2.0/24", "127.0.0.1", "198.51.100.9", "2001:db8::/32"});
  if (!except.empty()) only.push_back("not = { " + base::join(except, ", ") + " }");
  return only.empty() ? std::string() : "when = { " + base::join(only, ", ") + " }\n";
}

/// Exceptions that name one or two of the parts, no two of them the same.
std::string make_overrides_of(Dice& dice, const std::vector<std::string>& key) {
  static const std::map<std::string, std::vector<std::string>> kValues = {
      {"tenant", {"default", "all-streams"}},
      {"stream", kStreams},
      {"login", {"ACME-App", "shop-app", "nobody"}},
      {"sender", {"news@acme.example", "@shop.example", "ne*@shop.example", "<>"}},
      {"sender_domain", {"acme.example", "<>"}},
      {"client", {"192.0.2.0/24", "127.0.0.1", "2001:db8::/32"}},
      {"rcpt_domain", kDomains},
      {"rcpt_provider", {"google", "example.net"}}};
  std::set<std::string> terms;
  for (std::size_t left = key.empty() ? 0 : dice.below(5); left > 0; --left) {
    const std::size_t first = dice.below(key.size());
    std::string text = key[first] + " = \"" + dice.of(kValues.at(key[first])) + "\"\n";
    if (first + 1 < key.size() && dice.one_in(3))
      text += key[first + 1] + " = \"" + dice.of(kValues.at(key[first + 1])) + "\"\n";
    terms.insert(std::move(text));
  }
  std::string text;
  for (const std::string& one : terms) {
    text += "[[limit.override]]\n" + one +
            "rate = " + (dice.one_in(3) ? "[]" : "[\"" + std::to_string(1 + dice.below(4)) + "/h\"]") + "\n";
  }
  return text;
}

std::string make_limit(Dice& dice, int number) {
  const std::string weight = dice.of({"recipients", "recipients", "messages", "bytes"});
  const std::vector<std::string> counts = weight == "bytes" ? std::vector<std::string>{"40", "400", "1MB"}
                                                            : std::vector<std::string>{"1", "2", "5", "100"};
  std::vector<std::string> parts = {"tenant", "stream", "login", "sender", "sender_domain", "client"};
  if (weight != "bytes") parts.insert(parts.end(), {"rcpt_domain", "rcpt_provider"});
  std::vector<std::string> key;
  for (const std::string& part : parts)
    if (dice.one_in(2)) key.push_back(part);
  std::string text = "[[limit]]\nname = \"l" + std::to_string(number) + "\"\nkey = [" +
                     (key.empty() ? "" : "\"" + base::join(key, "\", \"") + "\"") + "]\nrate = [\"" +
                     dice.of(counts) + "/h\"";
  if (dice.one_in(2)) text += ", \"" + dice.of(counts) + "/d\"";
  text += "]\nweight = \"" + weight + "\"\naction = \"" + dice.of({"defer", "defer", "refuse", "observe"}) +
          "\"\n";
  if (dice.one_in(3)) text += "burst = " + std::to_string(1 + dice.below(3)) + "\n";
  // An exception for what `when` leaves out would be an error.
  if (dice.one_in(2)) return text + make_when(dice);
  return text + make_overrides_of(dice, key);
}

std::string make_configuration(Dice& dice) {
  std::string text;
  if (dice.one_in(8)) text += "[milter]\nmode = \"observe\"\n";
  if (dice.one_in(4)) text += "[limits]\nipv6_prefix = 48\n";
  text += "[clients]\ntrusted = [\"192.0.2.0/24\"]\n[suppression]\naction = \"" + dice.of(kActions) + "\"\n";
  if (dice.one_in(2)) text += "on_error = \"accept\"\n";
  if (dice.one_in(2)) text += "probation = \"7d\"\n";
  for (const std::string& tenant : kTenants)
    if (!dice.one_in(4)) text += make_tenant(dice, tenant);
  if (dice.one_in(4))
    text += "[[tenant]]\nname = \"local\"\nclients = [\"127.0.0.0/8\", \"198.51.100.0/24\"]\n";
  text += "[[tenant]]\nname = \"all-streams\"\nlogins = [\"never\"]\nstreams = [\"" + kStreams[0] + "\", \"" +
          kStreams[1] + "\", \"" + kStreams[2] + "\"]\n";  // the others may name any of them
  const int limits = static_cast<int>(dice.below(4));
  for (int i = 0; i < limits; ++i) text += make_limit(dice, i);
  return text;
}

policy::Listing make_listing(Dice& dice, base::Wall now) {
  policy::Listing listing;
  const std::string domain = dice.of(kDomains);
  listing.address = dice.one_in(4) ? "@" + domain : dice.of({"ann", "bob"}) + "@" + domain;
  listing.reason = policy::kReasons[dice.below(std::size(policy::kReasons))];
  if (dice.one_in(2)) listing.tenant = dice.one_in(4) ? "default" : dice.of(kTenants);
  if (!listing.tenant.empty() && dice.one_in(2)) listing.stream = dice.of(kStreams);
  listing.since = now - hours(1000);
  if (dice.one_in(2)) listing.until = now + hours(48) - hours(dice.below(96));
  if (listing.until && dice.one_in(3)) listing.trial = *listing.until + hours(dice.below(100));
  return listing;
}

policy::limits::Overrides make_overrides(Dice& dice, base::Wall now) {
  policy::limits::Overrides overrides;
  const auto end = [&]() -> std::optional<base::Wall> {
    if (dice.one_in(2)) return std::nullopt;
    return now + hours(24) - hours(dice.below(48));
  };
  if (dice.one_in(6)) overrides.paused[dice.of(kTenants)] = {end(), "test"};
  if (dice.one_in(4))
    overrides.limits["l0"] = {{*policy::parse_rate(dice.of({"0/h", "1/h", "9/d"}))}, end(), "test"};
  return overrides;
}

/// One message as it would come, with the port's role by its name.
struct Mail {
  Question question;  ///< its recipient is filled in for each of them
  std::vector<std::string> recipients;
  std::string daemon_name;
};

Mail make_mail(Dice& dice) {
  Mail mail;
  mail.question.sender =
      dice.of({"<news@acme.example>", "<News+1@ACME.example>", "<news@shop.example>", "<a@free.example>",
               "<a@else.example>", "<>", "", "<a@b@shop.example>", "<root>", "<a@sh op.example>"});
  if (dice.one_in(2))
    mail.question.login = dice.one_in(5) ? "nobody" : dice.of(kTenants) + dice.of({"-app", "-app", "-APP"});
  if (dice.one_in(2) || !mail.question.login.empty())
    mail.question.client =
        *base::parse_ip(dice.of({"192.0.2.7", "198.51.100.9", "203.0.113.1", "127.0.0.1", "2001:db8::9"}));
  if (dice.one_in(3)) mail.question.origin = mail::kOrigins[dice.below(std::size(mail::kOrigins))];
  mail.daemon_name = dice.of({"mail.example", "mail.example", "mail.example", "", "signpost-submit",
                              "signpost-egress", "signpost-inbound", "signpost-typo"});
  mail.question.role = policy::parse_role(mail.daemon_name);
  for (std::size_t left = 1 + dice.below(3); left > 0; --left) {
    mail.recipients.push_back(dice.one_in(8) ? dice.of({"<root>", "<\"bob@example.net>", "<bob%example.net>"})
                                             : "<" + dice.of({"ann", "bob"}) + "@" + dice.of(kDomains) + ">");
  }
  return mail;
}

std::string describe(const policy::Verdict& verdict) {
  return std::string(policy::action_word(verdict.action)) + " " + policy::why_word(verdict.reason) + " " +
         verdict.rule + " " + (verdict.reply.code == 0 ? "-" : verdict.reply.format());
}

std::string describe(const Mail& mail) {
  std::ostringstream text;
  text << "sender=" << *mail.question.sender << " login=" << mail.question.login
       << " client=" << (mail.question.client ? base::format_ip(*mail.question.client) : "-")
       << " origin=" << (mail.question.origin ? mail::origin_word(*mail.question.origin) : "-")
       << " daemon_name=" << mail.daemon_name << " to";
  for (const std::string& recipient : mail.recipients) text << " " << recipient;
  return text.str();
}

/// One random house and the mail that comes to it.
class House {
 public:
  explicit House(Dice& dice)
      : dice_(dice),
        text_(make_configuration(dice)),
        snapshot_(tests::configured(text_)),
        snapshots_(snapshot_) {
    for (std::size_t left = dice.below(8); left > 0; --left) list_.add(make_listing(dice, clock_.wall()));
    overrides_.set(std::make_shared<policy::limits::Overrides>(make_overrides(dice, clock_.wall())));
    if (dice.one_in(20)) list_.break_down();
  }

  std::string describe_all() const {
    std::ostringstream text;
    text << text_ << "\n";
    for (const policy::Listing& one : list_.listings())
      text << "listing " << one.address << " " << policy::reason_word(one.reason) << " tenant=" << one.tenant
           << " stream=" << one.stream << " until=" << (one.until ? base::format_time(*one.until) : "-")
           << " trial=" << (one.trial ? base::format_time(*one.trial) : "-") << "\n";
    for (const auto& [tenant, pause] : overrides_.get()->paused)
      text << "paused " << tenant << " until=" << (pause.until ? base::format_time(*pause.until) : "-")
           << "\n";
    text << "now " << base::format_time(clock_.wall()) << "\n";
    return text.str();
  }

  /// One message from MAIL to its end, each step foretold.
  void send(const Mail& mail) {
    milter::Session session({snapshots_, overrides_, list_, buckets_, log_, clock_, counters_, &list_});
    const bool local = mail.question.login.empty() && !mail.question.client;
    milter::Session::Connection connection{mail.question.client, local ? "localhost" : "client.example",
                                           static_cast<std::uint16_t>(local ? 0 : 4711), mail.daemon_name};
    if (local) connection.client = mail::kLocalClient;
    connection.assumed_origin = mail.question.origin;
    session.connect(connection);
    session.mail({*mail.question.sender, {}, mail.question.login, "Q1"});
    Explanation first;
    std::size_t accepted = 0;
    bool somebody = false;
    bool all_alike = true;
    for (std::size_t i = 0; i < mail.recipients.size(); ++i) {
      // A second recipient is not charged to limits by message again: explain tells of a message of its own.
      if (i > 0 && counts_messages()) break;
      const Explanation told = foretell(mail.question, mail.recipients[i]);
      if (i == 0) first = told;
      all_alike = all_alike && i == 0;
      if (accepted > 0 && is_full(told, accepted)) {
        expect_too_many(told, session.rcpt(mail.recipients[i], "Q1"));
        return session.abort();
      }
      const std::size_t seen = log_.lines().size();
      const policy::Verdict heard = session.rcpt(mail.recipients[i], "Q1");
      if (heard.action == Action::accept) ++accepted;
      compare(told, heard, local, seen);
      if (testing::Test::HasFailure()) return;
      somebody = somebody || heard.action == Action::accept;
    }
    if (!somebody || dice_.one_in(5)) return session.abort();
    session.header("Subject", " Hello");
    session.end_of_headers();
    session.body("Hello, this is a text.\r\n");
    const milter::Outcome outcome = session.end_of_message("Q1");
    if (all_alike) compare_message(first, outcome.verdict, local);
    session.finish(true);
  }

  void pass_time() { clock_.tick(hours(dice_.below(3)) + std::chrono::minutes(dice_.below(40))); }

 private:
  bool observes() const { return snapshot_->milter.observe; }
  bool counts(policy::Weight weight) const {
    return std::any_of(snapshot_->policy.limits.begin(), snapshot_->policy.limits.end(),
                       [&](const policy::LimitSettings& limit) { return limit.weight == weight; });
  }
  bool counts_messages() const { return counts(policy::Weight::messages); }

  /// explain tells of a message of its own, which one recipient does not fill.
  static bool is_full(const Explanation& told, std::size_t accepted) {
    const auto cap = told.tenant->max_recipients_of(told.envelope.login);
    return told.outbound() && cap && accepted >= *cap;
  }
  /// One more recipient hears what it hears alone, that there are too many, or nothing yet.
  static void expect_too_many(const Explanation& told, const policy::Verdict& heard) {
    const bool is_known = heard.action == Action::accept ||
                          heard.reason == policy::Why::too_many_recipients ||
                          heard.reason == told.verdict.reason;
    EXPECT_TRUE(is_known) << describe(heard);
    if (heard.reason == policy::Why::too_many_recipients) {
      EXPECT_EQ(heard.reply.code, 452);
    }
  }

  std::string saved_buckets() {
    buckets_.begin_round();
    return buckets_.take_round(~std::size_t{0}, clock_.steady()).bytes;
  }
  /// Explains, and finds that this changed nothing.
  Explanation foretell(Question question, const std::string& recipient) {
    question.recipient = recipient;
    const std::string buckets = saved_buckets();
    const std::vector<policy::Listing> listings = list_.listings();
    Explanation told = explain(question, snapshot_, overrides_.get(),
                               {list_, buckets_, &list_, clock_.steady()}, clock_.wall());
    EXPECT_EQ(saved_buckets(), buckets);
    EXPECT_EQ(list_.listings(), listings);
    return told;
  }

  /// The decisions logged since, as the policy log spells them.
  std::vector<std::string> decisions(std::size_t seen) const {
    std::vector<std::string> lines = log_.lines();
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(seen));
    std::erase_if(lines,
                  [](const std::string& line) { return line.find("stage=alarm") != std::string::npos; });
    return lines;
  }

  static bool decided_at_mail(const Explanation& told) {
    return std::any_of(told.trace.steps.begin(), told.trace.steps.end(),
                       [](const Step& step) { return step.stage == policy::Stage::mail && step.decides; });
  }

  /// How many steps at RCPT only observe before one decides.
  static std::size_t observations(const Explanation& told) {
    std::size_t count = 0;
    if (!told.outbound() || decided_at_mail(told)) return count;
    for (const Step& step : told.trace.steps) {
      if (step.stage != policy::Stage::rcpt) continue;
      if (step.decides) break;
      if (step.verdict.action == Action::observe) ++count;
    }
    return count;
  }

  /// Mail from this host without a login: the verdict on the sender, and deferrals, wait for the header.
  static bool waits_for_the_header(const Explanation& told) {
    const mail::Envelope& envelope = told.envelope;
    return !envelope.local_submission && !envelope.origin_settled &&
           envelope.origin == mail::Origin::made_here &&
           (decided_at_mail(told) || told.verdict.action == Action::defer);
  }

  void compare(const Explanation& told, const policy::Verdict& heard, bool local, std::size_t seen) {
    const policy::Verdict& said = told.verdict;
    const std::vector<std::string> lines = decisions(seen);
    const bool accepts = said.action == Action::accept || said.action == Action::pass;
    const bool unheard =
        observes() || local || waits_for_the_header(told) || said.action == Action::drop || accepts;
    EXPECT_EQ(describe(heard), describe(unheard ? policy::Verdict{} : said));
    if (accepts) {
      EXPECT_EQ(lines.size(), observations(told)) << testing::PrintToString(lines);
      return;
    }
    if ((local || waits_for_the_header(told)) && decided_at_mail(told)) return;  // told at end of message
    ASSERT_FALSE(lines.empty()) << describe(said);
    const std::string words = std::string("reason=") + policy::why_word(said.reason) + " rule=" + said.rule;
    EXPECT_NE(lines.back().find(words), std::string::npos) << lines.back() << "\nexpected " << words;
    const bool limited = std::any_of(told.trace.steps.begin(), told.trace.steps.end(), [](const Step& step) {
      return step.decides && step.kind == Step::Kind::limit;
    });
    if (!limited) {
      EXPECT_EQ(lines.size(), observations(told) + 1) << testing::PrintToString(lines);
    }
  }

  void compare_message(const Explanation& told, const policy::Verdict& last, bool local) {
    if (!told.outbound()) {
      EXPECT_EQ(describe(last), describe(told.verdict));
    } else if (observes()) {
      EXPECT_EQ(last.action, Action::observe);
    } else if (told.verdict.action == Action::drop) {
      EXPECT_EQ(last.action, Action::discard);
    } else if (told.verdict.action != Action::accept) {
      EXPECT_TRUE(local || waits_for_the_header(told));
      EXPECT_EQ(describe(last), describe(told.verdict));
    } else if (told.message.action != Action::accept) {
      EXPECT_EQ(last.action, told.message.action);
      EXPECT_EQ(last.rule, told.message.rule);
    } else if (!counts(policy::Weight::bytes)) {
      EXPECT_EQ(last.action, Action::accept);
    }
  }

  Dice& dice_;
  std::string text_;
  std::shared_ptr<const milter::Snapshot> snapshot_;
  milter::SnapshotHolder snapshots_;
  tests::HandClock clock_;
  tests::MemorySuppressions list_;
  tests::RecordingSink log_;
  policy::limits::Buckets buckets_;
  milter::Counters counters_;
  milter::OverridesHolder overrides_;
};

TEST(Explain, SaysWhatASessionThenGets) {
  Dice dice(kSeed);
  for (int i = 0; i < kConfigurations; ++i) {
    House house(dice);
    for (int sent = 0; sent < kMessagesEach; ++sent) {
      const Mail mail = make_mail(dice);
      const std::string before = house.describe_all();
      house.send(mail);
      ASSERT_FALSE(HasFailure()) << "configuration " << i << ", message " << sent << "\n"
                                 << before << describe(mail);
      house.pass_time();
    }
  }
}

TEST(Explain, GoesOnBehindWhatDecides) {
  const auto snapshot = tests::configured(
      "[[tenant]]\nname = \"shop\"\nlogins = [\"shop\"]\n[suppression]\nprobation = \"7d\"\n"
      "[[limit]]\nname = \"none\"\nrate = [\"1/h\"]\n[[limit]]\nname = \"bytes\"\nrate = [\"1MB/h\"]\nweight "
      "= "
      "\"bytes\"\n");
  tests::HandClock clock;
  tests::MemorySuppressions list;
  policy::Listing listing;
  listing.address = "bob@example.net";
  listing.reason = policy::Reason::hard_bounce;
  listing.until = clock.wall() - hours(1);
  list.add(listing);
  policy::limits::Overrides overrides;
  overrides.paused["shop"] = {};
  policy::limits::Buckets buckets;
  Question question;
  question.recipient = "bob@example.net";
  question.login = "shop";
  const Explanation told = explain(question, snapshot, std::make_shared<policy::limits::Overrides>(overrides),
                                   {list, buckets, &list, clock.steady()}, clock.wall());
  EXPECT_EQ(told.verdict.reason, policy::Why::tenant_paused);
  std::string steps;
  for (const Step& step : told.trace.steps)
    steps += step.name + "=" + policy::action_word(step.verdict.action) + (step.decides ? "!" : "") + " ";
  EXPECT_EQ(steps,
            "role=accept paused=defer! sender=accept recipient=accept suppression=accept "
            "recipient_cap=accept probation=observe "
            "none=accept author=accept recipient_cap=accept bytes=accept ");
  ASSERT_TRUE(told.trace.listings);
  EXPECT_EQ((*told.trace.listings)->size(), 1u);
  EXPECT_FALSE(list.listings().front().trial);
  EXPECT_EQ(buckets.size(), 0u);
}

}  // namespace
}  // namespace signpost::daemon::commands
