// A store_child that a test runs and kills, and what it left in its directory.
#pragma once

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

namespace signpost::store {

using Environment = std::map<std::string, std::string>;

/// A store_child and the pipe from it.
class Child {
 public:
  /// `work`: how many threads add, "replace", "replace-once" or "look".
  Child(const std::string& directory, const std::string& work, long first, long count,
        const Environment& environment) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    const std::string words[] = {work, std::to_string(first), std::to_string(count)};
    pid_ = ::fork();
    if (pid_ == 0) {
      for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
      ::dup2(ends[1], STDOUT_FILENO);
      ::execl(STORE_CHILD, STORE_CHILD, directory.c_str(), words[0].c_str(), words[1].c_str(),
              words[2].c_str(), static_cast<char*>(nullptr));
      ::_exit(71);
    }
    ::close(ends[1]);
    output_ = ::fdopen(ends[0], "r");
  }
  ~Child() {
    kill();
    if (output_ != nullptr) (void)std::fclose(output_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Reads one line; false at the end.
  bool read(std::string& line) {
    char text[4096];
    if (output_ == nullptr || std::fgets(text, sizeof(text), output_) == nullptr) return false;
    line = text;
    if (line.empty() || line.back() != '\n') return false;
    line.pop_back();
    return true;
  }
  void kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
  }
  /// The exit status, or the negative signal.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  std::FILE* output_ = nullptr;
};

/// Reads the next line, which must begin with `word`, and gives the number behind it; -1 at the end.
inline long read_number(Child& child, const std::string& word) {
  std::string line;
  if (!child.read(line)) return -1;
  EXPECT_TRUE(line.starts_with(word + " ")) << line;
  return std::stol(line.substr(word.size() + 1));
}

/// The note that all listings have, and how many there are; fails if there are two.
inline std::pair<long, long> read_list(const std::string& directory) {
  const auto store = Store::open(directory);
  EXPECT_TRUE(store) << store.error().text;
  std::map<std::string, long> by_note;
  const auto read = (*store)->suppressions().for_each({}, [&](const policy::Listing& listing) {
    ++by_note[listing.note];
    return true;
  });
  EXPECT_TRUE(read);
  EXPECT_EQ(by_note.size(), 1U) << "two lists at once, or none";
  return by_note.empty() ? std::pair(-1L, 0L)
                         : std::pair(std::stol(by_note.begin()->first), by_note.begin()->second);
}

}  // namespace signpost::store
