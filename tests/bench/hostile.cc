// Hostile HTML and MIME at one size and at twice that size: what doubling costs. Each shape is a piece
// repeated between a beginning and an end. Reports the worst; the aim is a factor of 2.6 at most.
//   bench_hostile [KILOBYTES]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "track/rewrite.h"

namespace {

using namespace signpost;

struct Shape {
  std::string_view begin;
  std::string_view piece;
  std::string_view end = "";
  std::string_view type = "text/html; charset=utf-8";
  std::string_view encoding = "8bit";
};

constexpr std::string_view kMixed = "multipart/mixed; boundary=b";
constexpr std::string_view kBase64 = "base64";
constexpr std::string_view kQuoted = "quoted-printable";
constexpr std::string_view kHtml = "text/html; charset=utf-8";

constexpr Shape kShapes[] = {
    // tags
    {"", "<a href=http://x.example>"},
    {"", "<a href=\"http://x.example/\">t</a>\r\n"},
    {"", "<"},
    {"", "<<a "},
    {"", "</"},
    {"", "</a"},
    {"", ">"},
    {"", "<>"},
    {"", "<a>"},
    {"", "</a>"},
    {"", "<a/"},
    {"<a ", "/"},
    {"<a ", "="},
    {"<a ", "x "},
    {"<a ", "x= "},
    {"<a ", "x=y "},
    {"<a ", "x='y' "},
    {"<a ", "href=http://x.example "},
    {"<a ", "href "},
    {"<a ", "=\""},
    {"<a ", "'"},
    {"<a href=\"", "x"},
    {"<a href=\"", "http://x.example/"},
    {"<a href='", "\""},
    {"", "<a href=\""},
    {"", "<a href=\"\r\n"},
    {"", "<a href='http://x.example/' href=\""},
    {"<a href=", "x"},
    {"<", "a"},
    {"</", "a"},
    {"<a", " "},
    {"<a", "\r\n"},
    {"", "<area href=http://x.example>"},
    {"", "<img src=https://click.example.com/o/x.gif>"},
    {"", "<img src=\"https://click.example.com/o/", "\">"},
    {"", "<meta content='text/html; charset=utf-16'>"},
    {"", "<body></body>"},
    {"", "</body>"},
    {"", "<svg>"},
    {"", "<svg><a xlink:href=http://x.example>"},
    // comments and elements with text of their own
    {"", "<!--"},
    {"", "<!-- -->"},
    {"<!--", "-"},
    {"<!--", "--"},
    {"<!--", "--!"},
    {"<!--", "<!-->"},
    {"", "<!-->"},
    {"", "<!--->"},
    {"", "<!"},
    {"", "<?"},
    {"", "<!x>"},
    {"", "<![CDATA["},
    {"", "]]>"},
    {"", "<!--[if mso]><a href=\"http://x.example\"><![endif]-->"},
    {"", "<!--[if mso]>"},
    {"<!--[if mso]>", "<a href=\"http://x.example\">", "<![endif]-->"},
    {"<!--[if mso]>", "<!--", "<![endif]-->"},
    {"", "<script>"},
    {"<script>", "<!--"},
    {"<script>", "<!--<script>"},
    {"<script>", "</script"},
    {"<script><!--", "<script></script>"},
    {"", "<style>"},
    {"<style>", "</style"},
    {"<title>", "</"},
    {"<textarea>", "</textare"},
    {"", "<title>x</title>"},
    {"<plaintext>", "<a href=http://x.example>"},
    // values
    {"<a href=\"http://x.example/?", "&amp;", "\">"},
    {"<a href=\"http://x.example/?", "&", "\">"},
    {"<a href=\"http://x.example/?", "&#", "\">"},
    {"<a href=\"http://x.example/?", "&#9", "\">"},
    {"<a href=\"http://x.example/?", "&#99999999999", "\">"},
    {"<a href=\"http://x.example/?", "&CounterClockwiseContourIntegral", "\">"},
    {"<a href=\"http://x.example/?", "%", "\">"},
    {"<a href=\"http://x.example/?", " ", "\">"},
    {"<a href=\"http://x.example/?", "\xC3\xA9", "\">"},
    {"<a href=\"http://", "a.", "\">"},
    {"<a href=\"http://", "xn--a.", "\">"},
    {"<a href=\"http://", "\xC3\xBC", "\">"},
    {"<a href=\"", "\t", "http://x.example\">"},
    {"", "<a href=\"http://x.example/?a=b#c\">http://x.example/</a>"},
    {"<a href=http://x.example>", "http://x.example/"},
    // plain text
    {"", "http://x.example/ ", "", "text/plain"},
    {"", "http://", "", "text/plain"},
    {"", "http", "", "text/plain"},
    {"http://x.example/", "(", "", "text/plain"},
    {"http://x.example/", ")", "", "text/plain"},
    {"http://x.example/", ".", "", "text/plain"},
    {"", "http://x.example/((((]]]] ", "", "text/plain"},
    // encodings
    {"", "=\r\n", "", kHtml, kQuoted},
    {"", "=3C=61=20=68=72=65=66=3D=68=74=74=70=3A=2F=2F=78=2E=78=3E=\r\n", "", kHtml, kQuoted},
    {"", "=", "", kHtml, kQuoted},
    {"", "a =\r\n", "", kHtml, kQuoted},
    {"", "                                                   \r\n", "", kHtml, kQuoted},
    {"", "PGEgaHJlZj1odHRwOi8veC5leGFtcGxlPgog", "", kHtml, kBase64},
    {"", "PGEg\r\naHJl\r\nZj1o\r\ndHRw\r\nOi8v\r\neC54\r\nPgog\r\n", "", kHtml, kBase64},
    {"", "\r\n", "", kHtml, kBase64},
    // structures
    {"", "--b\r\n", "", kMixed},
    {"", "--b\r\n\r\n\r\n", "", kMixed},
    {"", "--b\r\nContent-Type: text/html\r\n\r\n<a href=http://x.example>\r\n", "", kMixed},
    {"", "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n", "", kMixed},
    {"", "--", "", kMixed},
    {"", "--b", "", kMixed},
    {"--b\r\n", "X: y\r\n", "", kMixed},
    {"--b\r\nX: ", "y\r\n z", "", kMixed},
    {"--b\r\nContent-Type: text/html; ", "a=b; ", "\r\n\r\n", kMixed},
    {"--b\r\nContent-Type: text/html; ", "name*0=b; ", "\r\n\r\n", kMixed},
    {"--b\r\nContent-Type: text/html; x=\"", "\\", "\r\n\r\n", kMixed},
    {"--b\r\nContent-Type: text/html (", "(", "\r\n\r\n", kMixed},
};

std::string build(const Shape& shape, std::size_t size) {
  std::string body(shape.begin);
  while (body.size() < size) body += shape.piece;
  return body += shape.end;
}

/// Processor seconds of the fastest of several runs.
double cost(const Shape& shape, std::size_t size, const track::Context& context) {
  const std::vector<mail::Field> fields = {{"Content-Type", " " + std::string(shape.type)},
                                           {"Content-Transfer-Encoding", " " + std::string(shape.encoding)}};
  const std::string body = build(shape, size);
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const std::clock_t begin = std::clock();
    track::rewrite(fields, body, context);
    best = std::min(best, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t size = (argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1024) << 10;
  const auto sealer =
      track::Sealer::create({{{1, base::KeyState::active, "0123456789abcdef0123456789abcdef"}}});
  track::Settings settings;
  settings.host = "click.example.com";
  settings.plain_text = settings.conditional_comments = settings.svg = true;
  settings.url_text = false;
  settings.tags = {{"utm_source", "x", {"x.example"}}};
  track::Context context;
  context.settings = &settings;
  context.sealer = &*sealer;
  context.opens = true;
  std::printf("%zu shapes, %zu KiB and %zu KiB\n", std::size(kShapes), size >> 10, size >> 9);
  double worst = 0;
  for (const Shape& shape : kShapes) {
    const double once = cost(shape, size, context);
    const double twice = cost(shape, 2 * size, context);
    // Below a few milliseconds the clock says more than the code.
    const double factor = twice < 0.005 ? 0 : twice / std::max(once, 1e-6);
    worst = std::max(worst, factor);
    if (factor > 2.6) std::printf("%.2f (%.0f ms): %.*s\n", factor, twice * 1000, 60, shape.piece.data());
  }
  std::printf("doubling costs at most a factor of %.2f\n", worst);
  return worst > 2.6 ? 1 : 0;
}
