// One pass over the lines that have a replacement, in the two sections that a cut makes of the text.
#include "mail/lines/line_fit.h"

#include <algorithm>

#include "mail/mime.h"

namespace signpost::mail {
namespace {

class Fitter {
 public:
  Fitter(std::string_view text, const std::vector<Replacement>& replacements, std::size_t max_line)
      : text_(text), replacements_(replacements), max_line_(max_line) {}

  LineFit run(const std::optional<LineCut>& cut) {
    done_.fits.assign(replacements_.size(), false);
    if (!cut) {
      fit_section({0, text_.size()}, 0, 0, true);
      return std::move(done_);
    }
    fit_section({0, cut->at}, 0, cut->before, false);
    fit_section({cut->at, text_.size()}, cut->behind, 0, true);
    return std::move(done_);
  }

 private:
  /// Replacements that touch the same lines.
  struct Group {
    std::size_t first;
    std::size_t end;  ///< behind the last one
    Range lines;      ///< without the last line end
  };

  /// `at_begin`, `at_end`: octets that are added there.
  void fit_section(const Range& section, std::size_t at_begin, std::size_t at_end, bool last) {
    bool began = at_begin == 0;
    bool ended = at_end == 0;
    while (next_ < replacements_.size() && (last || replacements_[next_].begin < section.end)) {
      const Group group = next_group(section);
      std::size_t added = 0;
      if (group.lines.begin == section.begin) {
        added += at_begin;
        began = true;
      }
      if (group.lines.end == section.end) {
        added += at_end;
        ended = true;
      }
      fit_group(group, added);
    }
    if (!began) check_cut(line_end(section.begin, section) - section.begin + at_begin);
    if (!ended) check_cut(section.end - line_begin(section.end, section) + at_end);
  }

  Group next_group(const Range& section) {
    const std::size_t first = next_;
    std::size_t end = line_end(replacements_[first].end, section);
    for (++next_; next_ < replacements_.size() && replacements_[next_].begin <= end; ++next_) {
      if (replacements_[next_].begin >= section.end && section.end < text_.size()) break;
      if (replacements_[next_].end > end) end = line_end(replacements_[next_].end, section);
    }
    return {first, next_, {line_begin(replacements_[first].begin, section), end}};
  }

  void fit_group(const Group& group, std::size_t added) {
    std::size_t size = group.lines.size() + added;
    if (group.lines.of(text_).ends_with('\r')) --size;
    for (std::size_t i = group.first; i < group.end; ++i) {
      const Replacement& one = replacements_[i];
      if (one.text.size() > one.end - one.begin) continue;
      done_.fits[i] = true;
      size -= one.end - one.begin - one.text.size();
    }
    if (added > 0) check_cut(size);
    for (std::size_t i = group.first; i < group.end; ++i) {
      if (done_.fits[i]) continue;
      const std::size_t growth =
          replacements_[i].text.size() - (replacements_[i].end - replacements_[i].begin);
      if (size + growth > max_line_) continue;
      done_.fits[i] = true;
      size += growth;
    }
  }

  void check_cut(std::size_t size) { done_.cut_fits = done_.cut_fits && size <= max_line_; }

  std::size_t line_begin(std::size_t at, const Range& section) const {
    const std::string_view before = text_.substr(section.begin, at - section.begin);
    return section.begin + before.rfind('\n') + 1;  // npos + 1 is 0
  }
  std::size_t line_end(std::size_t at, const Range& section) const {
    return std::min(text_.find('\n', at), section.end);
  }

  std::string_view text_;
  const std::vector<Replacement>& replacements_;
  std::size_t max_line_;
  std::size_t next_ = 0;
  LineFit done_;
};

}  // namespace

std::size_t LineFit::count() const {
  return static_cast<std::size_t>(std::count(fits.begin(), fits.end(), true));
}

LineFit fit_lines(std::string_view text, const std::vector<Replacement>& replacements,
                  const std::optional<LineCut>& cut, std::size_t max_line) {
  return Fitter(text, replacements, max_line).run(cut);
}

}  // namespace signpost::mail
