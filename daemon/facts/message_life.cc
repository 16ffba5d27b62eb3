// Two steps: which messages are meant (from the newest day back), then every line about them (from their first day on). A line
// is looked at as raw text first and parsed only if it may belong.
#include "daemon/facts/message_life.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "feedback/return_path.h"
#include "policy/event.h"

namespace signpost::daemon::facts {
namespace {

using policy::EventLine;
using policy::find_raw_value;
using store::Day;
using store::EventFiles;
using store::EventPlace;

/// A filter in between hands a message back within this time; so much later the same Message-ID is another message.
constexpr std::chrono::hours kPasses{1};
constexpr std::uint64_t kLinesBetweenStops = 4096;
/// A filter between two ports makes two passes, of which the second is found in the second round; one more for each hop.
constexpr std::size_t kMaxRounds = 4;

enum class Asked { queue_id, message_id, own_id };

struct Wanted {
  Asked kind = Asked::queue_id;
  std::string key;
  std::vector<std::string> values;  ///< of that key, as EventLine has it
  std::vector<std::string> raws;    ///< what a line with one of them holds

  bool may_be(std::string_view raw) const {
    return std::any_of(raws.begin(), raws.end(),
                       [raw](const std::string& one) { return raw.find(one) != std::string_view::npos; });
  }
  bool is(const EventLine& line) const {
    return std::find(values.begin(), values.end(), line.value(key)) != values.end();
  }
};

Wanted wanted_of(std::string_view asked, const policy::AddressForms& forms) {
  Wanted wanted;
  if (asked.find('@') != std::string_view::npos || asked.starts_with('<')) {
    if (asked.starts_with('<')) asked.remove_prefix(1);
    if (asked.ends_with('>')) asked.remove_suffix(1);
    wanted.kind = Asked::message_id;
    wanted.key = "msgid";
    // Many messages have none.
    if (asked.empty()) return wanted;
    for (const std::string& form : forms(asked)) wanted.values.push_back("<" + form + ">");
  } else {
    wanted.kind = base::is_ulid(asked) ? Asked::own_id : Asked::queue_id;
    wanted.key = wanted.kind == Asked::own_id ? "id" : "qid";
    wanted.values.emplace_back(asked);
  }
  for (const std::string& value : wanted.values)
    wanted.raws.push_back(" " + wanted.key + "=" + policy::format_value(value));
  return wanted;
}

/// A message as its lines tell of it.
struct Message {
  base::Wall at{};  ///< when it began
  std::string message_id;
  std::string tenant;
};
using Messages = std::map<std::string, Message, std::less<>>;  ///< by our id

bool is_of_report(std::string_view stage) {
  return stage == "bounce" || stage == "complaint";
}

/// Reading days, until somebody wants it to end.
class Reading {
 public:
  Reading(const EventFiles& files, const std::function<bool()>& stops) : files_(files), stops_(stops) {}

  template <class Take>
  base::Result<void> read(Day day, const Take& take) {
    bool is_over = false;
    auto done = files_.visit({day, 0}, [&](const EventPlace& place, std::string_view line) {
      if (++lines_ % kLinesBetweenStops == 0 && stops_()) is_over = true;
      if (!is_over) take(place, line);
      return !is_over;
    });
    if (!done) return done;
    if (is_over) return base::fail(base::ErrorKind::unavailable, "the search was ended before it was done");
    return {};
  }

 private:
  const EventFiles& files_;
  const std::function<bool()>& stops_;
  std::uint64_t lines_ = 0;
};

void note(Messages& messages, const EventLine& line) {
  const std::string_view id = line.value("id");
  if (id.empty()) return;
  const auto [message, is_new] = messages.try_emplace(std::string(id));
  // The id tells it; but a clock may have been set back since.
  if (is_new) message->second.at = std::min(base::ulid_time(id).value_or(line.at), line.at);
  if (!line.address("msgid").empty()) message->second.message_id = line.value("msgid");
  if (const auto tenant = line.value("tenant"); !tenant.empty()) message->second.tenant = tenant;
}

/// Leaves the newest `most`; returns how many there were beside them.
std::uint64_t keep_newest(Messages& messages, std::size_t most) {
  if (messages.size() <= most) return 0;
  std::vector<base::Wall> times;
  for (const auto& [id, message] : messages) times.push_back(message.at);
  const auto first = times.end() - static_cast<std::ptrdiff_t>(most);
  std::nth_element(times.begin(), first, times.end());
  std::uint64_t others = std::erase_if(messages, [&](const auto& one) { return one.second.at < *first; });
  // Of several at one moment, in the order of their ids.
  for (; messages.size() > most; ++others) messages.erase(messages.begin());
  return others;
}

struct Found {
  Messages messages;
  std::uint64_t others = 0;
};

/// The messages of the newest day that are meant; none if there is none.
base::Result<Found> find_messages(Reading& reading, const std::vector<Day>& days, const Wanted& wanted) {
  const std::size_t most = wanted.kind == Asked::queue_id ? 1 : kMaxMessages;
  Found found;
  for (auto day = days.rbegin(); day != days.rend() && found.messages.empty(); ++day) {
    auto done = reading.read(*day, [&](const EventPlace&, std::string_view raw) {
      if (!wanted.may_be(raw)) return;
      const auto line = policy::parse_event_text(raw);
      if (line && wanted.is(*line)) note(found.messages, *line);
      if (found.messages.size() > 100 * kMaxMessages) found.others += keep_newest(found.messages, most);
    });
    if (!done) return tl::unexpected(done.error());
  }
  found.others += keep_newest(found.messages, most);
  return found;
}

/// Takes what belongs to the messages, line by line in the order of time.
class Gathering {
 public:
  /// Queue ids under which they went on, and when.
  using Nexts = std::map<std::string, base::Wall, std::less<>>;

  /// `nexts`: as far as earlier rounds found them.
  Gathering(const Messages& messages, const Nexts& nexts, MessageLife& life)
      : messages_(messages), nexts_(nexts), life_(life) {
    for (const auto& [id, message] : messages) {
      if (const auto bytes = base::ulid_bytes(id))
        reported_.insert(base::encode_hex(feedback::shorten_id(*bytes)));
      if (!message.message_id.empty())
        message_ids_.emplace(policy::format_value(message.message_id), &message);
    }
  }

  void take(const EventPlace& place, std::string_view raw) {
    const std::string_view queue_id = find_raw_value(raw, "qid");
    const std::string_view about = find_raw_value(raw, "about");
    const bool may_belong = messages_.contains(find_raw_value(raw, "id")) || queue_ids_.contains(queue_id) ||
                            nexts_.contains(queue_id) || (!about.empty() && reported_.contains(about)) ||
                            may_be_pass(raw);
    if (!may_belong) return;
    auto line = policy::parse_event_text(raw);
    if (line) take(place, std::move(*line));
  }

  const Nexts& seen_nexts() const { return seen_nexts_; }
  /// The same mail in other passes; taken in the next round.
  Messages passes() const {
    Messages passes = handed_on_;
    if (same_id_.size() <= kMaxPasses) passes.insert(same_id_.begin(), same_id_.end());
    return passes;
  }

 private:
  static constexpr std::size_t kMaxPasses = 8;  ///< more with one Message-ID are mail of its own

  void take(const EventPlace& place, EventLine line) {
    const std::string_view stage = line.value("stage");
    const std::string_view queue_id = line.value("qid");
    if (stage == "delivery") {
      if (!queue_ids_.contains(queue_id)) return;
      if (const auto next = line.value("next"); !next.empty()) seen_nexts_.emplace(next, line.at);
    } else if (!messages_.contains(line.value("id"))) {
      const bool is_report = is_of_report(stage) && reported_.contains(line.value("about"));
      if (is_report) return add(place, std::move(line));
      if (stage == "message") notice_other(line);
      return;
    } else if (!queue_id.empty()) {
      queue_ids_.emplace(queue_id);
    }
    add(place, std::move(line));
  }

  bool may_be_pass(std::string_view raw) const {
    return !message_ids_.empty() && find_raw_value(raw, "stage") == "message" &&
           message_ids_.contains(find_raw_value(raw, "msgid"));
  }

  static bool is_near(base::Wall a, base::Wall b) { return a - b <= kPasses && b - a <= kPasses; }

  /// The summary of another message: the same mail in its next pass, or the queue id is no longer ours.
  void notice_other(const EventLine& line) {
    const auto next = nexts_.find(line.value("qid"));
    if (next != nexts_.end() && is_near(line.at, next->second)) return note(handed_on_, line);
    const auto same = message_ids_.find(policy::format_value(line.value("msgid")));
    // The Message-ID alone proves nothing: anybody may use it again.
    const bool is_pass = same != message_ids_.end() && is_near(line.at, same->second->at) &&
                         same->second->tenant == line.value("tenant");
    if (is_pass && same_id_.size() <= kMaxPasses) return note(same_id_, line);
    const auto queued = queue_ids_.find(line.value("qid"));
    if (queued != queue_ids_.end()) queue_ids_.erase(queued);
  }

  void add(const EventPlace& place, EventLine line) {
    if (life_.facts.size() == kMaxFacts) {
      life_.is_cut = true;
    } else {
      life_.facts.push_back({place, std::move(line)});
    }
  }

  const Messages& messages_;
  const Nexts& nexts_;
  MessageLife& life_;
  std::set<std::string, std::less<>> reported_;  ///< what reports call the messages
  /// Those that the messages have at this place of the files: Postfix uses short ones again.
  std::set<std::string, std::less<>> queue_ids_;
  std::map<std::string, const Message*, std::less<>> message_ids_;  ///< as a line writes them
  Nexts seen_nexts_;
  Messages handed_on_;
  Messages same_id_;
};

}  // namespace

base::Result<MessageLife> find_life(const EventFiles& files, std::string_view asked,
                                    const policy::AddressForms& forms, const std::function<bool()>& stops) {
  MessageLife life;
  const auto days = files.days();
  if (!days) return tl::unexpected(days.error());
  Reading reading(files, stops);
  auto found = find_messages(reading, *days, wanted_of(asked, forms));
  if (!found) return tl::unexpected(found.error());
  Messages& messages = found->messages;
  if (messages.empty()) return life;
  life.others = found->others;

  Gathering::Nexts nexts;
  for (std::size_t round = 0; round < kMaxRounds; ++round) {
    const auto first = std::min_element(messages.begin(), messages.end(), [](const auto& a, const auto& b) {
                         return a.second.at < b.second.at;
                       })->second.at;
    const Day from = std::chrono::floor<std::chrono::days>(first);
    life.facts.clear();
    Gathering gathering(messages, nexts, life);
    for (auto day = std::lower_bound(days->begin(), days->end(), from); day != days->end(); ++day) {
      auto done = reading.read(
          *day, [&](const EventPlace& place, std::string_view raw) { gathering.take(place, raw); });
      if (!done) return tl::unexpected(done.error());
    }
    const std::size_t known = messages.size() + nexts.size();
    nexts.insert(gathering.seen_nexts().begin(), gathering.seen_nexts().end());
    Messages passes = gathering.passes();
    if (messages.size() < kMaxMessages) messages.merge(passes);
    if (messages.size() + nexts.size() == known) break;
  }
  std::stable_sort(life.facts.begin(), life.facts.end(),
                   [](const Fact& a, const Fact& b) { return a.line.at < b.line.at; });
  return life;
}

}  // namespace signpost::daemon::facts
