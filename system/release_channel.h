// The daemon's side of signpost-release, the small root service that releases mail which Signpost held: tells it of ids, and
// asks for their release. Knows the protocol's client half (docs/held-mail.md) and nothing about queues.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace signpost::system {

/// A value: where the service listens and how long its silence may last. Thread-safe: each call has a connection of its own,
/// so calls of several threads share one sync of the service's disk and none waits for another.
///
/// Ids are those of the MTA's queue; "NAME:ID" for another of the service's instances than its first. Errors of every call:
/// `unavailable` if the service cannot be reached, closed the connection, or was silent for the timeout.
class ReleaseChannel {
 public:
  /// What became of one id that was to leave the hold queue.
  enum class Answer : std::uint8_t {
    done,  ///< released, dropped, or refused; it is no longer told
    gone,  ///< somebody else released or deleted it before; it is no longer told
    /// The service was not told of it, or has forgotten it: nothing was done now. After a call that broke off: that call may
    /// have done it.
    not_told,
    failed,  ///< it may still be in the hold queue; ask again later
  };

  struct Told {
    enum class State : std::uint8_t {
      coming,  ///< the MTA has not finished receiving it
      hold,    ///< in the hold queue
      gone,  ///< left the hold queue without us, or never came there; told for some days, or until one asks for its release
    };
    std::string id;    ///< with "NAME:" unless it is of the first instance
    base::Wall since;  ///< when the service was told
    State state = State::coming;
  };

  /// Opens nothing. `timeout`: for the connection, and for each wait for more of an answer. What the service does for an id
  /// takes milliseconds if it is told, and up to a minute if it is released among many others.
  static ReleaseChannel at(std::string path, std::chrono::milliseconds timeout);

  /// Tells that the message will be held. To be called at end of message, before the MTA is told to hold it: later the service
  /// refuses, since it must not free what somebody else held. On success the id is on the service's disk. Errors besides
  /// `unavailable`: `invalid` (not a queue id, or in the hold queue already), `not_found` (no such message is being received),
  /// `limit` (too many are told).
  base::Result<void> held(const std::string& id) const;

  /// One answer an id, in order. After an error some of them may have been done: `list` tells.
  base::Result<std::vector<Answer>> release(std::span<const std::string> ids) const;
  /// Deletes the messages from the hold queue; nobody is told.
  base::Result<std::vector<Answer>> drop(std::span<const std::string> ids) const;
  /// Lets the MTA return the messages to their senders as undeliverable.
  base::Result<std::vector<Answer>> refuse(std::span<const std::string> ids) const;

  /// All that the service was told of and has not forgotten, the oldest first.
  base::Result<std::vector<Told>> list() const;

 private:
  ReleaseChannel(std::string path, std::chrono::milliseconds timeout);
  base::Result<std::vector<Answer>> ask_each(const char* verb, std::span<const std::string> ids) const;

  std::string path_;
  std::chrono::milliseconds timeout_;
};

}  // namespace signpost::system
