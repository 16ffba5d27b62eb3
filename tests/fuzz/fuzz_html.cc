// scan_tags, decode_attribute, encode_attribute, find_urls, parse_exclusion and the query tags: ranges lie in
// order within the input; what is encoded decodes to the same; a tag is added once, and only
// before the fragment.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/html/charset.h"
#include "mail/html/html.h"
#include "mail/html/plain.h"
#include "track/tagging.h"
#include "track/target.h"

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

void check(std::string_view html, const signpost::mail::html::Tag& tag) {
  require(html[tag.all.begin] == '<' && html[tag.all.end - 1] == '>');
  std::size_t done = tag.name.end;
  require(tag.all.begin < tag.name.begin && tag.name.begin < tag.name.end);
  for (const auto& attribute : tag.attributes) {
    require(done <= attribute.name.begin && attribute.name.begin < attribute.name.end);
    require(attribute.name.end <= attribute.value.begin && attribute.value.begin <= attribute.value.end);
    if (attribute.quote != 0) {
      require(html[attribute.value.begin - 1] == attribute.quote &&
              html[attribute.value.end] == attribute.quote);
      require(attribute.value.of(html).find(attribute.quote) == std::string_view::npos);
    }
    done = attribute.value.end;
  }
  require(done < tag.all.end);
}

/// `target` comes from read_link, `value` from anywhere.
void check_tags(const std::string& target, std::string_view value) {
  using namespace signpost::track;
  const auto parsed = parse_tag_value(value);
  const std::vector<QueryTag> tags = {
      {"utm campaign", parsed ? *parsed : "x", {std::string(host_of(target))}}};
  std::string tagged = target;
  add_tags(tagged, tags, {"spring", "bulk"});
  const std::string once = tagged;
  add_tags(tagged, tags, {"summer", "bulk"});
  require(tagged == once);
  require(tagged.substr(std::min(tagged.find('#'), tagged.size())) ==
          target.substr(std::min(target.find('#'), target.size())));
  require(host_of(tagged) == host_of(target));
  require(read_link(tagged, "click.example.com").target == tagged);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace signpost::track;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::size_t done = 0;
  signpost::mail::html::scan_tags(input, [&](const signpost::mail::html::Tag& tag) {
    require(done <= tag.all.begin && tag.all.end <= input.size());
    check(input, tag);
    done = tag.all.end;
  });

  const std::string text = signpost::mail::html::decode_attribute(input);
  for (const char quote : {'"', '\'', '\0'})
    require(signpost::mail::html::decode_attribute(signpost::mail::html::encode_attribute(text, quote)) ==
            text);

  const Link link = read_link(text, "click.example.com");
  if (link.kind == LinkKind::target) {
    for (const char c : link.target) require(c > ' ' && c < 127);
    const Link again = read_link(link.target, "click.example.com");
    require(again.kind == LinkKind::target && again.target == link.target);
    require(covers(Exclusion{std::string(host_of(link.target)), {}}, link.target));
    check_tags(link.target, input);
  }
  if (const auto exclusion = parse_exclusion(input)) {
    require(covers(*exclusion, "https://" + exclusion->host + exclusion->path));
  }
  std::size_t after = 0;
  for (const auto& url : signpost::mail::html::find_urls(input)) {
    require(after <= url.begin && url.begin < url.end && url.end <= input.size());
    after = url.end;
  }
  signpost::mail::html::to_utf8(input, signpost::mail::html::find_charset(input, input));
  return 0;
}
