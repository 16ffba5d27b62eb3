// Which macro packets libmilter can be given. That its reader is really replaced shows in tests/e2e/milter_socket_e2e.py.
#include "milter/packets.h"

#include <string>

#include <gtest/gtest.h>

namespace signpost::milter {
namespace {

using namespace std::string_literals;

TEST(Packets, MacrosComeInPairs) {
  EXPECT_TRUE(macros_in_pairs("M"));
  EXPECT_TRUE(macros_in_pairs("Mi\0A1B2\0"s));
  EXPECT_TRUE(macros_in_pairs("Cj\0mx.example\0{daemon_name}\0smtpd\0"s));
  EXPECT_TRUE(macros_in_pairs("R{rcpt_addr}\0\0i\0\0"s)) << "values may be empty";
}

TEST(Packets, ANameWithoutAValueIsOdd) {
  EXPECT_FALSE(macros_in_pairs("Mi\0"s));
  EXPECT_FALSE(macros_in_pairs("M\0"s));
  EXPECT_FALSE(macros_in_pairs("Mi\0A1B2\0{auth_authen}\0"s));
}

// libmilter does not count what comes after the last NUL, nor does it make a string of it.
TEST(Packets, AnUnendedStringDoesNotCount) {
  EXPECT_TRUE(macros_in_pairs("Mi"));
  EXPECT_TRUE(macros_in_pairs("Mi\0A1B2\0more"s));
  EXPECT_FALSE(macros_in_pairs("Mi\0A1B2"s));
  EXPECT_TRUE(macros_in_pairs(""));
}

}  // namespace
}  // namespace signpost::milter
