// Header canonicalization: the example of RFC 6376 §3.4.5 and the corners.
#include "dkim/canonical.h"

#include <gtest/gtest.h>

namespace signpost::dkim {
namespace {

std::string canonical(const mail::Field& field, Canon canon) {
  std::string out;
  append_canonical(out, field, canon);
  return out;
}

TEST(Canonical, Rfc6376Example) {  // §3.4.5: "A: X", "B : Y" folded before a tab and blanks
  EXPECT_EQ(canonical({"A", " X"}, Canon::relaxed), "a:X");
  EXPECT_EQ(canonical({"B ", " Y\t\n\tZ  "}, Canon::relaxed), "b:Y Z");
  EXPECT_EQ(canonical({"A", " X"}, Canon::simple), "A: X");
  EXPECT_EQ(canonical({"B ", " Y\t\n\tZ  "}, Canon::simple), "B : Y\t\r\n\tZ  ");
}

TEST(Canonical, Corners) {
  const struct {
    mail::Field field;
    const char* relaxed;
    const char* simple;
  } cases[] = {
      {{"Subject", ""}, "subject:", "Subject:"},
      {{"Subject", " "}, "subject:", "Subject: "},
      {{"Subject", "nospace"}, "subject:nospace", "Subject:nospace"},
      {{"Subject", "\n folded"}, "subject:folded", "Subject:\r\n folded"},
      {{"Subject", " a\n \n\t b"}, "subject:a b", "Subject: a\r\n \r\n\t b"},
      {{"SUBJECT\t ", "\ta \t b\t"}, "subject:a b", "SUBJECT\t :\ta \t b\t"},
      {{"Subject", " \xC3\xA4  \xFF"}, "subject:\xC3\xA4 \xFF", "Subject: \xC3\xA4  \xFF"},
      {{"Subject", " a\rb"}, "subject:a\rb", "Subject: a\rb"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(canonical(c.field, Canon::relaxed), c.relaxed);
    EXPECT_EQ(canonical(c.field, Canon::simple), c.simple);
  }
}

TEST(Canonical, AppendsToWhatIsThere) {
  std::string out = "before";
  append_canonical(out, {"A", "  x"}, Canon::relaxed);
  EXPECT_EQ(out, "beforea:x");
}

}  // namespace
}  // namespace signpost::dkim
