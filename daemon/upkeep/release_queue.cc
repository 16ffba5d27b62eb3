#include "daemon/upkeep/release_queue.h"

namespace signpost::daemon::upkeep {
namespace {

using Channel = system::ReleaseChannel;

MtaQueue::Answer answer_of(Channel::Answer answer) {
  switch (answer) {
    case Channel::Answer::done:
      return MtaQueue::Answer::done;
    case Channel::Answer::gone:
      return MtaQueue::Answer::gone;
    case Channel::Answer::not_told:
      return MtaQueue::Answer::not_told;
    case Channel::Answer::failed:
      break;
  }
  return MtaQueue::Answer::failed;
}

base::Result<std::vector<MtaQueue::Answer>> answers_of(
    const base::Result<std::vector<Channel::Answer>>& given) {
  if (!given) return tl::unexpected(given.error());
  std::vector<MtaQueue::Answer> answers;
  answers.reserve(given->size());
  for (const Channel::Answer answer : *given) answers.push_back(answer_of(answer));
  return answers;
}

}  // namespace

ReleaseQueue::ReleaseQueue(const std::string& socket)
    : telling_(Channel::at(socket, kAnnounces)), asking_(Channel::at(socket, kReleases)) {}

base::Result<void> ReleaseQueue::announce(const std::string& id) {
  return telling_.held(id);
}

base::Result<std::vector<MtaQueue::Answer>> ReleaseQueue::release(std::span<const std::string> ids) {
  return answers_of(asking_.release(ids));
}

base::Result<std::vector<MtaQueue::Answer>> ReleaseQueue::drop(std::span<const std::string> ids) {
  return answers_of(asking_.drop(ids));
}

base::Result<std::vector<MtaQueue::Answer>> ReleaseQueue::refuse(std::span<const std::string> ids) {
  return answers_of(asking_.refuse(ids));
}

}  // namespace signpost::daemon::upkeep
