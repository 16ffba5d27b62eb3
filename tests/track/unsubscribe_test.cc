// Which message gets an unsubscribe link, and what the sender's own are worth.
#include "track/unsubscribe.h"

#include <gtest/gtest.h>

#include "tests/track/ring.h"
#include "track/token_url.h"

namespace signpost::track {
namespace {

struct Scene {
  Scene() {
    context.settings = &lab.settings;
    context.sealer = &lab.sealer;
    context.tenant = 7;
    context.stream = "bulk";
    context.campaign = "november";
    context.recipient = "ann@example.org";
    context.recipients = 1;
    context.now = lab.context.now;
  }
  std::string word(std::vector<mail::Field> fields) { return plan_unsubscribe(fields, context).word; }
  Lab lab;
  UnsubscribeContext context;
};

TEST(Unsubscribe, AddsALinkThatOnlyThisRecipientCanUse) {
  Scene scene;
  const Unsubscribe done = plan_unsubscribe({{"Subject", " x"}}, scene.context);
  EXPECT_EQ(done.word, "added");
  ASSERT_EQ(done.added.size(), 2u);
  EXPECT_EQ(done.added[0].name, "List-Unsubscribe");
  EXPECT_EQ(done.added[1], (mail::Field{"List-Unsubscribe-Post", " List-Unsubscribe=One-Click"}));
  const std::string& value = done.added[0].value;
  ASSERT_TRUE(value.starts_with(" <https://" + scene.lab.settings.host + "/u/") && value.ends_with(">"))
      << value;
  const auto found = find_token(std::string_view(value).substr(2, value.size() - 3));
  ASSERT_TRUE(found.has_value());
  const auto token = scene.lab.sealer.open(found->token, Purpose::unsubscribe);
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(token->recipient, "ann@example.org");
  EXPECT_EQ(token->stream, "bulk");
  EXPECT_EQ(token->campaign, "november");
  EXPECT_EQ(token->tenant, 7u);
  EXPECT_EQ(value.find("ann"), std::string::npos) << "nobody reads the address from the link";
}

TEST(Unsubscribe, TellsAndMendsAFieldInEncodedWords) {
  // As Python's email.message.EmailMessage writes a long one.
  const mail::Field encoded{"List-Unsubscribe",
                            " =?utf-8?q?=3Chttps=3A//news=2Eexample=2Ecom/mailing/20/uns?=\n"
                            " =?utf-8?q?ubscribe=5Foneclick=3Fid=3D279=26email=3Dkunde=2540exa?=\n"
                            " =?utf-8?q?mple=2Enet=3E?="};
  const std::string plain =
      " <https://news.example.com/mailing/20/unsubscribe_oneclick?id=279&email=kunde%40example.net>";
  const mail::Field post{"List-Unsubscribe-Post", " List-Unsubscribe=One-Click"};
  const mail::Field encoded_post{"List-Unsubscribe-Post", " =?utf-8?q?List-Unsubscribe=3DOne-Click?="};
  Scene scene;
  EXPECT_EQ(scene.word({encoded, post}), "own-encoded");
  EXPECT_TRUE(plan_unsubscribe({encoded, post}, scene.context).decoded.empty());

  scene.lab.settings.decode_unsubscribe = true;
  const Unsubscribe done = plan_unsubscribe({encoded, post}, scene.context);
  EXPECT_EQ(done.word, "own-decoded");
  ASSERT_EQ(done.decoded.size(), 1u);
  EXPECT_EQ(done.decoded[0], (mail::ChangeField{"List-Unsubscribe", 1, encoded.value, plain}));
  EXPECT_EQ(scene.word({encoded}), "own-no-post");
  EXPECT_EQ(plan_unsubscribe({encoded, encoded_post}, scene.context).decoded.size(), 2u);
  EXPECT_EQ(scene.word({encoded, encoded_post}), "own-decoded");
  EXPECT_EQ(scene.word({{"List-Unsubscribe", plain}, post}), "own");

  const mail::Field folded{"List-Unsubscribe",
                           " =?utf-8?q?=3Chttps=3A//shop.example/u=3E?=,\n\t<mailto:u@shop.example>"};
  EXPECT_EQ(plan_unsubscribe({folded, post}, scene.context).decoded.at(0).after,
            " <https://shop.example/u>, <mailto:u@shop.example>");

  // What cannot be meant stays as it is.
  const std::string huge = " =?utf-8?q?=3Chttps=3A//x.example/" + std::string(1000, 'x') + "=3E?=";
  for (const std::string& value :
       {std::string(" =?utf-8?q?not_an_address?="), std::string(" =?utf-8?q?=3Chttps=3A//x=0D=0AX=3A_y=3E?="),
        std::string(" =?utf-8?q?=3Chttps=3A//x=C3=A4=3E?="), std::string(" =?utf-8?q?=3Chttps=3A//x"),
        huge}) {
    const Unsubscribe kept = plan_unsubscribe({{"List-Unsubscribe", value}, post}, scene.context);
    EXPECT_EQ(kept.word, "own-encoded") << value;
    EXPECT_TRUE(kept.decoded.empty());
  }
  EXPECT_EQ(scene.word({encoded, encoded, post}), "own-broken");
  // Within an address it is a part of it, and a phrase before one hides nothing.
  for (const char* value : {" <https://shop.example/u?t==?a?q?b=5F?=&x=1>",
                            " <https://shop.example/u/1>, <mailto:u@shop.example?subject==?utf-8?q?stop_1?=>",
                            " =?utf-8?q?Leave?= <https://shop.example/u/1>"}) {
    for (const bool decode : {false, true}) {
      scene.lab.settings.decode_unsubscribe = decode;
      const Unsubscribe kept = plan_unsubscribe({{"List-Unsubscribe", value}, post}, scene.context);
      EXPECT_EQ(kept.word, "own") << value;
      EXPECT_TRUE(kept.decoded.empty());
    }
  }
}

TEST(Unsubscribe, LeavesTheSendersOwnAlone) {
  Scene scene;
  const mail::Field post{"List-Unsubscribe-Post", " List-Unsubscribe=One-Click"};
  const std::string ours = "https://" + scene.lab.settings.host;
  const struct {
    std::string value;
    bool with_post;
    const char* word;
  } cases[] = {
      {" <https://shop.example/leave?u=1>", true, "own"},
      {" <mailto:leave@shop.example>, <https://shop.example/leave>", true, "own"},
      {" (use this) <https://shop.example/le\n ave>", true, "own"},
      {" <https://shop.example/leave>", false, "own-no-post"},
      {" <mailto:leave@shop.example>", false, "own-no-https"},
      {" <http://shop.example/leave>", true, "own-no-https"},
      {" <" + ours + "/c/AAAA>", true, "own-tracked"},
      {" <https:///>", true, "own-broken"},
      {" https://shop.example/leave", true, "own-broken"},
      {" <https://shop.example/leave", true, "own-broken"},
  };
  for (const auto& test : cases) {
    std::vector<mail::Field> fields = {{"List-Unsubscribe", test.value}};
    if (test.with_post) fields.push_back(post);
    const Unsubscribe done = plan_unsubscribe(fields, scene.context);
    EXPECT_EQ(done.word, test.word) << test.value;
    EXPECT_TRUE(done.added.empty()) << test.value;
  }
  EXPECT_EQ(
      scene.word(
          {{"List-Unsubscribe", " <https://a.example>"}, {"list-unsubscribe", " <https://b.example>"}, post}),
      "own-broken");
  Scene first;
  auto fields = plan_unsubscribe({}, first.context).added;
  EXPECT_EQ(plan_unsubscribe(fields, first.context).word, "own") << "a second pass adds nothing";
}

TEST(Unsubscribe, IsOnlyForConfiguredStreamsAndOneRecipient) {
  Scene scene;
  scene.context.recipients = 2;
  EXPECT_EQ(scene.word({}), "several-recipients");
  scene.context.recipients = 1;
  scene.context.recipient.clear();
  EXPECT_EQ(scene.word({}), "no-recipient");
  scene.context.stream = "transactional";
  EXPECT_EQ(scene.word({}), "");
  scene.context.stream = "bulk";
  scene.context.sealer = nullptr;
  EXPECT_EQ(scene.word({}), "");
}

TEST(Unsubscribe, DoesNotDoubleALonePostField) {
  Scene scene;
  const Unsubscribe done =
      plan_unsubscribe({{"List-Unsubscribe-Post", " List-Unsubscribe=One-Click"}}, scene.context);
  EXPECT_EQ(done.word, "added");
  EXPECT_EQ(done.added.size(), 1u);
  EXPECT_EQ(scene.word({{"List-Unsubscribe-Post", " whatever"}}), "post-broken");
}

TEST(Unsubscribe, KnowsTheTrackingHostsOfOthers) {
  Scene scene;
  scene.lab.settings.own_hosts =
      std::make_shared<const std::set<std::string>>(std::set<std::string>{"go.other.example"});
  const mail::Field post{"List-Unsubscribe-Post", " List-Unsubscribe=One-Click"};
  EXPECT_EQ(scene.word({{"List-Unsubscribe", " <https://Go.Other.example/c/AAAA>"}, post}), "own-tracked");
  EXPECT_EQ(scene.word({{"List-Unsubscribe", " <https://shop.example/>"}, post, post}), "own-broken");
}

}  // namespace
}  // namespace signpost::track
