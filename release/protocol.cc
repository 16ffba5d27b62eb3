#include "release/protocol.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "release/queue_id.h"

namespace signpost::release {
namespace {

struct VerbWords {
  Verb verb;
  std::string_view word;
  std::string_view done;
};
constexpr std::array<VerbWords, 5> kVerbs = {{{Verb::held, "held", "held"},
                                              {Verb::list, "list", "listed"},
                                              {Verb::release, "release", "released"},
                                              {Verb::drop, "drop", "dropped"},
                                              {Verb::refuse, "refuse", "refused"}}};

const VerbWords& words_of(Verb verb) {
  return *std::find_if(kVerbs.begin(), kVerbs.end(),
                       [verb](const VerbWords& row) { return row.verb == verb; });
}

const char* kind_of(Answer answer) {
  switch (answer) {
    case Answer::conflict:
      return "conflict";
    case Answer::not_found:
      return "not-found";
    case Answer::not_told:
      return "not-told";
    case Answer::limit:
      return "limit";
    case Answer::unsupported:
      return "unsupported";
    case Answer::unavailable:
      return "unavailable";
    default:
      return "invalid";
  }
}

}  // namespace

bool is_instance_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxInstanceName || !base::is_alnum(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return base::is_alnum(c) || c == '-' || c == '_'; });
}

base::Result<Request> parse_release_request(std::string_view line) {
  if (line.size() >= kMaxLine)
    return base::invalid("a request has at most " + std::to_string(kMaxLine) + " bytes");
  const std::size_t blank = line.find(' ');
  const std::string_view word = line.substr(0, blank);
  const auto* const row =
      std::find_if(kVerbs.begin(), kVerbs.end(), [word](const VerbWords& one) { return one.word == word; });
  if (row == kVerbs.end()) return base::invalid("the verbs are held, list, release, drop and refuse");

  Request request;
  request.verb = row->verb;
  if (row->verb == Verb::list) {
    if (blank != std::string_view::npos) return base::invalid("list takes no id");
    return request;
  }
  std::string_view id = blank == std::string_view::npos ? std::string_view() : line.substr(blank + 1);
  if (const std::size_t colon = id.find(':'); colon != std::string_view::npos) {
    request.instance = id.substr(0, colon);
    id.remove_prefix(colon + 1);
    if (!is_instance_name(request.instance)) return base::invalid("the name before ':' is not an instance's");
  }
  if (!is_postfix_id(id) && !is_sendmail_id(id)) return base::invalid("not a queue id");
  request.id = id;
  return request;
}

std::string format_release_request(const Request& request) {
  std::string line(words_of(request.verb).word);
  if (request.verb == Verb::list) return line + "\n";
  line += ' ';
  if (!request.instance.empty()) line += request.instance + ":";
  return line + request.id + "\n";
}

std::string format_reply(Verb verb, const Reply& reply) {
  if (reply.answer == Answer::done) return "ok " + std::string(words_of(verb).done) + "\n";
  if (reply.answer == Answer::gone) return "ok gone\n";
  std::string line = std::string("error ") + kind_of(reply.answer) + " " + reply.text;
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return line + "\n";
}

const char* state_word(State state) {
  switch (state) {
    case State::coming:
      return "coming";
    case State::hold:
      return "hold";
    case State::gone:
      return "gone";
  }
  return "gone";
}

std::string format_told(std::string_view name, base::Wall since, State state) {
  return "told " + std::string(name) + " " + base::format_time(since) + " " + state_word(state) + "\n";
}

std::string format_list_end(std::size_t count) {
  return "ok " + std::to_string(count) + "\n";
}

}  // namespace signpost::release
