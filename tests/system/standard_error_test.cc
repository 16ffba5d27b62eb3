// Lines that are written at once or not at all: the program never waits for who reads its stderr.
#include "system/standard_error.h"

#include <array>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "system/descriptor.h"

namespace signpost::system {
namespace {

struct Pair {
  Descriptor reader;
  Descriptor writer;
};

Pair make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Pair make_sockets() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

std::string read_some(const Descriptor& file) {
  std::string bytes(65536, '\0');
  const ssize_t count = ::read(file.get(), bytes.data(), bytes.size());
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

TEST(StandardError, WritesLinesToPipesAndSockets) {
  for (const auto make : {make_pipe, make_sockets}) {
    const Pair pair = make();
    StandardError lines(pair.writer.get());
    lines.write("one", 0);
    lines.write("two", 0);
    EXPECT_EQ(read_some(pair.reader), "one\ntwo\n");
    EXPECT_EQ(lines.lost(), 0u);
  }
}

TEST(StandardError, LosesLinesThatNobodyTakes) {
  const std::string line(1000, 'x');
  for (const auto make : {make_pipe, make_sockets}) {
    const Pair pair = make();
    StandardError lines(pair.writer.get());
    for (int i = 0; i < 2000; ++i) lines.write(line, 0);  // returns although nobody reads
    EXPECT_GT(lines.lost(), 0u);
    EXPECT_TRUE(read_some(pair.reader).starts_with(line + "\n"));
  }
}

TEST(StandardError, GoesOnWithoutAReader) {
  Pair pair = make_sockets();
  StandardError lines(pair.writer.get());
  pair.reader.close();
  lines.write("one", 0);
  EXPECT_EQ(lines.lost(), 1u);
}

}  // namespace
}  // namespace signpost::system
