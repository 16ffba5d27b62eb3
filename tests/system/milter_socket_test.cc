// The options of a TCP milter socket, as the two ends of a connection see them. Files: tests/e2e/faults_e2e.py; that mail
// is quick: tests/e2e/milter_socket_e2e.py.
#include "system/milter_socket/milter_socket.h"

#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace signpost::system {
namespace {

int tcp_option(const Descriptor& socket, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(getsockopt(socket.get(), IPPROTO_TCP, option, &value, &size), 0);
  return value;
}

/// Listens on a free loopback port, as libmilter would.
struct Listener {
  Listener() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof own;
    EXPECT_EQ(bind(socket.get(), address(), size), 0);
    EXPECT_EQ(listen(socket.get(), 4), 0);
    EXPECT_EQ(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size), 0);
  }
  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&own); }
  SocketAddress setting() const { return {SocketAddress::Kind::inet, {}, "127.0.0.1", ntohs(own.sin_port)}; }

  Descriptor socket;
  sockaddr_in own{};
};

TEST(MilterSocket, WhatATcpListenerAcceptsSendsAtOnceInSmallSegments) {
  const Listener listener;
  const Listener other;
  ASSERT_TRUE(quicken_milter_socket(listener.setting()));

  const Descriptor mta(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(connect(mta.get(), listener.address(), sizeof listener.own), 0);
  const Descriptor accepted(accept4(listener.socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_EQ(tcp_option(accepted, TCP_NODELAY), 1);
  EXPECT_LE(tcp_option(mta, TCP_MAXSEG), 8192) << "Postfix makes its buffers twice as large";
  EXPECT_EQ(tcp_option(other.socket, TCP_NODELAY), 0) << "another socket of this process";
}

TEST(MilterSocket, OnlyATcpListenerThatIsThereIsTouched) {
  SocketAddress gone;
  {
    const Listener listener;
    gone = listener.setting();
  }
  EXPECT_FALSE(quicken_milter_socket(gone));
  EXPECT_TRUE(quicken_milter_socket({SocketAddress::Kind::unix_path, "/run/signpost/milter.sock", {}, 0}));
}

}  // namespace
}  // namespace signpost::system
