// A click map to look at, for the browser scenario and for eyes: an HTML file is rewritten, its skeleton
// taken, and hits made up for it.
//   map_tool FILE.html CAMPAIGN [sample]
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "campaign/map.h"
#include "campaign/sample.h"
#include "mail/edit.h"
#include "track/rewrite.h"

namespace {

using namespace signpost;

void add_picture(const std::string& html, bool sample, campaign::MapData& data) {
  const auto sealer =
      track::Sealer::create({{{1, base::KeyState::active, "0123456789abcdef0123456789abcdef"}}});
  track::Settings settings;
  settings.host = "click.example.com";
  track::Context context;
  context.settings = &settings;
  context.sealer = &*sealer;
  const std::vector<mail::Field> fields = {{"Content-Type", " text/html; charset=utf-8"}};
  const auto rewritten = track::rewrite(fields, html, context);
  const std::string body =
      mail::apply_splices(html, mail::splices_of(html, rewritten.replacements)).value_or(html);
  data.skeleton = campaign::make_skeleton(fields, body, *sealer);
  if (sample) data.sample = campaign::make_sample(fields, body, *sealer);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fputs("usage: map_tool FILE.html CAMPAIGN [sample]\n", stderr);
    return 64;
  }
  std::ifstream file(argv[1], std::ios::binary);
  campaign::MapData data;
  add_picture({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}, argc == 4, data);
  data.campaign = argv[2];
  data.tenant = "acme";
  data.recipients = 48210;
  data.opens = {16234, 2210, 311};
  data.now = base::Wall(std::chrono::hours(498700));
  for (const campaign::SkeletonLink& link : data.skeleton.links) {
    const std::uint64_t clicks = link.index == 2 ? 2100 : link.index % 5 == 3 ? 0 : link.index * 397u % 700;
    data.links.push_back({link.index, {clicks, clicks / 9, clicks / 20}});
  }
  for (std::uint64_t hour = 0; hour < 80; ++hour) {
    const std::uint64_t opens = (hour % 24 < 14 ? 5400 : 1600) / (3 + hour);
    data.hours.push_back({data.now - std::chrono::hours(90 - hour), opens, opens / 5});
  }
  std::fputs(campaign::format_map(data).c_str(), stdout);
  return 0;
}
