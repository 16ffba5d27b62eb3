// Opens and clicks as bars side by side, hours gathered into columns of equal length.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "campaign/map.h"

namespace signpost::campaign {
namespace {

constexpr std::int64_t kMaxColumns = 96;
constexpr int kWidth = 1020;  ///< in units of the drawing
constexpr int kHeight = 200;
constexpr int kLeft = 44;
constexpr int kBottom = 26;
constexpr int kTop = 10;
constexpr double kWidestBar = 48;  ///< an hour or two of data are not a wall

using Hours = std::chrono::hours;

struct Column {
  std::uint64_t opens = 0;
  std::uint64_t clicks = 0;
};

struct Columns {
  std::vector<Column> all;
  base::Wall begin{};
  std::int64_t hours_each = 1;
};

Columns gather(const std::vector<MapHour>& hours) {
  Columns columns;
  columns.begin = hours.front().begin;
  const auto span = std::chrono::duration_cast<Hours>(hours.back().begin - columns.begin).count() + 1;
  // Lengths that people count in: hours, parts of a day, days.
  constexpr std::array<std::int64_t, 6> lengths = {1, 2, 3, 6, 12, 24};
  const auto fits = std::find_if(lengths.begin(), lengths.end(),
                                 [span](std::int64_t length) { return span <= length * kMaxColumns; });
  columns.hours_each =
      fits != lengths.end() ? *fits : (span + 24 * kMaxColumns - 1) / (24 * kMaxColumns) * 24;
  columns.all.resize(static_cast<std::size_t>((span + columns.hours_each - 1) / columns.hours_each));
  for (const MapHour& hour : hours) {
    const auto age = std::chrono::duration_cast<Hours>(hour.begin - columns.begin).count();
    Column& column =
        columns
            .all[static_cast<std::size_t>(std::clamp<std::int64_t>(age, 0, span - 1) / columns.hours_each)];
    column.opens += hour.opens;
    column.clicks += hour.clicks;
  }
  return columns;
}

/// The least of 1, 2, 5, 10, 20, … that is not below `value`.
std::uint64_t round_up(std::uint64_t value) {
  for (std::uint64_t power = 1;; power *= 10) {
    for (const std::uint64_t step : {1u, 2u, 5u}) {
      if (step * power >= value || power > UINT64_MAX / 100) return step * power;
    }
  }
}

std::string number(double value) {
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

class Plot {
 public:
  explicit Plot(const Columns& columns) : columns_(columns) {
    for (const Column& column : columns.all) max_ = std::max({max_, column.opens, column.clicks});
    top_ = round_up(max_);
  }

  std::string take() {
    out_ = "<svg viewBox=\"0 0 " + std::to_string(kWidth) + " " + std::to_string(kHeight) +
           "\" role=\"img\" aria-label=\"" + describe() + "\">\n";
    for (const std::uint64_t value : {std::uint64_t{0}, top_}) add_line(value);
    if (top_ % 2 == 0) add_line(top_ / 2);
    const double step = static_cast<double>(kWidth - kLeft) / static_cast<double>(columns_.all.size());
    for (std::size_t i = 0; i < columns_.all.size(); ++i) {
      const double middle = kLeft + step * (static_cast<double>(i) + 0.5);
      const double width = std::min(step * 0.42, kWidestBar);
      add_bar(middle - width, width, columns_.all[i].opens, "#aacde8");
      add_bar(middle, width, columns_.all[i].clicks, "#0b3f70");
    }
    add_label(kLeft, kHeight - 8, "start", day(0));
    add_label(kWidth, kHeight - 8, "end", day(columns_.all.size()));
    return out_ + "</svg>\n";
  }

 private:
  double height_of(std::uint64_t value) const {
    return static_cast<double>(kHeight - kBottom - kTop) * static_cast<double>(value) /
           static_cast<double>(top_);
  }
  double y_of(std::uint64_t value) const { return kHeight - kBottom - height_of(value); }

  /// When the column begins; that behind the last is the end.
  std::string day(std::size_t column) const {
    const auto hours = Hours(columns_.hours_each * static_cast<std::int64_t>(column));
    std::string text = base::format_time(columns_.begin + hours).substr(0, 16);
    std::replace(text.begin(), text.end(), 'T', ' ');
    return text;
  }

  std::string describe() const {
    std::uint64_t opens = 0;
    std::uint64_t clicks = 0;
    for (const Column& column : columns_.all) {
      opens += column.opens;
      clicks += column.clicks;
    }
    return std::to_string(opens) + " opens and " + std::to_string(clicks) + " clicks from " + day(0) +
           " to " + day(columns_.all.size()) + ", at most " + std::to_string(max_) + " in " +
           std::to_string(columns_.hours_each) + " hours";
  }

  void add_line(std::uint64_t value) {
    const std::string y = number(y_of(value));
    out_ += "<line x1=\"" + std::to_string(kLeft) + "\" x2=\"" + std::to_string(kWidth) + "\" y1=\"" + y +
            "\" y2=\"" + y + "\" stroke=\"#dfe5eb\"/>\n";
    add_label(kLeft - 6, y_of(value) + 4, "end", std::to_string(value));
  }

  void add_bar(double left, double width, std::uint64_t value, const char* colour) {
    if (value == 0) return;
    const double height = std::max(height_of(value), 1.0);
    out_ += "<rect x=\"" + number(left) + "\" y=\"" + number(kHeight - kBottom - height) + "\" width=\"" +
            number(std::max(width, 0.5)) + "\" height=\"" + number(height) + "\" fill=\"" + colour + "\"/>\n";
  }

  void add_label(double x, double y, const char* anchor, const std::string& text) {
    out_ += "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor +
            "\" font-size=\"12\" fill=\"#52606d\">" + text + "</text>\n";
  }

  const Columns& columns_;
  std::uint64_t max_ = 0;
  std::uint64_t top_ = 1;
  std::string out_;
};

}  // namespace

std::string format_plot(const std::vector<MapHour>& hours) {
  const bool any = std::any_of(hours.begin(), hours.end(),
                               [](const MapHour& hour) { return hour.opens > 0 || hour.clicks > 0; });
  return any ? Plot(gather(hours)).take() : std::string();
}

}  // namespace signpost::campaign
