#include "system/milter_socket/milter_address.h"

#include <gtest/gtest.h>

namespace signpost::system {
namespace {

TEST(SocketAddress, RightSpellings) {
  struct Row {
    const char* text;
    const char* format;
    bool is_local;
  };
  const Row rows[] = {
      {"unix:/run/signpost/milter.sock", "unix:/run/signpost/milter.sock", true},
      {"local:/m", "unix:/m", true},
      {"inet:8895@127.0.0.1", "inet:8895@127.0.0.1", true},
      {"inet:1@127.9.9.9", "inet:1@127.9.9.9", true},
      {"inet:8895@LOCALHOST", "inet:8895@localhost", true},
      {"inet:65535@0.0.0.0", "inet:65535@0.0.0.0", false},
      {"inet:8895@192.0.2.1", "inet:8895@192.0.2.1", false},
      {"inet6:8895@::1", "inet6:8895@::1", true},
      {"inet6:8895@[::1]", "inet6:8895@::1", true},
      {"inet6:8895@2001:DB8::1", "inet6:8895@2001:db8::1", false},
  };
  for (const Row& row : rows) {
    const auto socket = parse_socket(row.text);
    ASSERT_TRUE(socket) << row.text << ": " << socket.error().text;
    EXPECT_EQ(socket->format(), row.format);
    EXPECT_EQ(socket->is_local(), row.is_local) << row.text;
    EXPECT_EQ(parse_socket(socket->format()).value(), *socket);
  }
}

TEST(SocketAddress, WrongSpellingsSayTheRightOne) {
  struct Row {
    std::string text;
    const char* expected;  ///< part of the error
  };
  const Row rows[] = {
      {"", "a socket is unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST"},
      {"milter.sock", "a socket is unix:/PATH"},
      {"/run/m.sock", "write unix:/run/m.sock"},
      {"unix:m.sock", "absolute path"},
      {"unix:", "absolute path"},
      {"unix:/" + std::string(107, 'x'), "at most 107 bytes, this one has 108"},
      {"inet:127.0.0.1:8891", "write inet:8891@127.0.0.1"},
      {"inet:localhost:8891", "write inet:8891@localhost"},
      {"inet6:[::1]:8891", "write inet6:8891@::1"},
      {"inet:8895", "on all addresses: write inet:8895@127.0.0.1"},
      {"inet6:8895", "write inet6:8895@::1"},
      {"inet:", "write inet:PORT@HOST"},
      {"inet:smtp", "write inet:PORT@HOST"},
      {"inet:0@127.0.0.1", "1 to 65535"},
      {"inet:65536@127.0.0.1", "1 to 65535"},
      {"inet:x@127.0.0.1", "1 to 65535"},
      {"inet:8895@", "IPv4 address or localhost"},
      {"inet:8895@::1", "IPv4 address or localhost"},
      {"inet6:8895@127.0.0.1", "IPv6 address or localhost"},
      {"inet:8895@mx.example.com", "IPv4 address or localhost"},
      {"tcp:8895@127.0.0.1", "a socket is"},
  };
  for (const Row& row : rows) {
    const auto socket = parse_socket(row.text);
    ASSERT_FALSE(socket) << row.text;
    EXPECT_NE(socket.error().text.find(row.expected), std::string::npos)
        << row.text << ": " << socket.error().text;
  }
}

}  // namespace
}  // namespace signpost::system
