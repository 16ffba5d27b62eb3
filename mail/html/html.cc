// The tokenizer states of the HTML standard (§13.2.5) as a few readers over one position. Each
// moves forward only.
#include "mail/html/html.h"

#include <algorithm>

#include "base/text.h"

namespace signpost::mail::html {
namespace {

constexpr std::size_t kMaxAttributes = 1000;
constexpr std::size_t npos = std::string_view::npos;

bool is_html_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/// How the text of an element is read. The tree would decide; by the name alone it is right
/// for HTML elements.
/// (<noscript> is plain data where scripts do not run, as in mail.)
enum class Content { data, raw, script, plaintext };

Content content_of(std::string_view name) {
  struct Row {
    std::string_view name;
    Content content;
  };
  static constexpr Row kRows[] = {
      {"script", Content::script}, {"style", Content::raw},    {"title", Content::raw},
      {"textarea", Content::raw},  {"xmp", Content::raw},      {"iframe", Content::raw},
      {"noembed", Content::raw},   {"noframes", Content::raw}, {"plaintext", Content::plaintext},
  };
  for (const Row& row : kRows) {
    if (base::equals_ignore_case(row.name, name)) return row.content;
  }
  return Content::data;
}

class Scanner {
 public:
  Scanner(std::string_view html, const std::function<void(const Tag&)>& on_tag,
          const std::function<void(const mail::Range&)>& on_comment)
      : html_(html), on_tag_(on_tag), on_comment_(on_comment) {}

  /// Data state. False if the input ended inside something.
  bool scan() {
    for (;;) {
      const std::size_t less = html_.find('<', at_);
      if (less == npos) return true;
      if (!has(less + 1)) return false;
      at_ = less + 1;
      if (!read_markup(less)) return false;
    }
  }

 private:
  bool has(std::size_t at) const { return at < html_.size(); }

  /// Tag open state: at_ is behind the "<". A "<" that opens nothing is text.
  bool read_markup(std::size_t less) {
    const char c = html_[at_];
    if (base::is_alpha(c)) return read_tag(less, false) && skip_element_text();
    if (c == '!') return html_.substr(at_ + 1).starts_with("--") ? skip_comment() : skip_to_greater();
    if (c == '?') return skip_to_greater();
    if (c != '/') return true;
    if (!has(++at_)) return false;  // "</" at the very end: what is put behind it would be a comment
    return base::is_alpha(html_[at_]) ? read_tag(less, true) : skip_to_greater();
  }

  /// Bogus comment and DOCTYPE: both end at the first ">" whatever quotes stand there.
  bool skip_to_greater() {
    const std::size_t greater = html_.find('>', at_);
    at_ = greater == npos ? html_.size() : greater + 1;
    return greater != npos;
  }

  /// Comment states: at_ is at the "!" of "<!--". "<!-->" and "<!--->" are whole; "--!>" ends one too.
  bool skip_comment() {
    at_ += 3;
    const std::string_view rest = html_.substr(at_);
    for (const std::string_view abrupt : {">", "->"}) {
      if (!rest.starts_with(abrupt)) continue;
      at_ += abrupt.size();
      return true;
    }
    for (std::size_t dashes = html_.find("--", at_); dashes != npos; dashes = html_.find("--", dashes + 1)) {
      const std::string_view after = html_.substr(dashes + 2);
      if (!after.starts_with('>') && !after.starts_with("!>")) continue;
      on_comment_({at_, dashes});
      at_ = dashes + (after.front() == '>' ? 3 : 4);
      return true;
    }
    at_ = html_.size();
    return false;
  }

  void skip_spaces() {
    while (has(at_) && is_html_space(html_[at_])) ++at_;
  }

  /// Tag name state and on: at_ is at the first letter. False at the end of input, then there is no tag.
  bool read_tag(std::size_t less, bool closing) {
    tag_.closing = closing;
    tag_.self_closing = false;
    tag_.attributes.clear();
    tag_.name.begin = at_;
    while (has(at_) && !is_html_space(html_[at_]) && html_[at_] != '/' && html_[at_] != '>') ++at_;
    tag_.name.end = at_;
    for (;;) {
      skip_spaces();
      if (!has(at_)) return false;
      const char c = html_[at_];
      if (c == '>') break;
      if (c == '/') {
        // Self-closing start tag state; any other "/" is passed over.
        ++at_;
        tag_.self_closing = has(at_) && html_[at_] == '>';
      } else if (!read_attribute()) {
        return false;
      }
    }
    ++at_;
    tag_.all = {less, at_};
    on_tag_(tag_);
    return true;
  }

  /// Attribute states: at_ is at the first byte of the name (a "=" there belongs to it). False
  /// at the end of input.
  bool read_attribute() {
    Attribute attribute;
    attribute.name.begin = at_++;
    while (has(at_) && !is_html_space(html_[at_]) && html_[at_] != '/' && html_[at_] != '>' &&
           html_[at_] != '=')
      ++at_;
    attribute.name.end = at_;
    skip_spaces();
    if (has(at_) && html_[at_] == '=') {
      ++at_;
      skip_spaces();
      if (!has(at_) || !read_value(attribute)) return false;
    } else {
      attribute.value = {attribute.name.end, attribute.name.end};
    }
    if (tag_.attributes.size() < kMaxAttributes) tag_.attributes.push_back(attribute);
    return true;
  }

  bool read_value(Attribute& attribute) {
    attribute.has_value = true;
    const char c = html_[at_];
    if (c == '"' || c == '\'') {
      const std::size_t end = html_.find(c, at_ + 1);
      if (end == npos) return false;
      attribute.quote = c;
      attribute.value = {at_ + 1, end};
      at_ = end + 1;
      return true;
    }
    attribute.value.begin = at_;
    while (has(at_) && !is_html_space(html_[at_]) && html_[at_] != '>') ++at_;
    attribute.value.end = at_;
    return true;
  }

  /// After a start tag: passes over text in which tags are not tags. Stops at the end tag that ends it.
  bool skip_element_text() {
    const std::string_view name = tag_.name.of(html_);
    switch (content_of(name)) {
      case Content::data:
        return true;
      case Content::plaintext:
        at_ = html_.size();
        return false;
      case Content::raw:
        at_ = find_end_tag(name);
        break;
      case Content::script:
        at_ = find_script_end();
        break;
    }
    return has(at_);
  }

  /// True if "name" and then a blank, "/" or ">" stand at `at`.
  bool is_tag_name_at(std::size_t at, std::string_view name) const {
    if (!base::starts_with_ignore_case(html_.substr(std::min(at, html_.size())), name)) return false;
    at += name.size();
    return has(at) && (is_html_space(html_[at]) || html_[at] == '/' || html_[at] == '>');
  }

  /// RCDATA and RAWTEXT states: the "<" of the end tag of that name, or the end of input.
  std::size_t find_end_tag(std::string_view name) const {
    for (std::size_t less = html_.find('<', at_); less != npos; less = html_.find('<', less + 1)) {
      if (has(less + 1) && html_[less + 1] == '/' && is_tag_name_at(less + 2, name)) return less;
    }
    return html_.size();
  }

  /// Script data states. Within "<!--" a nested <script> hides the end tag until its own </script>.
  std::size_t find_script_end() const {
    enum { plain, escaped, double_escaped } state = plain;
    for (std::size_t i = html_.find_first_of("<-", at_); i != npos; i = html_.find_first_of("<-", i + 1)) {
      const std::string_view rest = html_.substr(i);
      if (rest.front() == '-') {
        if (state != plain && rest.starts_with("-->")) state = plain;
      } else if (rest.starts_with("<!--")) {
        // The dashes of "<!-->" also count as the start of "-->", so only "<!" is passed over.
        if (state == plain) state = escaped;
      } else if (is_tag_name_at(i + 1, "script")) {
        if (state == escaped) state = double_escaped;
      } else if (rest.starts_with("</") && is_tag_name_at(i + 2, "script")) {
        if (state != double_escaped) return i;
        state = escaped;
      }
    }
    return html_.size();
  }

  std::string_view html_;
  const std::function<void(const Tag&)>& on_tag_;
  const std::function<void(const mail::Range&)>& on_comment_;
  std::size_t at_ = 0;
  Tag tag_;
};

}  // namespace

bool scan_tags(std::string_view html, const std::function<void(const Tag&)>& on_tag) {
  return scan_tags(html, on_tag, [](const mail::Range&) {});
}

bool scan_tags(std::string_view html, const std::function<void(const Tag&)>& on_tag,
               const std::function<void(const mail::Range&)>& on_comment) {
  return Scanner(html, on_tag, on_comment).scan();
}

const Attribute* find_attribute(std::string_view html, const Tag& tag, std::string_view name) {
  for (const Attribute& attribute : tag.attributes) {
    if (base::equals_ignore_case(attribute.name.of(html), name)) return &attribute;
  }
  return nullptr;
}

bool is_named(std::string_view html, const Tag& tag, std::string_view name) {
  return base::equals_ignore_case(tag.name.of(html), name);
}

}  // namespace signpost::mail::html
