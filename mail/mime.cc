// One pass over the lines that begin with "--", with a stack of the multiparts that are open.
#include "mail/mime.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.h"

namespace signpost::mail {
namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxParts = 1000;
constexpr std::size_t kMaxBoundary = 256;  // RFC 2046 §5.1.1 says 70; longer ones are seen and harmless

/// The offset after the line that begins at `at`.
std::size_t next_line(std::string_view body, std::size_t at) {
  const std::size_t newline = body.find('\n', at);
  return newline == std::string_view::npos ? body.size() : newline + 1;
}

/// The line without its CRLF or LF.
std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// True for "Name:", blanks before the colon included: what does not look so ends a header.
bool is_field(std::string_view line) {
  std::size_t i = 0;
  while (i < line.size() && line[i] > ' ' && line[i] < 127 && line[i] != ':') ++i;
  const std::size_t name = i;
  while (i < line.size() && (line[i] == ' ' || line[i] == '\t')) ++i;
  return name > 0 && i < line.size() && line[i] == ':';
}

bool is_fold(std::string_view line) {
  return line.starts_with(' ') || line.starts_with('\t');
}

/// Fills what the part's own fields say about it.
void describe(Part& part, const std::vector<Field>& fields, bool in_digest) {
  std::size_t types = 0;
  std::size_t encodings = 0;
  for (const Field& field : fields) {
    const std::string_view name = base::trim(field.name);
    if (base::equals_ignore_case(name, "content-type")) {
      if (types++ == 0) part.type = parse_content_value(field.value);
    } else if (base::equals_ignore_case(name, "content-transfer-encoding")) {
      if (encodings++ == 0) part.encoding = parse_content_value(field.value).value;
    } else if (base::equals_ignore_case(name, "content-disposition") && part.disposition.value.empty()) {
      part.disposition = parse_content_value(field.value);
    }
  }
  part.several_types = types > 1;
  part.several_encodings = encodings > 1;
  // RFC 2045 §5.2, RFC 2046 §5.1.5.
  if (part.type.value.empty()) part.type.value = in_digest ? "message/rfc822" : "text/plain";
  part.encoding = part.encoding.substr(0, part.encoding.find_first_of(" \t"));
  if (part.encoding.empty()) part.encoding = "7bit";  // RFC 2045 §6.1
}

class Walker {
 public:
  Walker(std::string_view body, Structure& structure) : body_(body), structure_(structure) {}

  void walk(const std::vector<Field>& fields) {
    describe(structure_.root, fields, false);
    enter(structure_.root);
    std::size_t end = 0;
    while (anything_active()) {
      const std::size_t line = candidate_from(end);
      if (line == body_.size()) break;
      end = next_line(body_, line);
      const Match match = match_delimiter(without_line_end(body_.substr(line, end - line)));
      if (match.level == 0) continue;
      close_above(match.level, content_end(line));
      if (match.closing) {
        open_[match.level - 1].active = false;
      } else if (!open_child(end)) {
        break;
      }
    }
    close_above(0, body_.size());
  }

 private:
  /// A part whose end has not been seen. Only an active one (a multipart before its closing delimiter) is
  /// looked for; pointers stay valid because no `children` grows while a part of it is open.
  struct Open {
    Part* part;
    std::string_view boundary;
    bool active;
  };
  struct Match {
    std::size_t level = 0;  ///< index in open_ plus one; 0: no delimiter
    bool closing = false;
  };

  bool anything_active() const {
    return std::any_of(open_.begin(), open_.end(), [](const Open& open) { return open.active; });
  }

  /// The first line that begins with "--" at or behind the beginning of a line; the body's
  /// size if there is none.
  std::size_t candidate_from(std::size_t line) const {
    if (body_.substr(line).starts_with("--")) return line;
    const std::size_t found = body_.find("\n--", line);
    return found == std::string_view::npos ? body_.size() : found + 1;
  }

  /// RFC 2046 §5.1.1: "--", the boundary, perhaps "--", padding blanks, nothing else. The innermost one wins.
  Match match_delimiter(std::string_view line) {
    Match found;
    line.remove_prefix(2);
    while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
    for (std::size_t level = open_.size(); level > 0; --level) {
      const Open& open = open_[level - 1];
      if (!open.active || !line.starts_with(open.boundary)) continue;
      const std::string_view rest = line.substr(open.boundary.size());
      if (!rest.empty() && rest != "--") continue;
      if (found.level != 0) {
        note("ambiguous");
        break;
      }
      found = Match{level, !rest.empty()};
    }
    return found;
  }

  /// Where a part before the delimiter line ends: the line end before the delimiter belongs to the delimiter.
  std::size_t content_end(std::size_t line) const {
    if (line > 0) --line;
    return line > 0 && body_[line - 1] == '\r' ? line - 1 : line;
  }

  void close_above(std::size_t level, std::size_t end) {
    while (open_.size() > level) {
      Part& part = *open_.back().part;
      // An empty line may end a header and belong to the delimiter too; then the part is empty, and no
      // parent ends before it.
      end = std::max(part.content.begin, end);
      part.content.end = end;
      part.unclosed = open_.back().active;
      open_.pop_back();
    }
  }

  /// Reads the header of a part that begins at `at`. False if there are too many parts.
  bool open_child(std::size_t at) {
    if (++parts_ > kMaxParts) {
      note("too-many-parts");
      return false;
    }
    Part& parent = *open_.back().part;
    Part& part = parent.children.emplace_back();
    part.header = {at, at};
    part.content = {at, at};
    describe(part, read_header(part), parent.type.value == "multipart/digest");
    enter(part);
    return true;
  }

  /// The Content-* fields. The header ends at an empty line, at a line that is not a field, at a delimiter.
  std::vector<Field> read_header(Part& part) {
    std::vector<Field> fields;
    bool keep = false;
    std::size_t at = part.header.begin;
    while (at < body_.size()) {
      const std::size_t end = next_line(body_, at);
      const std::string_view line = without_line_end(body_.substr(at, end - at));
      if (line.empty()) {
        part.content.begin = part.content.end = end;
        part.header.end = at;
        return fields;
      }
      if (line.starts_with("--") && match_delimiter(line).level != 0) break;
      if (is_fold(line) && at != part.header.begin) {
        if (keep) fields.back().value.append("\n").append(line);
      } else if (is_field(line)) {
        keep = base::starts_with_ignore_case(line, "content-");
        const std::size_t colon = line.find(':');
        if (keep) fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
      } else {
        break;
      }
      at = end;
    }
    part.header.end = part.content.begin = part.content.end = at;
    return fields;
  }

  /// Puts the part on the stack, and looks into it if it is a multipart with a boundary.
  void enter(Part& part) {
    // A transfer encoding of a multipart is forbidden (RFC 2045 §6.4) and readers ignore it: so does this.
    const bool multipart = part.type.value.starts_with("multipart/");
    std::string_view boundary;
    if (multipart) {
      if (const std::string* given = part.type.parameter("boundary")) boundary = *given;
      if (boundary.empty() || boundary.size() > kMaxBoundary || base::is_space(boundary.back()) ||
          boundary.find_first_of("\r\n") != std::string_view::npos) {
        note("bad-boundary");
        boundary = {};
      } else if (open_.size() >= kMaxDepth) {
        note("too-deep");
        boundary = {};
      }
    }
    open_.push_back(Open{&part, boundary, !boundary.empty()});
  }

  void note(std::string_view problem) {
    if (structure_.problem.empty()) structure_.problem = problem;
  }

  std::string_view body_;
  Structure& structure_;
  std::vector<Open> open_;
  std::size_t parts_ = 1;
};

}  // namespace

Structure parse_mime(const std::vector<Field>& fields, std::string_view body) {
  Structure structure;
  Walker(body, structure).walk(fields);
  return structure;
}

}  // namespace signpost::mail
