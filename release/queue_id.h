// Ids of messages in the queues of Postfix and Sendmail: which texts are ids, and where Postfix keeps the file of one. Pure. What
// is not an id by these rules never reaches a command line or a path.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace signpost::release {

inline constexpr std::size_t kMaxQueueId = 32;

/// Short (hexadecimal in capitals: five digits of microseconds, then the inode) or long (digits and consonants: six of seconds
/// or more, four of microseconds, "z", the inode). Postfix' words for all messages and for standard input are neither.
bool is_postfix_id(std::string_view text);

/// As Sendmail 8.12 and newer make them: eight letters or digits of time and sequence, then six to ten digits of the process.
bool is_sendmail_id(std::string_view text);

/// The part of a path below a queue's directory that lies before the file's name, if the directory is hashed (hash_queue_names):
/// "E/9/" for depth 2. `id` is one by is_postfix_id.
std::string hashed_directory(std::string_view id, int depth);

}  // namespace signpost::release
