// What the scenarios of signpost-web need from the daemon's side: tokens minted with a ring, and the spool
// read as the daemon will.
//   web_tool mint RING click URL MODE | open MODE | unsubscribe ADDRESS     the path of a link
//   web_tool spool DIRECTORY                                                 one line a hit; finished
//   segments are removed
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/stat.h>

#include "track/token.h"
#include "track/token_url.h"
#include "web/spool/reader.h"

namespace {

using namespace signpost;

int mint(const std::vector<std::string>& words) {
  std::ifstream file(words[0]);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto ring = base::parse_keyring(text);
  if (!ring) return 1;
  const auto sealer = track::Sealer::create(*ring);
  if (!sealer) return 1;
  track::Token token;
  token.tenant = 1;
  if (words[1] == "unsubscribe") {
    token.purpose = track::Purpose::unsubscribe;
    token.mode = track::Mode::identified;
    token.recipient = words[2];
    token.stream = "bulk";
  } else {
    token.purpose = words[1] == "open" ? track::Purpose::open : track::Purpose::click;
    if (words[1] == "click") token.target = words[2];
    token.mode = track::parse_mode(words.back()).value_or(track::Mode::anonymous);
  }
  std::printf("%s\n", track::format_path(token.purpose, sealer->seal(token)).c_str());
  return 0;
}

int read_spool(const std::string& directory) {
  struct stat facts {};
  if (::stat(directory.c_str(), &facts) != 0) return 1;
  const auto reader = web::spool::SpoolReader::open(directory, facts.st_uid);
  if (!reader) return 1;
  const auto segments = reader->segments();
  if (!segments) return 1;
  for (const std::string& segment : *segments) {
    web::spool::SpoolMark mark{segment, 0};
    for (;;) {
      const auto batch = reader->read(mark, 1000);
      if (!batch) return 1;
      for (const track::Hit& hit : batch->hits) {
        std::printf("%s %s %s %s client=%s\n", track::hit_word(hit.kind), track::grade_word(hit.grade),
                    hit.reason.c_str(), hit.token.c_str(), hit.client.c_str());
      }
      mark = batch->mark;
      if (batch->finished && !reader->remove(segment)) return 1;
      if (batch->finished || batch->hits.empty()) break;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() >= 4 && words[0] == "mint") return mint({words.begin() + 1, words.end()});
  if (words.size() == 2 && words[0] == "spool") return read_spool(words[1]);
  std::fputs(
      "usage: web_tool mint RING click URL MODE | mint RING open MODE | mint RING unsubscribe ADDRESS | "
      "spool DIRECTORY\n",
      stderr);
  return 64;
}
