// Charts as SVG inside the page. Widths are those of a phone, so that text keeps its size there; colours are classes of the page.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "report/report.h"

namespace pedigree::report {

namespace {

using nlohmann::json;

constexpr double kWidth = 400;

// Steps of 1, 2 or 5 times a power of ten, about `wanted` of them over the range.
double tick_of(double range, double wanted) {
  const double raw = range / wanted, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (raw <= factor * power) return factor * power;
  return 10 * power;
}

struct Axis {
  double low, high, tick, from, to;  // values, and where they are drawn
  double at(double v) const { return from + (v - low) / (high - low) * (to - from); }
};

Axis axis_over(double low, double high, double wanted, double from, double to) {
  // Values that are equal but for rounding would leave no room between two ticks.
  const double size = std::max(std::abs(low), std::abs(high));
  if (!(high - low > 1e-9 * size)) {
    const double room = std::max(0.5, 1e-3 * size);
    low -= room, high += room;
  }
  const double tick = tick_of(high - low, wanted);
  return {std::floor(low / tick) * tick, std::ceil(high / tick) * tick, tick, from, to};
}

std::string line(double x1, double y1, double x2, double y2, const char* cls) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>",
                     x1, y1, x2, y2, cls);
}
std::string words(double x, double y, const char* anchor, const char* cls, std::string_view text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>", x,
                     y, anchor, cls, escaped(text));
}
std::string box(double x, double y, double w, double h, const char* cls) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"/>", x, y,
      std::max(w, 0.0), h, cls);
}

std::string opening(const json& chart, double height) {
  return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">", kWidth,
                     height, escaped(chart["title"].get<std::string>()));
}

// What does not fit is cut; the whole text is in the lines of the report. Texts of a claim are ASCII.
std::string cut(std::string text, std::size_t most) {
  if (text.size() > most) text = text.substr(0, most - 3) + "...";
  return text;
}

std::string grid(const Axis& x, const Axis& y, const std::string& unit) {
  std::string out;
  const int rows = static_cast<int>(std::lround((y.high - y.low) / y.tick));
  for (int i = 0; i <= rows; ++i) {
    const double v = y.low + i * y.tick;
    out += line(x.from, y.at(v), x.to, y.at(v), "grid") +
           words(x.from - 6, y.at(v) + 4, "end", "tick", fmt::format("{:.4g}", v));
  }
  const int columns = static_cast<int>(std::lround((x.high - x.low) / x.tick));
  for (int i = 0; i <= columns; ++i) {
    const double v = x.low + i * x.tick;
    out += words(x.at(v), y.from + 16, i == columns ? "end" : "middle", "tick",
                 fmt::format("{:.6g}", v));
  }
  return out + words((x.from + x.to) / 2, y.from + 32, "middle", "tick", unit);
}

std::string curve(const json& points, const Axis& x, const Axis& y, std::size_t number) {
  std::string path;
  for (const json& p : points)
    path += fmt::format("{}{:.1f},{:.1f}", path.empty() ? "" : " ", x.at(p[0].get<double>()),
                        y.at(p[1].get<double>()));
  std::string out = fmt::format("<polyline points=\"{}\" class=\"curve c{}\"/>", path, number);
  if (points.size() == 1)  // a line of one point is not seen
    out += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" class=\"part p{}\"/>",
                       x.at(points[0][0].get<double>()), y.at(points[0][1].get<double>()), number);
  return out;
}

std::string line_chart(const json& chart) {
  double left = 0, right = 0, low = 0, high = 0;
  bool first = true;
  for (const json& s : chart["series"])
    for (const json& p : s["points"]) {
      const double px = p[0].get<double>(), py = p[1].get<double>();
      if (first) low = high = py;
      first = false;
      left = std::min(left, px), right = std::max(right, px), low = std::min(low, py),
      high = std::max(high, py);
    }
  if (first) return "";
  if (low > 0 && low < high / 2) low = 0;  // start at zero where little room is lost by it
  const Axis x = axis_over(left, right, 5, 52, kWidth - 8), y = axis_over(low, high, 5, 190, 12);
  std::string out = opening(chart, 256) + grid(x, y, chart["x"].get<std::string>());
  double at = x.from;
  for (std::size_t i = 0; i < chart["series"].size(); ++i) {
    const json& s = chart["series"][i];
    out += curve(s["points"], x, y, i) +
           fmt::format("<polyline points=\"{:.1f},244 {:.1f},244\" class=\"curve c{}\"/>", at,
                       at + 22, i) +
           words(at + 28, 248, "start", "label", s["name"].get<std::string>());
    at += 170;
  }
  return out + "</svg>";
}

std::string number_text(double v) {
  return v == std::floor(v) ? fmt::format("{:.0f}", v) : fmt::format("{:.1f}", v);
}

// Where a bar begins, and how much of the width is for the largest.
struct Rows {
  double most, left, room, top, step;
};

// Long names stand above their bar with their detail below it, short ones beside it.
Rows rows_of(const json& chart) {
  bool detailed = false;
  double most = 1;
  for (const json& bar : chart["bars"]) {
    double sum = 0;
    for (const json& v : bar["values"]) sum += v.get<double>();
    most = std::max(most, sum);
    detailed = detailed || bar["detail"] != "";
  }
  if (detailed) return {most, 0, kWidth - 64, 26, 60};
  return {most, 148, kWidth - 148 - 44, 26, 20};
}

std::string bar_row(const json& bar, const Rows& rows, double y) {
  const bool beside = rows.left > 0;
  std::string out =
      words(0, y + 12, "start", "label", cut(bar["name"].get<std::string>(), beside ? 22 : 58));
  if (!beside) {
    out += words(0, y + 45, "start", "tick", cut(bar["detail"].get<std::string>(), 40));
    y += 18;
  }
  double at = rows.left, sum = 0;
  for (std::size_t i = 0; i < bar["values"].size(); ++i) {
    const double v = bar["values"][i].get<double>(), w = v / rows.most * rows.room;
    out += box(at, y + 2, w, 12, fmt::format("part p{}", i).c_str());
    at += w, sum += v;
  }
  return out + words(at + 6, y + 13, "start", "tick", number_text(sum));
}

std::string bar_chart(const json& chart) {
  const Rows rows = rows_of(chart);
  const double end = rows.top + rows.step * static_cast<double>(chart["bars"].size());
  std::string out = opening(chart, end + 6);
  for (std::size_t i = 0; i < chart["parts"].size(); ++i) {
    const double at = 150 * static_cast<double>(i);
    out += box(at, 2, 12, 12, fmt::format("part p{}", i).c_str()) +
           words(at + 18, 12, "start", "label", chart["parts"][i].get<std::string>());
  }
  double y = rows.top;
  for (const json& bar : chart["bars"]) out += bar_row(bar, rows, y), y += rows.step;
  if (!chart["least"].is_null()) {
    const double at = rows.left + chart["least"].get<double>() / rows.most * rows.room;
    out += line(at, rows.top, at, end, "least");
  }
  return out + "</svg>";
}

}  // namespace

std::string chart_svg(const json& chart) {
  return chart["kind"] == "lines" ? line_chart(chart) : bar_chart(chart);
}

}  // namespace pedigree::report
