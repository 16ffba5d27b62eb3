#include "programs/ctl/progress.h"

#include <cstdio>

#include <unistd.h>

namespace signpost::programs {
namespace {

constexpr std::chrono::seconds kInterval{1};
constexpr std::string_view kTaken = "import-lines=";
constexpr std::string_view kDone = "import-done=";

}  // namespace

ImportProgress::ImportProgress(std::string socket)
    : socket_(std::move(socket)), is_terminal_(::isatty(STDERR_FILENO) == 1) {}

ImportProgress::~ImportProgress() {
  if (shown_) (void)std::fputs("\r\033[K", stderr);
}

void ImportProgress::sent(std::uint64_t lines) {
  const auto now = std::chrono::steady_clock::now();
  if (!is_terminal_ || now - last_ < kInterval) return;
  last_ = now;
  show(std::to_string(lines) + " lines sent");
}

void ImportProgress::wait_for(daemon::control::ControlClient& client) {
  while (is_terminal_ && !client.wait(kInterval)) show(ask());
}

void ImportProgress::show(const std::string& text) {
  shown_ = true;
  (void)std::fprintf(stderr, "\r\033[K%s", text.c_str());
}

std::string ImportProgress::ask() const {
  std::string taken = "?";
  std::string done = "?";
  auto client = daemon::control::ControlClient::connect(socket_);
  if (!client || !client->send("status")) return "waiting";
  for (auto line = client->next_line(); line && *line; line = client->next_line()) {
    if ((*line)->starts_with(kTaken)) taken = (*line)->substr(kTaken.size());
    if ((*line)->starts_with(kDone)) done = (*line)->substr(kDone.size());
  }
  return done + " of " + taken + " listings loaded";
}

}  // namespace signpost::programs
