// Address fields in Sendmail's form. Which forms Sendmail leaves alone is tried on the real one by
// tests/e2e/address_fields_e2e.py.
#include "mail/field/address_field.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

std::string form(std::string_view value, std::string_view host = "mx.example") {
  const auto made = sendmail_form("To", value, host);
  if (made) return *made;
  switch (made.error()) {
    case AddressTrouble::unreadable:
      return "unreadable";
    case AddressTrouble::unqualified:
      return "unqualified";
    case AddressTrouble::long_name:
      return "long-name";
  }
  return {};
}

struct Case {
  const char* value;
  const char* form;
};

TEST(SendmailForm, IsWhatSendmailWrites) {
  const Case kCases[] = {
      // As it is:
      {" ann@example.org", " ann@example.org"},
      {" Ann Lee <ann@example.org>", " Ann Lee <ann@example.org>"},
      {" \"Lee, Ann\" <ann@example.org>, bob@example.org",
       " \"Lee, Ann\" <ann@example.org>, bob@example.org"},
      {" =?utf-8?q?K=C3=A4the?= <k@example.org>", " =?utf-8?q?K=C3=A4the?= <k@example.org>"},
      {" ann@example.org (Ann)", " ann@example.org (Ann)"},
      {" \"a \\\"b\\\" c\" <ann@example.org>", " \"a \\\"b\\\" c\" <ann@example.org>"},
      {" ann@[192.0.2.1]", " ann@[192.0.2.1]"},
      {"", ""},
      {" ", " "},
      {"ann@example.org", "ann@example.org"},
      // Quotes:
      {" J. R. Doe <j@example.org>", " \"J. R. Doe\" <j@example.org>"},
      {" Sean O'Neil <s@example.org>", " \"Sean O'Neil\" <s@example.org>"},
      {" ann@home <ann@example.org>", " \"ann@home\" <ann@example.org>"},
      {" [Shop] News <n@example.org>", " \"[Shop] News\" <n@example.org>"},
      {" J. \"Bob\" Doe <j@example.org>", " \"J. Bob Doe\" <j@example.org>"},
      {" J. Doe (at work) <j@example.org>", " \"J. Doe\" (at work) <j@example.org>"},
      {" Dr. \"a \\\" b\" <j@example.org>", " \"Dr. a \\\" b\" <j@example.org>"},
      {" =?utf-8?Q?J._O'Neil?= <j@example.org>", " =?utf-8?Q?J=2E_O=27Neil?= <j@example.org>"},
      {" =?utf-8?Q?Doe,_J?= <j@example.org>", " =?utf-8?Q?Doe=2C_J?= <j@example.org>"},
      {" =?utf-8?b?Sg==?= J. <j@example.org>", " \"=?utf-8?b?Sg==?= J.\" <j@example.org>"},
      // Blanks and commas:
      {" a@example.org,b@example.org", " a@example.org, b@example.org"},
      {" a@example.org ,,\tb@example.org,", " a@example.org, b@example.org"},
      {" < a@example.org >", " <a@example.org>"},
      {" Ann<a@example.org>(x)", " Ann <a@example.org> (x)"},
      {" a @ example.org", " a@example.org"},
      {" a@example.org.", " a@example.org"},
      {"\n\tAnn\n\tLee <a@example.org>", "  Ann Lee <a@example.org>"},
      // Domains:
      {" ann, Bob <bob>", " ann@mx.example, Bob <bob@mx.example>"},
      {" root@localhost", " root@mx.example"},
      {" \"a b\"@example.org", " \"a b\"@example.org"},
      {" Doe, Ann <ann@example.org>", " Doe@mx.example, Ann <ann@example.org>"},
      // Groups:
      {" undisclosed-recipients:;", " undisclosed-recipients:;"},
      {" undisclosed-recipients: ;", " undisclosed-recipients:;"},
      {" Friends: a@example.org,b@example.org;, c@example.org",
       " Friends: a@example.org, b@example.org;, c@example.org"},
      // Left to be told:
      {" \"open <a@example.org>", "unreadable"},
      {" Ann (open <a@example.org>", "unreadable"},
      {" <@a.example,@b.example:a@example.org>", "unreadable"},
      {" a@example.org; b@example.org", "unreadable"},
      {" Ann Lee", "unreadable"},
      {" Ann <a@example.org> Lee", "unreadable"},
      {" host!ann", "unreadable"},
      {" a%b@example.org", "unreadable"},
      {" <>", "unreadable"},
      {" Friends: a@example.org", "unreadable"},
      {" a@b@example.org", "unreadable"},
      {" a@example.org..", "unreadable"},
      {" =?utf-8?Q?x @ ?=", "unreadable"},
      {" Ann \\x <a@example.org>", "unreadable"},
      {" a\x01@example.org", "unreadable"},
  };
  for (const Case& test : kCases) EXPECT_EQ(form(test.value), test.form) << test.value;
}

TEST(SendmailForm, GivenAgainItStays) {
  for (const char* value :
       {" J. R. Doe <j@example.org>,b@x ,c", " =?utf-8?Q?Doe,_J?= <j@x>", " A. B: a@x,b;", " (x)a@x(y)"}) {
    const std::string once = form(value);
    EXPECT_EQ(form(once), once) << value;
  }
}

TEST(SendmailForm, FoldsWhereSendmailDoes) {
  std::string value = " ";
  for (int i = 0; i < 6; ++i) value += (i > 0 ? "," : "") + std::string("recipient@example.org");
  const std::string one = "recipient@example.org";
  const std::string three = one + ", " + one + ", " + one;
  EXPECT_EQ(form(value), " " + three + ",\n        " + three);
}

TEST(SendmailForm, HasNoNameThatSendmailCuts) {
  EXPECT_EQ(form(" " + std::string(230, 'n') + " <a@example.org>"),
            " " + std::string(230, 'n') + " <a@example.org>");
  EXPECT_EQ(form(" " + std::string(240, 'n') + " <a@example.org>"), "long-name");
  EXPECT_EQ(form(" a@example.org (" + std::string(240, 'n') + ")"), "long-name");
}

TEST(SendmailForm, NeedsTheHostForAddressesWithoutDomain) {
  EXPECT_EQ(form(" ann", ""), "unqualified");
  EXPECT_EQ(form(" ann@example.org", ""), " ann@example.org");
}

TEST(AddressField, IsKnownByItsName) {
  for (const char* name : {"From", "TO", "cc", "Reply-To", "Sender", "Resent-From", "resent-to", "To "})
    EXPECT_TRUE(is_address_field(name)) << name;
  for (const char* name : {"Subject", "Message-ID", "Resent-Date", "List-Id", "Return-Path", ""})
    EXPECT_FALSE(is_address_field(name)) << name;
}

}  // namespace
}  // namespace signpost::mail
