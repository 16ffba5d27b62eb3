// Tables of shapes. Encoders roll dice wherever the format leaves a choice.
#include "tests/track/mail_shapes.h"

#include <algorithm>
#include <vector>

#include "base/encoding.h"

namespace signpost::track {
namespace {

// ---- encodings

std::string escape_octet(char c, bool lower) {
  const std::string_view digits = lower ? "0123456789abcdef" : "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {'=', digits[byte >> 4], digits[byte & 15]};
}

/// RFC 2045 §6.7. `soft`: a soft break is rolled for before each character; `needless`: so is an escape.
std::string quoted_printable(std::string_view text, Dice& dice, std::size_t soft, std::size_t needless,
                             bool lower) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\r\n")) {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const char c = text[i];
    const bool last = i + 1 == text.size() || text[i + 1] == '\r';
    const bool plain = c != '=' && ((c > ' ' && c < 127) || ((c == ' ' || c == '\t') && !last));
    const std::string unit =
        plain && !(needless > 0 && dice.one_in(needless)) ? std::string(1, c) : escape_octet(c, lower);
    if (column + unit.size() > 75 || (soft > 0 && dice.one_in(soft))) {
      out += "=\r\n";
      column = 0;
    }
    out += unit;
    column += unit.size();
  }
  return out;
}

std::string tidy_quoted_printable(std::string_view text, Dice& dice) {
  return quoted_printable(text, dice, 0, 0, false);
}
std::string odd_quoted_printable(std::string_view text, Dice& dice) {
  return quoted_printable(text, dice, 7, 0, false);
}
std::string lower_quoted_printable(std::string_view text, Dice& dice) {
  return quoted_printable(text, dice, 40, 5, true);
}
std::string all_escaped(std::string_view text, Dice& dice) {
  return quoted_printable(text, dice, 0, 1, dice.one_in(2));
}

/// RFC 2045 §6.8: lines of any length up to 76, cut anywhere, even within a group.
std::string base64_lines(std::string_view text, Dice& dice, bool odd) {
  const std::string encoded = base::encode_base64(text);
  std::string out;
  for (std::size_t at = 0; at < encoded.size();) {
    const std::size_t line = odd ? 1 + dice.below(76) : 76;
    out += encoded.substr(at, line) + "\r\n";
    at += line;
  }
  return out;
}
std::string tidy_base64(std::string_view text, Dice& dice) {
  return base64_lines(text, dice, false);
}
std::string odd_base64(std::string_view text, Dice& dice) {
  return base64_lines(text, dice, true);
}
std::string one_line_of_60(std::string_view text, Dice&) {
  const std::string encoded = base::encode_base64(text);
  std::string out;
  for (std::size_t at = 0; at < encoded.size(); at += 60) out += encoded.substr(at, 60) + "\r\n";
  return out;
}
std::string as_it_is(std::string_view text, Dice&) {
  return std::string(text);
}

constexpr EncodingShape kEncodings[] = {
    {"quoted-printable", "quoted-printable", tidy_quoted_printable},
    {"quoted-printable, odd soft breaks", "Quoted-Printable", odd_quoted_printable},
    {"quoted-printable, lower case and needless", "quoted-printable", lower_quoted_printable},
    {"quoted-printable, everything escaped", "QUOTED-PRINTABLE", all_escaped},
    {"base64", "base64", tidy_base64},
    {"base64, odd lines", "Base64", odd_base64},
    {"base64, lines of 60", "base64", one_line_of_60},
    {"7bit", "7bit", as_it_is},
    {"8bit", "8bit", as_it_is},
    {"binary", "binary", as_it_is},
};

// ---- HTML

constexpr HtmlShape kHtml[] = {
    {"double quotes", R"(<a href="http://a.example/x">t</a>)", 1},
    {"single quotes", R"(<a href='http://a.example/x?q="1"'>t</a>)", 1},
    {"unquoted", "<a href=http://a.example/x>t</a>", 1},
    {"unquoted with a final slash", "<a href=http://a.example/x/>t</a>", 1},
    {"upper case", R"(<A HREF="HTTPS://A.EXAMPLE/X">t</A>)", 1},
    {"blanks around =", "<a\thref \r\n= \r\n 'http://a.example/'\r\n>t</a>", 1},
    {"broken over lines", "<a\r\n  class=\"b\"\r\n  href=\"http://a.example/\"\r\n  title='t'\r\n>t</a\r\n>",
     1},
    {"line end in the value", "<a href=\"http://a.example/x\r\n/y\tz\">t</a>", 1},
    {"blanks around the value", "<a href=\"  http://a.example/ \r\n\">t</a>", 1},
    {"slash instead of a blank", "<a/href=\"http://a.example/\"/class=x>t</a>", 1},
    {"nothing between attributes", "<a class=\"x\"href=\"http://a.example/\"id='y'>t</a>", 1},
    {"duplicate attributes", "<a href=\"http://a.example/1\" href=\"http://a.example/2\">t</a>", 1},
    {"first of two is none", "<a href=\"#\" href=\"http://a.example/\">t</a>", 0},
    {"href without value", "<a href>t</a><a href=''>t</a><a href=\"\">t</a>", 0},
    {"&amp;", R"(<a href="http://a.example/?a=1&amp;b=2">t</a>)", 1},
    {"bare &", R"(<a href="http://a.example/?a=1&b=2&">t</a>)", 1},
    {"entity without semicolon", R"(<a href="http://a.example/?a=1&amp">t</a>)", 1},
    {"looks like an entity", R"(<a href="http://a.example/?a=1&copy=2&sect=3&section=4">t</a>)", 1},
    {"numeric references", R"(<a href="http:&#47;&#x2F;a.example/?&#38;b&#X26c">t</a>)", 1},
    {"scheme in references", R"(<a href="&#104;&#116;tp://a.example/">t</a>)", 1},
    {"long entity names", R"(<a href="http://a.example/?x&CounterClockwiseContourIntegral;y&notit;z">t</a>)",
     1},
    {"area", R"(<map name="m"><area shape=rect coords="0,0,9,9" href="http://a.example/m"></map>)", 1},
    {"base", R"(<base href="http://b.example/"><a href="y">t</a><a href="http://a.example/z">t</a>)", 1},
    {"svg", R"(<svg><a xlink:href="http://a.example/s"><text>t</text></a></svg>)", 0},
    {"conditional comment",
     R"(<!--[if mso]><a href="http://a.example/o">t</a><![endif]--><a href="http://a.example/n">t</a>)", 1},
    {"VML",
     "<!--[if mso]><v:roundrect href=\"http://a.example/v\"><center>t</center></v:roundrect><![endif]-->\r\n"
     "<!--[if !mso]><!-- --><a href=\"http://a.example/n\">t</a><!--<![endif]-->",
     1},
    {"revealed conditional", R"(<![if !mso]><a href="http://a.example/">t</a><![endif]>)", 1},
    {"template marks", R"(<a href="{{url}}">t</a><a href="[URL]">t</a><a href="%%link%%">t</a>)", 0},
    {"template mark as host", R"(<a href="http://{{host}}/x">t</a><a href="http://%HOST%/">t</a>)", 0},
    {"template mark in path", R"(<a href="http://a.example/u/{{id}}?k={{key}}">t</a>)", 1},
    {"server page mark", R"(<a href="<%= url %>">t</a><a href="http://a.example/<%= id %>">t</a>)", 1},
    {"IDN",
     "<a href=\"http://b\xC3\xBC"
     "cher.example/stra\xC3\x9F"
     "e?q=\xE2\x82\xAC\">t</a>",
     1},
    {"A-labels", R"(<a href="http://xn--bcher-kva.example/">t</a>)", 1},
    {"userinfo", R"(<a href="http://u:p@a.example/">t</a><a href="http://a.example@b.example/">t</a>)", 0},
    {"addresses", R"(<a href="http://192.0.2.1/">t</a><a href="http://[2001:db8::1]/">t</a>)", 0},
    {"numbers as hosts", R"(<a href="http://3221225985/">t</a><a href="http://0xC0000201/">t</a>)", 0},
    {"fragment", R"(<a href="http://a.example/#top?x">t</a><a href="#top">t</a>)", 1},
    {"port and final dot", R"(<a href="http://a.example.:8080/x">t</a>)", 1},
    {"percent escapes", R"(<a href="http://a.example/%7euser/%2F%zz?a=%20+b">t</a>)", 1},
    {"characters a URL cannot hold", R"(<a href="http://a.example/a b|c^d`e?f g">t</a>)", 1},
    {"backslashes", R"(<a href="http:\\a.example\x">t</a><a href="http://a.example\x">t</a>)", 1},
    {"other schemes",
     R"(<a href="mailto:a@b.example">t</a><a href="tel:+1">t</a><a href="ftp://a.example/">t</a>)", 0},
    {"script scheme", "<a href=\"javascript:location='http://a.example/'\">t</a><a href='cid:x'>t</a>", 0},
    {"relative", R"(<a href="/x">t</a><a href="//a.example/x">t</a><a href="http:x">t</a>)", 0},
    {"other attributes",
     R"(<a data-href="http://a.example/" ping="http://a.example/" name=x>t</a><link href="http://a.example/">)",
     0},
    {"other elements",
     R"(<img src="http://a.example/i"><form action="http://a.example/f"></form><q cite="http://a.example/">q</q>)",
     0},
    {"opt-outs",
     "<a data-signpost=off href=http://a.example/>t</a><a clicktracking='OFF' href=http://a.example/>t</a>"
     "<a data-no-track href=http://a.example/>t</a><a mb_dontconvertlink href=http://a.example/>t</a>",
     0},
    {"already ours", R"(<a href="https://click.example.com/c/AAAA">t</a>)", 0},
    {"its text is a URL", R"(<a href="http://a.example/">http://a.example/</a>)", 1},
    {"nested", R"(<a href="http://a.example/1">x<a href="http://a.example/2">y</a></a>)", 2},
    {"href of an end tag", R"(<a name=x>t</a href="http://a.example/">)", 0},
    {"in comment, style, script",
     "<!-- <a href=\"http://a.example/\"> --><style>/*<a href=\"http://a.example/\">*/</style>"
     "<script>\"<a href='http://a.example/'>\"</script>",
     0},
    {"in title and textarea",
     R"(<textarea><a href="http://a.example/"></textarea><xmp><a href="http://a.example/"></xmp>)", 0},
    {"script with a comment", "<script><!-- <script></script> --></script><a href='http://a.example/'>t</a>",
     1},
    {"odd comments",
     "<!--><a href='http://a.example/1'>t</a><!--->"
     "<a href='http://a.example/2'>t</a><!----!><a href='http://a.example/3'>t</a>",
     3},
    {"bogus comments",
     "<?x <a href='http://a.example/'>?></ <a href='http://a.example/'>>"
     "<!x <a href='http://a.example/'>>",
     0},
    {"less-than signs", "a < b << <3 <a href='http://a.example/'>1 < 2</a> <", 1},
    {"greater-than in a value", R"(<a title="a > b" href="http://a.example/?x>y">t</a>)", 1},
    {"stray quotes", R"(<a" href="http://a.example/1">t</a><a 'x' href="http://a.example/2">t</a>)", 1},
    {"equal sign first", R"(<a ="x" href="http://a.example/">t</a>)", 1},
    {"unclosed elements", "<table><tr><td><p><b><a href=\"http://a.example/\">t<div><i>", 1},
    {"unclosed quote", "<a href='http://a.example/1'>t</a><a href=\"http://a.example/2>t</a>", 1, false},
    {"unclosed tag", "<a href='http://a.example/1'>t</a><a href='http://a.example/2'", 1, false},
    {"unclosed comment", "<a href='http://a.example/1'>t</a><!-- <a href='http://a.example/2'>", 1, false},
    {"unclosed script", "<a href='http://a.example/1'>t</a><script><a href='http://a.example/2'>", 1, false},
    {"plaintext", "<a href='http://a.example/1'>t</a><plaintext><a href='http://a.example/2'>", 1, false},
};

// ---- structures

std::string part_header(std::string_view type, std::string_view encoding) {
  return "Content-Type: " + std::string(type) + "\r\nContent-Transfer-Encoding: " + std::string(encoding) +
         "\r\n";
}
constexpr std::string_view kHtmlType = "text/html; charset=\"utf-8\"";

/// A multipart message: `before`, the HTML part's header and content, `after`.
Structured multipart(const std::string& type, const std::string& before, const std::string& header,
                     std::string_view encoded, const std::string& after) {
  Structured out;
  out.message.fields = {{"MIME-Version", " 1.0"}, {"Content-Type", " " + type}};
  out.message.body = before + header + "\r\n";
  out.part_begin = out.message.body.size();
  out.part_size = encoded.size();
  out.message.body.append(encoded).append("\r\n").append(after);
  return out;
}

const std::string kPlain = "--b\r\nContent-Type: text/plain\r\n\r\nSee http://plain.example/\r\n";
const std::string kImage =
    "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: "
    "<i>\r\n\r\niVBORw0KGgo=\r\n";
const std::string kFile =
    "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0x\r\n";
const std::string kLink = "<a href=\"http://other.example/\">t</a>";

Structured single(std::string_view encoding, std::string_view encoded) {
  Structured out;
  out.message.fields = {{"Content-Type", " " + std::string(kHtmlType)},
                        {"Content-Transfer-Encoding", " " + std::string(encoding)}};
  out.message.body = encoded;
  out.part_size = encoded.size();
  return out;
}
Structured alternative(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/alternative; boundary=b", kPlain + "--b\r\n", part_header(kHtmlType, encoding),
                   encoded, "--b--\r\n");
}
Structured related(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/related; boundary=\"b\"; type=\"text/html\"", "--b\r\n",
                   part_header(kHtmlType, encoding), encoded, kImage + "--b--\r\n");
}
Structured mixed(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/mixed; boundary=b", "A preamble <a href=http://a.example>\r\n--b\r\n",
                   part_header(kHtmlType, encoding), encoded,
                   kFile + "--b--\r\nAn epilogue <a href=http://a.example>\r\n");
}
Structured nested(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/mixed; boundary=outer",
                   "--outer\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n" + kPlain +
                       "--b\r\nContent-Type: multipart/related; boundary=\"in ner\"\r\n\r\n--in ner\r\n",
                   part_header(kHtmlType, encoding), encoded,
                   "--in ner--\r\n--b--\r\n--outer\r\nContent-Type: text/plain\r\n\r\nlast\r\n--outer--\r\n");
}
Structured odd_delimiters(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/mixed; boundary=b", "--b \t \r\n", part_header(kHtmlType, encoding), encoded,
                   "--b\t\r\n\r\n--c\r\n--b-- \r\n");
}
Structured unclosed(std::string_view encoding, std::string_view encoded) {
  Structured out = multipart("multipart/mixed; boundary=b", kPlain + "--b\r\n",
                             part_header(kHtmlType, encoding), encoded, "");
  out.part_size += 2;  // nothing ends the part but the message
  return out;
}
Structured calendar(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/alternative; boundary=b", kPlain + "--b\r\n", part_header(kHtmlType, encoding),
                   encoded,
                   "--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n"
                   "X-ALT-DESC;FMTTYPE=text/html:" +
                       kLink + "\r\nEND:VCALENDAR\r\n--b--\r\n");
}
Structured amp(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/alternative; boundary=b",
                   kPlain + "--b\r\nContent-Type: text/x-amp-html\r\n\r\n" + kLink + "\r\n--b\r\n",
                   part_header(kHtmlType, encoding), encoded, "--b--\r\n");
}
Structured beside_forwarded(std::string_view encoding, std::string_view encoded) {
  return multipart(
      "multipart/mixed; boundary=b", "--b\r\n", part_header(kHtmlType, encoding), encoded,
      "--b\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: text/html\r\n\r\n" + kLink + "\r\n--b--\r\n");
}
Structured attachment(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/mixed; boundary=b", kPlain + "--b\r\n",
                   part_header(kHtmlType, encoding) + "Content-Disposition: attachment; filename=a.html\r\n",
                   encoded, "--b--\r\n");
}
Structured forwarded(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/mixed; boundary=b",
                   kPlain + "--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n",
                   part_header(kHtmlType, encoding), encoded, "--b--\r\n");
}
Structured signed_mail(std::string_view encoding, std::string_view encoded) {
  return multipart(
      "multipart/signed; boundary=b; micalg=sha-256; protocol=\"application/pkcs7-signature\"", "--b\r\n",
      part_header(kHtmlType, encoding), encoded,
      "--b\r\nContent-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"
      "MIIB\r\n--b--\r\n");
}
Structured signed_within(std::string_view encoding, std::string_view encoded) {
  return multipart(
      "multipart/mixed; boundary=o",
      "--o\r\nContent-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"\r\n"
      "\r\n--b\r\n",
      part_header(kHtmlType, encoding), encoded,
      "--b\r\nContent-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE-----\r\n--b--\r\n"
      "--o\r\nContent-Type: text/plain\r\n\r\nA list's footer\r\n--o--\r\n");
}
Structured encrypted(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/encrypted; boundary=b; protocol=\"application/pgp-encrypted\"",
                   "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n",
                   part_header(kHtmlType, encoding), encoded, "--b--\r\n");
}
Structured opaque(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/mixed; boundary=b", "--b\r\n",
                   part_header("application/pkcs7-mime; smime-type=signed-data", encoding), encoded,
                   "--b--\r\n");
}
Structured inline_pgp(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/alternative; boundary=b",
                   "--b\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nhello\r\n"
                   "-----BEGIN PGP SIGNATURE-----\r\n\r\nAA==\r\n-----END PGP SIGNATURE-----\r\n--b\r\n",
                   part_header(kHtmlType, encoding), encoded, "--b--\r\n");
}
Structured as_calendar(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/mixed; boundary=b", kPlain + "--b\r\n",
                   part_header("text/calendar; charset=utf-8", encoding), encoded, "--b--\r\n");
}
Structured as_amp(std::string_view encoding, std::string_view encoded) {
  return multipart("multipart/mixed; boundary=b", kPlain + "--b\r\n",
                   part_header("text/x-amp-html", encoding), encoded, "--b--\r\n");
}

constexpr StructureShape kStructures[] = {
    {"single", true, single},
    {"alternative", true, alternative},
    {"related", true, related},
    {"mixed, with preamble and epilogue", true, mixed},
    {"nested", true, nested},
    {"odd delimiters", true, odd_delimiters},
    {"unclosed", true, unclosed},
    {"beside a calendar", true, calendar},
    {"beside AMP", true, amp},
    {"beside a forwarded message", true, beside_forwarded},
    {"attachment", false, attachment},
    {"forwarded message", false, forwarded},
    {"signed", false, signed_mail},
    {"signed within", false, signed_within},
    {"encrypted", false, encrypted},
    {"S/MIME opaque", false, opaque},
    {"inline PGP beside it", false, inline_pgp},
    {"calendar", false, as_calendar},
    {"AMP", false, as_amp},
};

int hex_value(char c) {
  const std::size_t at = std::string_view("0123456789ABCDEF0123456789abcdef").find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at % 16);
}

}  // namespace

std::span<const EncodingShape> encoding_shapes() {
  return kEncodings;
}
std::span<const HtmlShape> html_shapes() {
  return kHtml;
}
std::span<const StructureShape> structure_shapes() {
  return kStructures;
}

std::string decode_by_hand(std::string_view encoded, std::string_view header) {
  if (header == "base64" || header == "Base64") {
    std::string letters;
    for (const char c : encoded) {
      if (c != '\r' && c != '\n') letters += c;
    }
    return base::decode_base64(letters).value_or("broken");
  }
  if (header.front() != 'q' && header.front() != 'Q') return std::string(encoded);
  std::string out;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '=') {
      out += encoded[i];
    } else if (encoded.substr(i).starts_with("=\r\n")) {
      i += 2;
    } else {
      out += static_cast<char>(hex_value(encoded[i + 1]) * 16 + hex_value(encoded[i + 2]));
      i += 2;
    }
  }
  return out;
}

}  // namespace signpost::track
