// The hold queues as files: where a message is looked for, and how the MTA's program is called. The programs are scripts that write
// down what they get; real MTAs: tests/e2e/release_e2e.py.
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "release/postfix_queue.h"
#include "release/sendmail_queue.h"
#include "system/file.h"
#include "tests/support/workplace.h"

namespace signpost::release {
namespace {

using Place = Sight::Place;
namespace fs = std::filesystem;

const std::string kId = "E9825A74470";
const std::string kLongId = "4jcT3F6frFz1bcYb";

class QueueTest : public testing::Test {
 protected:
  QueueTest() {
    for (const char* name : {"incoming/E/4", "hold/E/4", "queue", "bin"}) fs::create_directories(path(name));
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  void put(const std::string& name, mode_t mode) {
    std::ofstream(path(name)) << "x";
    ASSERT_EQ(::chmod(path(name).c_str(), mode), 0);
  }
  /// A program that keeps its words and its input.
  std::string program(const std::string& name, const std::string& script) {
    std::ofstream(path("bin/" + name)) << "#!/bin/sh\n" << script << "\n";
    fs::permissions(path("bin/" + name), fs::perms::owner_all);
    return path("bin/" + name);
  }
  std::string recorder(const std::string& name) {
    return program(name, "echo \"$@\" > " + path("words") + "; cat > " + path("input"));
  }
  std::string read(const std::string& name) { return system::read_file(path(name)).value_or(""); }

  PostfixSettings postfix() {
    PostfixSettings settings;
    settings.config_directory = "/etc/postfix-test";
    settings.queue_directory = directory_.path();
    settings.postsuper = recorder("postsuper");
    settings.postkick = recorder("postkick");
    return settings;
  }

  tests::TempDir directory_;
};

TEST_F(QueueTest, WhereAMessageOfPostfixIs) {
  const PostfixQueue queue(postfix());
  EXPECT_EQ(queue.look(kId)->place, Place::none);
  put("incoming/" + kId, 0600);
  EXPECT_EQ(queue.look(kId)->place, Place::receiving);
  const FileMark mark = queue.look(kId)->mark;
  fs::rename(path("incoming/" + kId), path("hold/" + kId));
  EXPECT_EQ(queue.look(kId)->place, Place::being_held);
  ASSERT_EQ(::chmod(path("hold/" + kId).c_str(), 0700), 0);
  const Sight held = queue.look(kId).value();
  EXPECT_EQ(held.place, Place::held);
  EXPECT_EQ(held.mark, mark);
  EXPECT_GT(held.changed, 0);
  fs::rename(path("hold/" + kId), path("incoming/" + kId));
  EXPECT_EQ(queue.look(kId)->place, Place::passed);
}

TEST_F(QueueTest, HashedDirectoriesOfPostfix) {
  PostfixSettings settings = postfix();
  settings.hashes_hold = true;
  settings.hash_depth = 2;
  put("incoming/" + kLongId, 0600);
  EXPECT_EQ(PostfixQueue(settings).look(kLongId)->place, Place::receiving);
  fs::rename(path("incoming/" + kLongId), path("hold/E/4/" + kLongId));
  EXPECT_EQ(PostfixQueue(settings).look(kLongId)->place, Place::being_held);
  settings.hashes_incoming = true;
  fs::rename(path("hold/E/4/" + kLongId), path("incoming/E/4/" + kLongId));
  EXPECT_EQ(PostfixQueue(settings).look(kLongId)->place, Place::receiving);
}

TEST_F(QueueTest, OnlyRegularFilesAreMessages) {
  const PostfixQueue queue(postfix());
  put("other", 0700);
  fs::create_symlink(path("other"), path("hold/" + kId));
  EXPECT_EQ(queue.look(kId)->place, Place::none);
  fs::remove(path("hold/" + kId));
  fs::create_directory(path("incoming/" + kId));
  EXPECT_EQ(queue.look(kId)->place, Place::none);
}

TEST_F(QueueTest, CallsPostsuperForTheHoldQueueOnly) {
  const PostfixQueue queue(postfix());
  ASSERT_TRUE(queue.act(Verb::release, {kId, kLongId}));
  EXPECT_EQ(read("words"), "-c /etc/postfix-test -H - hold\n");
  EXPECT_EQ(read("input"), kId + "\n" + kLongId + "\n");
  ASSERT_TRUE(queue.act(Verb::drop, {kId}));
  EXPECT_EQ(read("words"), "-c /etc/postfix-test -d - hold\n");
  ASSERT_TRUE(queue.act(Verb::refuse, {kId}));
  EXPECT_EQ(read("words"), "-c /etc/postfix-test -f - hold\n");
}

TEST_F(QueueTest, LetsTheQueueManagerLookAtOnce) {
  PostfixSettings settings = postfix();
  ASSERT_TRUE(PostfixQueue(settings).hurry());
  EXPECT_EQ(read("words"), "-c /etc/postfix-test public qmgr D\n");
  settings.postkick = program("fails", "echo no; exit 1");
  EXPECT_FALSE(PostfixQueue(settings).hurry());
}

TEST_F(QueueTest, SaysHowPostsuperFailed) {
  PostfixSettings settings = postfix();
  settings.postsuper = program("fails", "echo 'postsuper: fatal: no' >&2; exit 1");
  const auto failed = PostfixQueue(settings).act(Verb::release, {kId});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().text.find("postsuper: fatal: no"), std::string::npos) << failed.error().text;
  settings.postsuper = path("bin/missing");
  EXPECT_FALSE(PostfixQueue(settings).act(Verb::release, {kId}));
  EXPECT_FALSE(PostfixQueue(settings).check());
  EXPECT_TRUE(PostfixQueue(postfix()).check());
}

TEST_F(QueueTest, AsksPostconf) {
  const std::string postconf = program("postconf", R"(cat <<END
queue_directory = /var/spool/postfix
hash_queue_names = deferred,  Hold
hash_queue_depth = 2
command_directory = /usr/sbin
mail_version = 3.4.14
END)");
  const auto settings = ask_postconf(postconf, "/etc/postfix");
  ASSERT_TRUE(settings) << settings.error().text;
  EXPECT_EQ(settings->config_directory, "/etc/postfix");
  EXPECT_EQ(settings->queue_directory, "/var/spool/postfix");
  EXPECT_EQ(settings->postsuper, "/usr/sbin/postsuper");
  EXPECT_EQ(settings->postkick, "/usr/sbin/postkick");
  EXPECT_TRUE(settings->hashes_hold);
  EXPECT_FALSE(settings->hashes_incoming);
  EXPECT_EQ(settings->hash_depth, 2);
  EXPECT_FALSE(PostfixQueue(*settings).can(Verb::refuse));
  EXPECT_TRUE(PostfixQueue(*settings).can(Verb::drop));
}

TEST_F(QueueTest, AnswersOfPostconfThatCannotBeUsed) {
  EXPECT_FALSE(ask_postconf(program("silent", "exit 0"), "/etc/postfix"));
  EXPECT_FALSE(ask_postconf(program("failing", "exit 1"), "/etc/postfix"));
  EXPECT_FALSE(ask_postconf(program("relative", "echo 'queue_directory = spool'"), "/etc/postfix"));
  EXPECT_FALSE(ask_postconf(program("postconf", "exit 0"), "etc/postfix"));
  EXPECT_FALSE(ask_postconf(path("bin/missing"), "/etc/postfix"));
}

TEST_F(QueueTest, WhichPostfixCanReturnMail) {
  for (const auto& [version, can] : {std::pair{"3.5.0", true},
                                     {"3.5-20190101", true},
                                     {"3.10.2", true},
                                     {"4.0.0", true},
                                     {"3.4.9", false},
                                     {"2.11.0", false},
                                     {"strange", false}}) {
    const std::string postconf = program(
        "postconf",
        std::string("echo 'queue_directory = /q'; echo 'hash_queue_depth = 1'; echo 'command_directory = "
                    "/c'; echo 'mail_version = ") +
            version + "'");
    const auto settings = ask_postconf(postconf, "/etc/postfix");
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->expires, can) << version;
  }
}

TEST_F(QueueTest, WhereAMessageOfSendmailIs) {
  const std::string id = "6AT0l9B7027086";
  const SendmailQueue queue({recorder("sendmail"), "/etc/mail/sendmail.cf", path("queue")});
  EXPECT_TRUE(queue.is_id(id));
  EXPECT_FALSE(queue.is_id(kId));
  EXPECT_EQ(queue.look(id)->place, Place::none);
  put("queue/df" + id, 0600);
  EXPECT_EQ(queue.look(id)->place, Place::receiving);
  const FileMark mark = queue.look(id)->mark;
  put("queue/hf" + id, 0600);
  EXPECT_EQ(queue.look(id)->place, Place::held);
  EXPECT_EQ(queue.look(id)->mark, mark);
  EXPECT_GT(queue.look(id)->changed, 0);
  fs::rename(path("queue/hf" + id), path("queue/qf" + id));
  EXPECT_EQ(queue.look(id)->place, Place::passed);

  ASSERT_TRUE(queue.act(Verb::release, {id, "6AT0l9cq027089"}));
  EXPECT_EQ(read("words"), "-C /etc/mail/sendmail.cf -qQ -qI" + id + " -qI6AT0l9cq027089 -Q\n");
  for (const Verb verb : {Verb::drop, Verb::refuse}) {
    EXPECT_FALSE(queue.can(verb));
    EXPECT_FALSE(queue.act(verb, {id}));
  }
}

}  // namespace
}  // namespace signpost::release
