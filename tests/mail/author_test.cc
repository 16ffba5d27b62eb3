// From fields: those of RFC 5322's appendix, those of real mail, and those written to deceive.
#include "mail/field/author.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

std::string word_of(NoAuthor reason) {
  switch (reason) {
    case NoAuthor::missing:
      return "no-from";
    case NoAuthor::several_fields:
      return "several-from";
    case NoAuthor::several_mailboxes:
      return "several-authors";
    case NoAuthor::empty_group:
      return "empty-group";
    case NoAuthor::unreadable:
      break;
  }
  return "bad-from";
}

/// The addresses joined by blanks, or "error".
std::string read(std::string_view value) {
  const auto addresses = parse_address_list(value);
  if (!addresses) return "error";
  std::string text;
  for (const Address& address : *addresses) text += (text.empty() ? "" : " ") + format_address(address);
  return text;
}

struct Case {
  const char* value;
  const char* addresses;
};

TEST(ParseAddressList, ReadsTheGrammar) {
  const Case kCases[] = {
      {" john.q.public@example.com", "john.q.public@example.com"},
      {" John Doe <jdoe@Machine.Example>", "jdoe@machine.example"},
      {" \"Joe Q. Public\" <john.q.public@example.com>", "john.q.public@example.com"},
      {" Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
       "mary@x.test jdoe@example.org one@y.test"},
      {" Pete(A wonderful \\) chap) <pete(his account)@silly.test(his host)>", "pete@silly.test"},
      {" A Group(Some people)\n    :Chris Jones <c@(Chris's host.)public.example>,\n joe@example.org,\n"
       "  John <jdoe@one.test> (my dear friend); (the end of the group)",
       "c@public.example joe@example.org jdoe@one.test"},
      {" Undisclosed recipients:;", ""},
      {"(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", ""},
      {" Mary Smith <@node.test:mary@example.net>", "mary@example.net"},
      {" <@a.test,@b.test:mary@example.net>", "mary@example.net"},
      {" , jdoe@example.org,, ", "jdoe@example.org"},
      {" \"john smith\"@example.net", "\"john smith\"@example.net"},
      {" bob@[192.0.2.1]", "bob@[192.0.2.1]"},
      {" =?utf-8?Q?J=C3=B8rn?= <jorn@example.net>", "jorn@example.net"},
      {" \"Jöhn Doe\" <jdöe@mächine.example>", "jdöe@xn--mchine-bua.example"},
      {" MAILER-DAEMON@example.net (Mail Delivery System)", "MAILER-DAEMON@example.net"},
      {"\n jdoe@example.org", "jdoe@example.org"},
  };
  for (const Case& test : kCases) EXPECT_EQ(read(test.value), test.addresses) << test.value;
}

TEST(ParseAddressList, ReadsWhatRealMailHas) {
  const Case kCases[] = {
      {" Joe Q. Public <john.q.public@example.com>", "john.q.public@example.com"},
      {" a@victim.example <b@sender.example>", "b@sender.example"},
      {" \"a@victim.example\" <b@sender.example>", "b@sender.example"},
      {" [Company] News <news@example.net>", "news@example.net"},
      {" EclipseMedia\xEF\xBF\xBD\xFF <info@example.net>", "info@example.net"},
      {" a..b@docomo.example", "\"a..b\"@docomo.example"},
      {" (a@victim.example) b@sender.example", "b@sender.example"},
      {" b@sender.example (a@victim.example)", "b@sender.example"},
      {" \"a@victim.example\\\" <a@victim.example>\" <b@sender.example>", "b@sender.example"},
  };
  for (const Case& test : kCases) EXPECT_EQ(read(test.value), test.addresses) << test.value;
}

TEST(ParseAddressList, GivesUpWhereReadersDiffer) {
  const std::vector<std::string> kCases = {
      "",
      " ",
      " ,",
      " postmaster",
      " <postmaster>",
      " <>",
      " Big Bug bb@bug.example",
      " tim@a.example concierge@b.example",
      " a@evil.example; b@victim.example",
      " Doe, John <jd@example.net>",
      " a@b@victim.example",
      " <a@evil.example@victim.example>",
      " <a@evil.example> <b@victim.example>",
      " a@evil.example <>",
      " <b@victim.example> a@evil.example",
      " <b@victim.example",
      " <<b@victim.example>>",
      " b@victim.example>",
      " \"a@evil.example <b@victim.example>",
      " (a@evil.example <b@victim.example>",
      " ) b@victim.example",
      " \\b@victim.example",
      " [x <b@victim.example>",
      " b(a@evil.example)@victim.example",
      " b@(a@evil.example,)victim.example",
      " <b@victim.example (<a@evil.example)>",
      " b@victim .evil.example",
      " b@victim.example.evil.example/",
      " =?utf-8?q?a=40evil.example=3E?=@victim.example",
      " \"=?utf-8?q?a=40evil.example=3E?=\"@victim.example",
      " a@evil.example: b@victim.example;",
      " Group: b@victim.example",
      " Group: Inner: b@victim.example;;",
      " Group: b@victim.example; c@victim.example",
      " : b@victim.example;",
      " <@a.test mary@example.net>",
      " <@:mary@example.net>",
      " <@a b:mary@example.net>",
      std::string(" b@victim.example\0", 18),
      " b@victim.example\r",
      " b@victim.example\n",
      " b@victim.example\nX-Injected: y",
      " b\x01@victim.example",
      " b\x7F@victim.example",
      " b\xE2\x80\x8B@victim.example",
      " b@\"victim.example\"",
      " \"b\".c@victim.example",
      " " + std::string(70000, 'a') + "@victim.example",
  };
  for (const std::string& value : kCases) EXPECT_EQ(read(value), "error") << value.substr(0, 80);
}

TEST(ParseAddressList, StaysLinear) {
  for (const char* piece : {"(", ")", "\"", "<", "a,", ",", ":", "@", "(a)", "[", "\\", "a ", "@a,", "g:"}) {
    std::string value;
    while (value.size() < 60000) value += piece;
    read(value);
    read("<" + value + ":b@example.net>");
    read(value + "b@example.net");
  }
}

TEST(FindAuthor, NamesOneOrSaysWhyNot) {
  const struct {
    std::vector<Field> fields;
    const char* answer;
  } kCases[] = {
      {{{"From", " a@example.net"}}, "a@example.net"},
      {{{"To", " b@example.net"}, {"FROM ", " A <a@example.net>"}}, "a@example.net"},
      {{{"From", " Us: a@example.net;"}}, "a@example.net"},
      {{{"To", " a@example.net"}, {"X-From", " a@example.net"}}, "no-from"},
      {{}, "no-from"},
      {{{"From", " a@example.net"}, {"from", " a@example.net"}}, "several-from"},
      {{{"From", " a@example.net"}, {"From ", ""}}, "several-from"},
      {{{"From", " a@evil.example, b@victim.example"}}, "several-authors"},
      {{{"From", " Us:;"}}, "empty-group"},
      {{{"From", ""}}, "bad-from"},
      {{{"From", " a@"}}, "bad-from"},
  };
  for (const auto& test : kCases) {
    const auto author = find_author(test.fields);
    EXPECT_EQ(author ? format_address(*author) : word_of(author.error()), std::string(test.answer));
  }
}

}  // namespace
}  // namespace signpost::mail
