// One connection to a filter as packets: a 4-byte length, a command byte and data. What needs no answer is
// queued and written together with the next packet that does, as Postfix does. Knows no
// meaning of any packet.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace signpost::tests {

/// Not thread-safe; reading waits at most `patience`.
class MilterChannel {
 public:
  struct Packet {
    char command = 0;
    std::string data;
  };

  /// `address` as in signpost.toml: "unix:PATH" or "inet:PORT@HOST".
  static base::Result<MilterChannel> open(std::string_view address);
  MilterChannel(MilterChannel&& other) noexcept;
  MilterChannel& operator=(MilterChannel&&) = delete;
  ~MilterChannel();

  void queue(char command, std::string_view data);
  std::size_t queued() const { return pending_.size(); }
  base::Result<void> flush();
  base::Result<Packet> read();
  void close();
  void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

 private:
  explicit MilterChannel(int descriptor) : descriptor_(descriptor) {}
  base::Result<void> read_exactly(char* into, std::size_t size);

  int descriptor_;
  std::chrono::milliseconds patience_{20000};
  std::string pending_;
};

std::string big_endian(std::uint32_t number);
/// The first four bytes.
std::uint32_t read_big_endian(std::string_view bytes);
std::string zero_ended(std::string_view text);
/// The pieces before each NUL; Error if the last one is not ended.
base::Result<std::vector<std::string>> split_zero_ended(std::string_view data);

}  // namespace signpost::tests
