// A body line has a tenant and then a link's counts, an hour's, or those of all.
#include "programs/ctl/report_reader.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "daemon/commands/line.h"
#include "programs/ctl/reply.h"
#include "system/exit_codes.h"

namespace signpost::programs {
namespace {

std::string_view value_of(const std::vector<daemon::commands::Word>& words, std::string_view key) {
  const auto found = std::find_if(words.begin(), words.end(),
                                  [key](const daemon::commands::Word& word) { return word.key == key; });
  return found == words.end() ? std::string_view() : std::string_view(found->value);
}

std::uint64_t number_of(const std::vector<daemon::commands::Word>& words, std::string_view key) {
  return base::parse_number(value_of(words, key)).value_or(0);
}

campaign::MapHits hits_of(const std::vector<daemon::commands::Word>& words, const std::string& kind) {
  return {number_of(words, kind), number_of(words, kind + "-prefetch"), number_of(words, kind + "-scanner")};
}

}  // namespace

std::string format_report_command(const std::string& campaign, const std::string& tenant) {
  std::vector<daemon::commands::Word> words = {
      {"", "report"}, {"", "campaign"}, {"", campaign}, {"hours", "yes"}, {"picture", "yes"}};
  if (!tenant.empty()) words.push_back({"tenant", tenant});
  return daemon::commands::format_command_line(words);
}

void ReportReader::take(std::string_view line) {
  if (status_) return take_body(line);
  status_ = daemon::control::parse_status_line(line);
}

void ReportReader::take_body(std::string_view line) {
  const auto words = daemon::commands::parse_command_line(line);
  if (!words || words->empty()) {
    broken_ = true;
    return;
  }
  if (words->front().key.empty()) {
    complete_ = words->front().value == "end";
    return;
  }
  const std::string tenant(value_of(*words, "tenant"));
  several_ = several_ || (!map_.tenant.empty() && map_.tenant != tenant);
  map_.tenant = tenant;
  const auto link = base::parse_number(value_of(*words, "link"));
  const std::string_view picture = value_of(*words, "picture");
  const std::string_view sample = value_of(*words, "sample");
  const auto hour = base::parse_time(value_of(*words, "hour"));
  if (!value_of(*words, "stream").empty()) return;  // its numbers are included in the totals
  if (link && *link <= 0xFFFF) {
    const auto index = static_cast<std::uint16_t>(*link);
    map_.links.push_back({index, hits_of(*words, "clicks"), std::string(value_of(*words, "place"))});
  } else if (!picture.empty()) {
    picture_.append(picture).append(1, '\n');
  } else if (!sample.empty()) {
    map_.sample += sample;
  } else if (hour) {
    map_.hours.push_back({*hour, number_of(*words, "opens"), number_of(*words, "clicks")});
  } else {
    map_.recipients = number_of(*words, "recipients");
    map_.opens = hits_of(*words, "opens");
  }
}

base::Result<campaign::MapData> ReportReader::finish() {
  if (!status_ || !*status_) return base::invalid("signpostd sent no reply");
  if (!(*status_)->ok) return base::invalid((*status_)->text);
  if (broken_ || !complete_) return base::invalid("signpostd's reply is not a report");
  if (several_)
    return base::invalid("several tenants have a campaign of that name; choose one with --tenant");
  if (!picture_.empty()) {
    auto skeleton = campaign::parse_skeleton(picture_);
    if (!skeleton)
      return tl::unexpected(base::in_context("the layout that signpostd sent", skeleton.error()));
    map_.skeleton = std::move(*skeleton);
  }
  std::sort(
      map_.hours.begin(), map_.hours.end(),
      [](const campaign::MapHour& one, const campaign::MapHour& other) { return one.begin < other.begin; });
  return std::move(map_);
}

int ReportReader::exit_code() const {
  const bool refused = status_ && *status_ && !(*status_)->ok;
  if (refused) return exit_code_of((*status_)->kind);
  return several_ ? system::kExitUsage : system::kExitSoftware;
}

}  // namespace signpost::programs
