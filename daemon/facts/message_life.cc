// Two steps: which messages are meant (from the newest day back), then every line about them (from their first day on). A line
// is looked at as raw text first and parsed only if it may belong.
#include "daemon/facts/message_life.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "feedback/return_path.h"

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

enum class Asked { queue_id, message_id, own_id };

struct Wanted {
  Asked kind = Asked::queue_id;
  std::string raw;  ///< what a line about it holds
  std::string key;
  std::string value;  ///< of that key, as EventLine has it
};

Wanted wanted_of(std::string_view asked, const policy::AddressView& view) {
  Wanted wanted;
  if (asked.find('@') != std::string_view::npos || asked.starts_with('<')) {
    if (asked.starts_with('<')) asked.remove_prefix(1);
    if (asked.ends_with('>')) asked.remove_suffix(1);
    wanted.kind = Asked::message_id;
    wanted.key = "msgid";
    wanted.value = "<" + (view ? view(asked) : std::string(asked)) + ">";
  } else {
    wanted.kind = base::is_ulid(asked) ? Asked::own_id : Asked::queue_id;
    wanted.key = wanted.kind == Asked::own_id ? "id" : "qid";
    wanted.value = asked;
  }
  wanted.raw = " " + wanted.key + "=" + policy::format_value(wanted.value);
  return wanted;
}

/// A message as its lines tell of it.
struct Message {
  base::Wall at{};  ///< when it began
  std::set<std::string, std::less<>> queue_ids;
  std::string message_id;
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
  if (const auto queue_id = line.value("qid"); !queue_id.empty()) message->second.queue_ids.emplace(queue_id);
  if (const auto message_id = line.value("msgid"); message_id.size() > 2)
    message->second.message_id = message_id;
}

/// The messages of the newest day that are meant; empty if none is.
base::Result<Messages> find_messages(Reading& reading, const std::vector<Day>& days, const Wanted& wanted) {
  Messages messages;
  for (auto day = days.rbegin(); day != days.rend() && messages.empty(); ++day) {
    auto done = reading.read(*day, [&](const EventPlace&, std::string_view raw) {
      if (raw.find(wanted.raw) == std::string_view::npos) return;
      const auto line = policy::parse_event_text(raw);
      if (line && line->value(wanted.key) == wanted.value) note(messages, *line);
    });
    if (!done) return tl::unexpected(done.error());
  }
  return messages;
}

/// Leaves the newest `most`; returns how many there were beside them.
std::uint64_t keep_newest(Messages& messages, std::size_t most) {
  std::uint64_t others = 0;
  while (messages.size() > most) {
    messages.erase(std::min_element(messages.begin(), messages.end(),
                                    [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
    ++others;
  }
  return others;
}

/// Takes what belongs to the messages, line by line in the order of time.
class Gathering {
 public:
  Gathering(Messages& messages, MessageLife& life) : messages_(messages), life_(life) {
    for (const auto& [id, message] : messages) {
      if (const auto bytes = base::ulid_bytes(id))
        reported_.insert(base::encode_hex(feedback::shorten_id(*bytes)));
      if (!message.message_id.empty()) message_ids_.emplace(message.message_id, message.at);
    }
  }

  void take(const EventPlace& place, std::string_view raw) {
    const bool is_ours = messages_.find(find_raw_value(raw, "id")) != messages_.end();
    const std::string_view queue_id = find_raw_value(raw, "qid");
    const bool is_queued = queue_ids_.find(queue_id) != queue_ids_.end();
    const std::string_view about = find_raw_value(raw, "about");
    const bool is_reported = !about.empty() && reported_.find(about) != reported_.end();
    if (!is_ours && !is_queued && !is_reported && !may_be_pass(raw)) return;
    auto line = policy::parse_event_text(raw);
    if (!line) return;
    const std::string_view stage = line->value("stage");
    if (stage == "delivery") {
      if (!is_queued) return;
      if (const auto next = line->value("next"); !next.empty()) nexts_.emplace(next, line->at);
    } else if (messages_.find(line->value("id")) == messages_.end()) {
      if (is_of_report(stage) && is_reported) return add(place, std::move(*line));
      // Another message: the queue id is no longer ours, or it is the same mail in its next pass.
      if (stage == "message") notice_other(*line);
      return;
    } else if (!queue_id.empty() && queue_id != "-") {
      queue_ids_.emplace(queue_id);
    }
    add(place, std::move(*line));
  }

  /// Passes of the same mail that were seen; taken in the next round.
  Messages passes() const {
    Messages found;
    for (const auto& [id, message] : others_) {
      const bool is_handed_on =
          std::any_of(message.queue_ids.begin(), message.queue_ids.end(), [&](const std::string& queue_id) {
            const auto next = nexts_.find(queue_id);
            return next != nexts_.end() && next->second - message.at <= kPasses &&
                   message.at - next->second <= kPasses;
          });
      if (is_handed_on || others_.size() <= kMaxPasses) found.emplace(id, message);
    }
    return found;
  }

 private:
  static constexpr std::size_t kMaxPasses = 8;  ///< more with one Message-ID are mail of its own

  bool may_be_pass(std::string_view raw) const {
    if (message_ids_.empty() || find_raw_value(raw, "stage") != "message") return false;
    return message_ids_.find(find_raw_value(raw, "msgid")) != message_ids_.end();
  }

  void notice_other(const EventLine& line) {
    const auto same = message_ids_.find(line.value("msgid"));
    const bool is_pass =
        same != message_ids_.end() && line.at - same->second <= kPasses && same->second - line.at <= kPasses;
    if (is_pass) return note(others_, line);
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

  Messages& messages_;
  MessageLife& life_;
  std::set<std::string, std::less<>> reported_;  ///< what reports call the messages
  /// Those that the messages have at this place of the files: Postfix uses short ones again.
  std::set<std::string, std::less<>> queue_ids_;
  std::map<std::string, base::Wall, std::less<>> message_ids_;
  std::map<std::string, base::Wall, std::less<>> nexts_;  ///< queue ids under which it went on
  Messages others_;
};

}  // namespace

base::Result<MessageLife> find_life(const EventFiles& files, std::string_view asked,
                                    const policy::AddressView& view, const std::function<bool()>& stops) {
  MessageLife life;
  const auto days = files.days();
  if (!days) return tl::unexpected(days.error());
  Reading reading(files, stops);
  const Wanted wanted = wanted_of(asked, view);
  auto messages = find_messages(reading, *days, wanted);
  if (!messages) return tl::unexpected(messages.error());
  if (messages->empty()) return life;
  life.others = keep_newest(*messages, wanted.kind == Asked::queue_id ? 1 : kMaxMessages);

  for (bool is_complete = false; !is_complete;) {
    const auto first = std::min_element(messages->begin(), messages->end(), [](const auto& a, const auto& b) {
                         return a.second.at < b.second.at;
                       })->second.at;
    const Day from = std::chrono::floor<std::chrono::days>(first);
    life.facts.clear();
    Gathering gathering(*messages, life);
    for (auto day = std::lower_bound(days->begin(), days->end(), from); day != days->end(); ++day) {
      auto done = reading.read(
          *day, [&](const EventPlace& place, std::string_view raw) { gathering.take(place, raw); });
      if (!done) return tl::unexpected(done.error());
    }
    Messages passes = gathering.passes();
    const std::size_t before = messages->size();
    if (before < kMaxMessages) messages->merge(passes);
    is_complete = messages->size() == before;
  }
  std::stable_sort(life.facts.begin(), life.facts.end(),
                   [](const Fact& a, const Fact& b) { return a.line.at < b.line.at; });
  return life;
}

}  // namespace signpost::daemon::facts
