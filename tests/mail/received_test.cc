// Received fields: the forms of Postfix, sendmail and others, and those written to deceive.
#include "mail/field/received.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::mail {
namespace {

/// "from|client|authenticated|by|software|protocol|address", or "error".
std::string read(std::string_view value) {
  const auto received = parse_received(value);
  if (!received) return "error";
  const auto address = client_address(*received);
  return received->from + "|" + received->client + "|" + received->authenticated + "|" + received->by + "|" +
         received->software + "|" + received->protocol + "|" + (address ? base::format_ip(*address) : "");
}

struct Case {
  const char* value;
  const char* parts;
};

TEST(ParseReceived, ReadsWhatMtasWrite) {
  const Case kCases[] = {
      {" by mx.example (Postfix, from userid 33)\n\tid A; Fri, 27 Nov 2026 13:56:44 +0000 (UTC)",
       "|||mx.example|Postfix, from userid 33||"},
      {" from x (localhost [127.0.0.1])\n\tby mx.example (Postfix) with ESMTP id A; date",
       "x|localhost [127.0.0.1]||mx.example|Postfix|ESMTP|127.0.0.1"},
      {" from x (unknown [IPv6:2001:db8::1]) by mx.example (Postfix) with ESMTPS id A; date",
       "x|unknown [IPv6:2001:db8::1]||mx.example|Postfix|ESMTPS|2001:db8::1"},
      {" from x ([192.0.2.1]) by mx.example with SMTP; date", "x|[192.0.2.1]||mx.example||SMTP|192.0.2.1"},
      {" from c (h [192.0.2.1])\n\t(using TLSv1.3 (256/256 bits))\n\t(Authenticated sender: shop)\n\tby "
       "mx.example "
       "(Postfix) with ESMTPSA id A\n\tfor <a@b>; date",
       "c|h [192.0.2.1]|shop|mx.example|Postfix|ESMTPSA|192.0.2.1"},
      {" (from ann@localhost)\n\tby mx.example (8.17.1/8.17.1/Submit) id A; date",
       "|from ann@localhost||mx.example|8.17.1/8.17.1/Submit||"},
      {" from x (ann@localhost) by mx.example (8.17.1/8.17.1) with ESMTP id A; date",
       "x|ann@localhost||mx.example|8.17.1/8.17.1|ESMTP|"},
      {" from [192.0.2.1] by webmail.example with HTTP/1.1 (POST); date",
       "[192.0.2.1]|||webmail.example||HTTP/1.1|"},
      {" from x by y with HTTP; date", "x|||y||HTTP|"},
      {" from c.example [192.0.2.1]\n\tby webmail.example:8443\n\twith HTTP (HTTP/1.1 POST); date",
       "c.example|||webmail.example:8443||HTTP|"},
      {" from c.example [192.0.2.1]\n\tvia proxy.example [192.0.2.2]\n\tby webmail.example with HTTP; date",
       "c.example|||webmail.example||HTTP|"},
      {" from [192.0.2.1] via [192.0.2.2] by webmail.example with HTTP; date",
       "[192.0.2.1]|||webmail.example||HTTP|"},
      {"FROM x BY y WITH LMTP", "x|||y||LMTP|"},
      {" from x (h [192.0.2.1]) by mx.example (Postfix) with ESMTP\n\tfor <a@b>; date",
       "x|h [192.0.2.1]||mx.example|Postfix|ESMTP|192.0.2.1"},
      {" by 10.0.0.1 via wire id with with SMTP", "|||10.0.0.1||SMTP|"},
      {" by mx.example (qmail 1 invoked by uid 33); date", "|||mx.example|qmail 1 invoked by uid 33||"},
  };
  for (const Case& test : kCases) EXPECT_EQ(read(test.value), test.parts) << test.value;
}

TEST(ParseReceived, TakesPartsByTheirPlaceOnly) {
  const Case kCases[] = {
      // A HELO name and a PTR record are the client's.
      {" from x??localhost?[127.0.0.1]?? (evil [203.0.113.9]) by mx.example (Postfix) with ESMTP id A; date",
       "x??localhost?[127.0.0.1]??|evil [203.0.113.9]||mx.example|Postfix|ESMTP|203.0.113.9"},
      {" from by (localhost [203.0.113.9]) by mx.example (Postfix) with ESMTP",
       "by|localhost [203.0.113.9]||mx.example|Postfix|ESMTP|203.0.113.9"},
      // So is the subject of a certificate.
      {" from x (evil [203.0.113.9]) (Client CN \"[127.0.0.1]\") by mx.example (Postfix) with ESMTPS",
       "x|evil [203.0.113.9]||mx.example|Postfix|ESMTPS|203.0.113.9"},
      // And the recipient.
      {" from x (evil [203.0.113.9]) by mx.example (Postfix) for <\"with HTTP\"@x>; date",
       "x|evil [203.0.113.9]||mx.example|Postfix||203.0.113.9"},
      {" from x (evil [203.0.113.9]) by mx.example (Postfix); with HTTP",
       "x|evil [203.0.113.9]||mx.example|Postfix||203.0.113.9"},
      // The first comment counts, empty or not.
      {" from x () (localhost [127.0.0.1]) by mx.example (Postfix)", "x|||mx.example|Postfix||"},
      // Brackets in other forms are not an address.
      {" from x (a b [127.0.0.1]) by y", "x|a b [127.0.0.1]||y|||"},
      {" from x (evil [203.0.113.9] [127.0.0.1]) by y", "x|evil [203.0.113.9] [127.0.0.1]||y|||"},
      {" from x (evil[127.0.0.1]) by y", "x|evil[127.0.0.1]||y|||"},
      {" from x (evil [127.0.0.1] may be forged) by y", "x|evil [127.0.0.1] may be forged||y|||"},
      {" from x (evil [localhost]) by y", "x|evil [localhost]||y|||"},
      {" from x ( [127.0.0.1]) by y", "x|[127.0.0.1]||y|||127.0.0.1"},
  };
  for (const Case& test : kCases) EXPECT_EQ(read(test.value), test.parts) << test.value;
}

TEST(ParseReceived, RefusesWhatIsEvidenceOfNothing) {
  const char* const kCases[] = {
      "",
      " ",
      " yes",
      " from",
      " from x",
      " from x y by z",
      " from x [192.0.2.1] y by z",
      " from x via by z",
      " from x via",
      " from x [192.0.2.1] [192.0.2.2] by z",
      " from x (a by y",
      " from x (a\\) by mx.example (Postfix) with HTTP) by y",
      " from x\\ by y",
      " by",
      " by (x)",
      " by mx.example (Postfix",
      " (from ann@localhost)",
      " from x; by mx.example (Postfix)",
      " from x) by mx.example",
      " from x (a)) by mx.example",
      " from x\x01 by mx.example",
  };
  for (const char* value : kCases) EXPECT_EQ(read(value), "error") << value;
  EXPECT_EQ(read(std::string_view("from x\0 by y", 12)), "error");
}

TEST(ParseReceived, TakesTimeInProportionToItsLength) {
  const std::string many(50000, '(');
  EXPECT_EQ(read(" from x " + many), "error");
  EXPECT_EQ(read(" from x (" + std::string(50000, 'a') + ") by y").substr(0, 3), "x|a");
}

}  // namespace
}  // namespace signpost::mail
