// The JSON form of replies, and that the text beside it is the same data.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "daemon/control/json_writer.h"
#include "daemon/control/text_writer.h"
#include "tests/daemon/commands/support.h"

namespace signpost::daemon::control {
namespace {

using Json = nlohmann::json;
using commands::Body;
using commands::Reply;

/// The objects of one reply, up to its empty line.
std::vector<Json> objects(const std::string& text) {
  std::vector<Json> all;
  EXPECT_TRUE(text.ends_with("\n")) << text;
  for (const std::string_view line : base::split(text, '\n'))
    if (!line.empty()) all.push_back(Json::parse(line));
  return all;
}

template <class Writer>
std::string written(Body body, void (*fill)(Reply&)) {
  tests::StringChannel channel({});
  Writer writer(channel);
  Reply reply(body, writer);
  fill(reply);
  reply.finish();
  return channel.written;
}

void describe(Reply& reply) {
  reply.ok("changed", {{"n", 2}, {"whole", true}});
  reply.line({{"none", commands::Value::None{}}});
  reply.line({{"text", "two words"}});
  reply.line({{"big", std::uint64_t{18'446'744'073'709'551'615u}}});
  reply.each("problem", {"one"});
  reply.each("warning", {});
  reply.line({{"blocks", "trap"}, {"streams", commands::Value::Texts{"a", "b"}}});
}

TEST(ReplyForms, OneThing) {
  EXPECT_EQ(written<TextWriter>(Body::fields, describe),
            "ok changed n=2 whole=yes\nnone=-\ntext=\"two words\"\nbig=18446744073709551615\nproblem=one\n"
            "blocks=trap streams=a,b\n\n");
  EXPECT_EQ(written<JsonWriter>(Body::fields, describe),
            R"({"ok":true,"result":"changed","n":2,"whole":true,"none":null,"text":"two words",)"
            R"("big":18446744073709551615,"problem":["one"],"warning":[],)"
            R"("lines":[{"blocks":"trap","streams":["a","b"]}]})"
            "\n\n");
}

void list(Reply& reply) {
  reply.ok();
  reply.line({{"used", commands::Value::Numbers{3, 5}}, {"by", "bad \xFF byte"}});
  reply.end(1, "a=b c");
}

TEST(ReplyForms, AList) {
  EXPECT_EQ(written<TextWriter>(Body::list, list),
            "ok\nused=3,5 by=\"bad \\xff byte\"\nend n=1 next=\"a=b c\"\n\n");
  EXPECT_EQ(written<JsonWriter>(Body::list, list),
            "{\"used\":[3,5],\"by\":\"bad \xEF\xBF\xBD byte\"}\n{\"next\":\"a=b c\"}\n\n");
}

void break_off(Reply& reply) {
  reply.ok();
  reply.line({{"a", 1}});
  reply.error("corrupt", "the disk\nis old");
}

TEST(ReplyForms, AListThatBreaksOff) {
  EXPECT_EQ(written<TextWriter>(Body::list, break_off), "ok\na=1\nerror corrupt the disk; is old\n\n");
  EXPECT_EQ(written<JsonWriter>(Body::list, break_off),
            "{\"a\":1}\n{\"ok\":false,\"kind\":\"corrupt\",\"text\":\"the disk\\nis old\"}\n\n");
}

/// Remembers the most lines that it was given at once.
class Counter final : public commands::ReplySink {
 public:
  bool take(const Reply& reply, bool) override {
    most = std::max(most, reply.lines().size());
    all += reply.lines().size();
    return all < 5'000;
  }
  std::size_t most = 0;
  std::size_t all = 0;
};

TEST(ReplyForms, ALongListStaysSmallAndStopsWhenNobodyListens) {
  Counter counter;
  Reply reply(Body::list, counter);
  reply.ok();
  std::size_t said = 0;
  for (; said < 1'000'000 && reply.alive(); ++said) reply.line({{"n", said}});
  EXPECT_LE(counter.most, 1'000u);
  EXPECT_LT(said, 10'000u);
  EXPECT_FALSE(reply.finish());
}

TEST(ReplyForms, WithoutASinkEverythingIsKept) {
  Reply reply(Body::list);
  reply.ok();
  for (int i = 0; i < 1000; ++i) reply.line({{"n", i}});
  EXPECT_TRUE(reply.finish());
  EXPECT_EQ(reply.lines().size(), 1000u);
}

TEST(ControlJson, CommandsAnswerTypedValues) {
  tests::ControlHouse house;
  house.say("suppress add bob@example.net");
  const Json entry = objects(house.say("form=json suppress check bob@example.net")).at(1);
  EXPECT_EQ(entry["tenant"], nullptr);
  EXPECT_EQ(entry["until"], nullptr);
  EXPECT_EQ(entry["reason"], "manual");
  const Json limit = objects(house.say("form=json limit list")).at(0);
  EXPECT_EQ(limit["rate"], Json::array({"2/h"}));
  EXPECT_EQ(limit["burst"], nullptr);
  house.twin.status_now.log_lines_lost = 3;
  const Json status = objects(house.say("form=json status")).at(0);
  EXPECT_EQ(status["log-lines-lost"], 3);
  EXPECT_EQ(status["problem"], Json::array());
  EXPECT_EQ(objects(house.say("form=json tenant show acme")).at(0)["paused"], false);
  EXPECT_EQ(objects(house.say("form=json help version")).at(0)["line"], "version");
}

TEST(ControlJson, RefusalsToo) {
  tests::ControlHouse house;
  EXPECT_EQ(objects(house.say("form=json supress")).at(0)["kind"], "usage");
  EXPECT_EQ(
      objects(house.say({"form=json suppress add x@y.example"}, tests::ControlHouse::kReader)).at(0)["kind"],
      "denied");
  EXPECT_EQ(objects(house.say({"form=json suppress import mode=x", "a@example.net", "."})).at(0)["kind"],
            "invalid");
  EXPECT_EQ(house.say("form=xml status"), "error usage form must be text or json\n\n");
  EXPECT_TRUE(house.say("form=text version").starts_with("ok version="));
}

TEST(ControlJson, ReadsItsOwnStatus) {
  EXPECT_TRUE((*parse_json_status(R"({"ok":true,"n":1})"))->ok);
  EXPECT_EQ((*parse_json_status(R"({"ok":false,"kind":"usage","text":"x"})"))->kind, "usage");
  EXPECT_FALSE(parse_json_status(R"({"address":"x"})")->has_value());
  EXPECT_FALSE(parse_json_status("ok listed"));
  EXPECT_EQ(find_json_text(R"({"wrong":4})", "wrong"), "4");
  EXPECT_EQ(find_json_text(R"({"state":"ok"})", "state"), "ok");
  EXPECT_EQ(find_json_text(R"({"state":"ok"})", "wrong"), std::nullopt);
}

}  // namespace
}  // namespace signpost::daemon::control
