// The built signpostctl: what it sends, what it prints, its exit codes.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign/map.h"
#include "daemon/control/server.h"
#include "dkim/record.h"
#include "programs/ctl/reply.h"
#include "system/log_writer.h"
#include "tests/daemon/commands/support.h"
#include "tests/support/source_dir.h"

namespace signpost::programs {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
};

class SignpostctlTest : public testing::Test {
 protected:
  void serve() {
    daemon::control::ControlServerSettings settings;
    settings.path = socket_;
    settings.access.daemon_uid = ::geteuid();
    server_ = std::move(*daemon::control::ControlServer::start(settings, house_.context, log_));
  }
  /// `arguments` as a shell reads them.
  Ran run(const std::string& arguments, const std::string& input = "") {
    const std::string base = house_.directory.path() + "/ran";
    std::ofstream(base + ".in", std::ios::binary) << input;
    const std::string command = std::string(SIGNPOSTCTL) + " -s " + socket_ + " " + arguments + " <" + base +
                                ".in >" + base + ".out 2>" + base + ".err";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(base + ".out"), content(base + ".err")};
  }

  tests::ControlHouse house_;
  std::string socket_ = house_.directory.path() + "/control.sock";
  system::DaemonLog log_{std::move(*system::LogWriter::open(system::LogTarget::file, "/dev/null")),
                         house_.clock};
  std::unique_ptr<daemon::control::ControlServer> server_;
};

TEST_F(SignpostctlTest, SendsWordsAndPrintsTheReply) {
  serve();
  EXPECT_EQ(run("suppress add bob@example.net 'note=two words' ").out, "ok added\n");
  const Ran listed = run("suppress check bob@example.net");
  EXPECT_EQ(listed.code, 0);
  EXPECT_NE(listed.out.find("note=\"two words\"\nend n=1\n"), std::string::npos) << listed.out;
  const Ran not_listed = run("suppress check ann@example.net");
  EXPECT_EQ(not_listed.code, 1);
  EXPECT_EQ(not_listed.out, "ok not-listed\n");
}

TEST_F(SignpostctlTest, MapsErrorsToSysexits) {
  EXPECT_EQ(run("status").code, 3);
  const Ran unreachable = run("stats");
  EXPECT_EQ(unreachable.code, 69);
  EXPECT_NE(unreachable.err.find(socket_), std::string::npos);
  EXPECT_EQ(run("").code, 64);
  EXPECT_EQ(run("--nonsense").code, 64);
  EXPECT_EQ(run("dkim genkey example.com").code, 64);
  EXPECT_EQ(run("key rotate " + house_.directory.path() + "/none").code, 66);
  EXPECT_EQ(run("--version").code, 0);
  EXPECT_EQ(run("--help").code, 0);
  serve();
  EXPECT_EQ(run("status").code, 0);
  EXPECT_EQ(run("--json status").code, 0);
  house_.set_problems({"store: cannot be read"});
  EXPECT_EQ(run("status").code, 1);
  EXPECT_EQ(run("--json status").code, 1);
  EXPECT_EQ(run("suppress frobnicate").code, 64);
  EXPECT_EQ(run("suppress add nobody").code, 65);
  const Ran denied = run("suppress import nofile");
  EXPECT_EQ(denied.code, 66);
}

TEST_F(SignpostctlTest, SaysThatADkimRecordIsWrong) {
  serve();
  EXPECT_EQ(run("dkim check").code, 65) << "there is no key";
  auto parsed = std::make_shared<const base::PrivateKey>(
      std::move(*base::PrivateKey::generate(base::KeyType::ed25519)));
  auto snapshot = tests::configured("");
  snapshot->dkim.keys.add(
      {std::make_shared<const dkim::Key>(dkim::SigningKey{"shop.example", "s1", parsed}), {}, false});
  house_.snapshots.set(snapshot);
  house_.zone.take_down("s1._domainkey.shop.example");
  EXPECT_EQ(run("dkim check").code, 1);
  EXPECT_EQ(run("--json dkim check").code, 1);
  house_.zone.publish("s1._domainkey.shop.example", dkim::format_record(*parsed));
  EXPECT_EQ(run("dkim check").code, 0);
  EXPECT_EQ(run("--json dkim check").code, 0);
}

TEST_F(SignpostctlTest, HelpsWithoutADaemon) {
  const Ran all = run("help");
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_NE(all.out.find("\ntenant list\n"), std::string::npos) << all.out;
  EXPECT_NE(run("help suppress add").out.find("Lists an address or a domain."), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(run("--json help version").out.substr(0, 18))["line"], "version");
  const Ran unknown = run("help nonsense");
  EXPECT_EQ(unknown.code, 64);
  EXPECT_EQ(unknown.out, "");
}

TEST_F(SignpostctlTest, ImportsAndExports) {
  serve();
  EXPECT_EQ(run("suppress import reason=trap", "a@example.net\nb@example.net").out,
            "ok added=2 changed=0 bad=0\nend n=0\n");
  const Ran exported = run("suppress export");
  EXPECT_TRUE(exported.out.starts_with("address,reason,")) << exported.out;
  EXPECT_EQ(std::count(exported.out.begin(), exported.out.end(), '\n'), 3);
  const std::string file = house_.directory.path() + "/list.csv";
  std::ofstream(file) << exported.out;
  EXPECT_EQ(run("suppress import " + file).out, "ok added=0 changed=2 bad=0\nend n=0\n");
}

TEST_F(SignpostctlTest, ImportsFilesOfOtherServices) {
  house_.snapshots.set(tests::control_snapshot(true));
  serve();
  const std::string folder = tests::source_dir() + "/tests/data/import/";
  const Ran bounces = run("suppress import " + folder + "mailgun-gmail-multiline.csv");
  EXPECT_EQ(bounces.code, 0);
  EXPECT_EQ(bounces.out,
            "ok added=6 changed=0 bad=0 ignored=0 expired=0 format=mailgun-bounces\n"
            "reason=hard-bounce tenant=- stream=- n=6\nend n=1\n");
  const Ran types = run("suppress import " + folder + "sparkpost-types.csv");
  EXPECT_EQ(types.code, 0);
  EXPECT_NE(types.out.find("reason=unsubscribe tenant=acme stream=- n=1"), std::string::npos) << types.out;
  EXPECT_NE(types.out.find("reason=manual tenant=acme stream=!transactional n=1"), std::string::npos)
      << types.out;
  EXPECT_EQ(run("suppress check anna@example.net stream=transactional").code, 1);
  const Ran ses = run("suppress import " + folder + "ses.json");
  EXPECT_EQ(ses.code, 0);
  EXPECT_NE(ses.err.find("not the whole list"), std::string::npos) << ses.err;
  EXPECT_EQ(run("suppress import", content(folder + "ses-importjob.csv")).code, 0);
}

TEST_F(SignpostctlTest, AnImportEndsHonestly) {
  serve();
  EXPECT_EQ(run("suppress import", "a@example.net\nnobody\n").code, 1);
  EXPECT_EQ(run("suppress import dry-run=yes", "a@example.net\n.\nb@example.net\n").code, 1);
  const Ran dot = run("suppress import", "a@example.net\n.\nb@example.net\n");
  EXPECT_EQ(dot.code, 1);
  EXPECT_TRUE(dot.out.starts_with("ok added=1 changed=1 bad=1\nline=2 error=")) << dot.out;
  EXPECT_EQ(run("suppress import max-bad=0", "c@example.net\nnobody\n").code, 65);
  EXPECT_EQ(run("suppress check c@example.net").code, 1);
  const Ran refused = run("suppress import", "E-Mail;Vorname\nc@example.net;C\n");
  EXPECT_EQ(refused.code, 65);
  EXPECT_NE(refused.err.find("CSV with semicolons"), std::string::npos) << refused.err;
  EXPECT_EQ(refused.out, "");
  const Ran cut = run("suppress import", "[{\"emailAddress\":\"c@example.net\",\"reason\":\"BOUNCE\"},");
  EXPECT_EQ(cut.code, 65);
  EXPECT_NE(cut.err.find("nothing was listed"), std::string::npos) << cut.err;
  EXPECT_EQ(run("suppress check c@example.net").code, 1);
  EXPECT_EQ(run("suppress import nofile").code, 66);
  EXPECT_EQ(run("suppress import format=nonsense", "a@example.net\n").code, 65);
}

TEST_F(SignpostctlTest, PreviewsAnImportWithoutTheDaemon) {
  const Ran shown = run("suppress import --preview columns=address:Mail-Adresse,reason:Grund " +
                        tests::source_dir() + "/tests/data/import/german.csv");
  EXPECT_EQ(shown.code, 0);
  EXPECT_EQ(
      shown.out,
      "file: CSV with semicolons, UTF-8\nformat: columns that were named\n"
      "column Kunde         left out\ncolumn Mail-Adresse  address\ncolumn Grund         reason\n"
      "entry eva@a.example  reason=unsubscribe  scope=\"the tenant's streams other than transactional\"\n"
      "entry max@a.example  reason=hard-bounce  scope=\"everywhere\"\n"
      "reason=hard-bounce scope=\"everywhere\" n=1\n"
      "reason=unsubscribe scope=\"the tenant's streams other than transactional\" n=1\n"
      "entries=2 ignored=1 expired=0 bad=0\n");
  EXPECT_EQ(run("suppress import preview=yes", "a@example.net\nnobody\n").code, 1);
}

TEST_F(SignpostctlTest, SpeaksJson) {
  serve();
  const auto lines = [](const std::string& text) {
    std::vector<nlohmann::json> objects;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) objects.push_back(nlohmann::json::parse(line));
    return objects;
  };
  run("suppress add bob@example.net 'note=a \"b\"'");
  const auto listed = lines(run("--json suppress list").out);
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0]["note"], "a \"b\"");
  house_.set_problems({"one", "two"});
  const auto status = lines(run("--json status").out);
  ASSERT_EQ(status.size(), 1u);
  EXPECT_EQ(status[0]["ok"], true);
  EXPECT_EQ(status[0]["problem"], (nlohmann::json{"one", "two"}));
  EXPECT_EQ(lines(run("status --json").out)[0]["problem"], status[0]["problem"]) << "behind the command too";
  EXPECT_EQ(status[0]["log-lines-lost"], 0);
  EXPECT_EQ(listed[0]["until"], nullptr);
  EXPECT_EQ(run("--json suppress check ann@example.net").code, 1);
  EXPECT_EQ(run("--json suppress check bob@example.net").code, 0);
  const auto checked = lines(run("--json suppress check ann@example.net").out);
  EXPECT_EQ(checked.at(0)["result"], "not-listed");
  const auto refused = lines(run("--json suppress add nobody").out);
  EXPECT_EQ(refused.at(0)["kind"], "invalid");
}

TEST_F(SignpostctlTest, WorksOnKeysAndMessagesAlone) {
  const std::string directory = house_.directory.path();
  const Ran made = run("dkim genkey example.com s1 --type ed25519 --out " + directory);
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.out.find("\n\nv=DKIM1;"), std::string::npos) << made.out;
  EXPECT_EQ(run("dkim genkey example.com s1 --type ed25519 --out " + directory).code, 65);
  const Ran json = run("dkim genkey example.com s4 --type rsa4096 --json --out " + directory);
  const auto key = nlohmann::json::parse(json.out);
  EXPECT_EQ(key["name"], "s4._domainkey.example.com");
  EXPECT_EQ(key["file"], directory + "/example.com.s4.pem");
  std::string joined;
  for (const auto& piece : key["strings"]) {
    EXPECT_LE(piece.get<std::string>().size(), 255u);
    joined += piece.get<std::string>();
  }
  EXPECT_EQ(joined, key["record"]);
  EXPECT_EQ(key["strings"].size(), 3u);
  EXPECT_EQ(run("key new " + directory + "/ring").code, 0);
  EXPECT_EQ(run("key rotate " + directory + "/ring").code, 0);
  EXPECT_EQ(run("key revoke " + directory + "/ring 1").code, 0);
  EXPECT_EQ(run("token decode https://x.example/c/AAAA --keys " + directory + "/ring").code, 65);

  std::ofstream(directory + "/c.toml")
      << "[[dkim.key]]\ndomain = \"example.com\"\nselector = \"s1\"\nfile = \"" << directory
      << "/example.com.s1.pem\"\n";
  const std::string message = "From: a@example.com\nSubject: x\n\nbody\n";
  std::ofstream(directory + "/m.eml") << message;
  const Ran ran = run("message run " + directory +
                      "/m.eml --sender a@example.com --rcpt b@example.net --rcpt c@example.net -c " +
                      directory + "/c.toml --edits " + directory + "/edits");
  ASSERT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find("DKIM-Signature:"), std::string::npos);
  EXPECT_NE(ran.err.find("stage=message action=accept"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("judged without listings, pauses and the use of limits: "), std::string::npos)
      << ran.err;
  serve();
  house_.say("suppress add b@example.net reason=manual");
  std::ofstream(directory + "/other") << "another file";
  EXPECT_EQ(run("message run " + directory + "/m.eml --sender a@example.com --rcpt b@example.net -c " +
                directory + "/c.toml --edits " + directory + "/other")
                .code,
            73);
  EXPECT_EQ(content(directory + "/other"), "another file");
  const Ran judged = run("message run " + directory +
                         "/m.eml --sender a@example.com --rcpt b@example.net -c " + directory + "/c.toml");
  EXPECT_EQ(judged.code, 65) << judged.err;
  EXPECT_NE(judged.err.find("reason=suppressed rule=manual"), std::string::npos) << judged.err;
  EXPECT_NE(judged.err.find("judged with the listings, pauses and limits of the daemon at " + socket_),
            std::string::npos)
      << judged.err;
  std::ofstream(directory + "/out.eml") << ran.out;
  EXPECT_EQ(run("message undo " + directory + "/out.eml --edits " + directory + "/edits").out, message);
}

TEST_F(SignpostctlTest, AMapReplacesOnlyAMap) {
  store::Changes changes;
  const std::uint32_t tenant = house_.snapshots.get()->policy.tenants.front().id();
  changes.counts[{tenant, "november", 496'000, store::Counted::click, 1}] = 3;
  ASSERT_TRUE(house_.store->hits().commit({"1", 0, 1}, changes));
  serve();
  const std::string map = house_.directory.path() + "/map.html";
  const std::string command = "report map november -o ";
  ASSERT_EQ(run(command + map).code, 0);
  EXPECT_TRUE(content(map).starts_with(campaign::kMapBegin));
  EXPECT_EQ(run(command + map).code, 0) << "an earlier map";

  std::ofstream(map) << "another file";
  const Ran refused = run(command + map);
  EXPECT_EQ(refused.code, 73);
  EXPECT_NE(refused.err.find("is not a click map; name another file, or say --replace"), std::string::npos)
      << refused.err;
  EXPECT_EQ(content(map), "another file");
  for (const std::string& path :
       {house_.directory.path() + "/store/list.mdb", socket_, std::string("/dev/null")})
    EXPECT_EQ(run(command + path + " --replace").code, 73) << path;
  EXPECT_EQ(run(command + map + " --replace").code, 0);
  EXPECT_TRUE(content(map).starts_with(campaign::kMapBegin));
  EXPECT_EQ(run("status").code, 0) << "the socket is the daemon's";
}

TEST(ParseStatusLine, TakesReplies) {
  EXPECT_EQ(daemon::control::parse_status_line("ok")->text, "");
  EXPECT_EQ(daemon::control::parse_status_line("ok listed n=1")->text, "listed n=1");
  EXPECT_EQ(daemon::control::parse_status_line("error not-found no such entry")->kind, "not-found");
  EXPECT_EQ(daemon::control::parse_status_line("error not-found no such entry")->text, "no such entry");
  EXPECT_FALSE(daemon::control::parse_status_line("HTTP/1.1 200 OK"));
  EXPECT_FALSE(daemon::control::parse_status_line(""));
}

TEST_F(SignpostctlTest, ClassifiesBouncesWithoutADaemon) {
  const std::string reply = "550 5.1.1 <ann@example.net>: User unknown\n";
  const Ran piped = run("bounce classify", reply);
  EXPECT_EQ(piped.code, 0) << piped.err;
  EXPECT_EQ(piped.out,
            "-\tann@example.net\thard\tno-such-user\t5.1.1\t550 5.1.1 <ann@example.net>: User unknown\n");
  const std::string file = house_.directory.path() + "/full.txt";
  std::ofstream(file) << "552 5.2.2 mailbox is full\n";
  const Ran several = run("bounce classify --json /nowhere " + file + " -", reply);
  EXPECT_EQ(several.code, 66);
  EXPECT_NE(several.err.find("/nowhere"), std::string::npos);
  std::istringstream lines(several.out);
  std::vector<std::string> classes;
  for (std::string line; std::getline(lines, line);) classes.push_back(nlohmann::json::parse(line)["class"]);
  EXPECT_EQ(classes, (std::vector<std::string>{"soft", "hard"}));
  EXPECT_EQ(run("bounce classify --nonsense").code, 64);
}

TEST_F(SignpostctlTest, TellsWhatARefusalMeans) {
  const Ran found = run("diagnose '550 5.7.1 part of their network is on our block list (S3150).'");
  EXPECT_EQ(found.code, 0);
  EXPECT_NE(found.out.find("class: block\nreason: blocklist\n"), std::string::npos) << found.out;
  EXPECT_NE(found.out.find("remedy: "), std::string::npos) << found.out;
  EXPECT_NE(run("diagnose --json 550 5.1.1 User unknown").out.find("\"reason\":\"no-such-user\""),
            std::string::npos);
  EXPECT_EQ(run("diagnose").code, 64);
  EXPECT_NE(run("help diagnose").out.find("a line of a mail log"), std::string::npos);
}

}  // namespace
}  // namespace signpost::programs
