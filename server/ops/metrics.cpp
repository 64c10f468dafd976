// The two formats differ in a counter's name, in units, in how whole numbers are written, and in the end.
// https://prometheus.io/docs/instrumenting/exposition_formats and https://prometheus.io/docs/specs/om/open_metrics_spec
#include "server/ops/metrics.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "server/ops/metric_samples.hpp"
#include "shared/base/hex.hpp"

namespace dialogue::ops {
namespace {

using metrics::Metric, metrics::MetricRow, metrics::MetricType, metrics::Unit;

constexpr std::string_view kTotal = "_total";
constexpr std::size_t kBytesPerSeries = 100;

std::string_view type_name(MetricType type) {
  constexpr std::array<std::string_view, 3> kNames = {"counter", "gauge", "histogram"};
  return kNames.at(static_cast<std::size_t>(type));
}

void append_number(std::string& out, double value) {
  constexpr double kExact = 9007199254740992;  // 2^53: below it whole numbers are written as such
  std::array<char, 64> text;
  const bool is_whole = value == std::floor(value) && value < kExact;
  const auto end = is_whole ? std::to_chars(text.data(), text.data() + text.size(), static_cast<std::uint64_t>(value)).ptr
                            : std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  out.append(text.data(), end);
}

void append_escaped(std::string& out, std::string_view text, bool escapes_quotes) {
  for (const char character : text) {
    if (character == '\n') {
      out += "\\n";
      continue;
    }
    if (character == '\\' || (escapes_quotes && character == '"')) out += '\\';
    out += character;
  }
}

using ExemplarsByCell = std::map<std::size_t, metrics::Exemplar>;

/// The newest one of each cell, of all shards.
ExemplarsByCell exemplars_of(const metrics::Reading& reading) {
  ExemplarsByCell newest;
  for (const auto& shard : reading.shards)
    for (const auto& [cell, exemplar] : shard->examples.of_cells()) {
      const auto [place, is_first] = newest.emplace(cell, exemplar);
      if (!is_first && place->second.unix_ms < exemplar.unix_ms) place->second = exemplar;
    }
  return newest;
}

class Writer {
 public:
  /// Only OpenMetrics has `exemplars`.
  Writer(MetricsFormat format, ExemplarsByCell exemplars)
      : is_openmetrics_(format == MetricsFormat::openmetrics), exemplars_(std::move(exemplars)) {}

  void begin(const MetricRow& row) {
    family_ = row.name;
    if (is_openmetrics_ && row.type == MetricType::counter) family_.remove_suffix(kTotal.size());
    header("# HELP ").append(" ");
    append_escaped(text_, row.help, is_openmetrics_);
    text_ += '\n';
    header("# TYPE ").append(" ").append(type_name(row.type)) += '\n';
    if (is_openmetrics_ && row.unit != Unit::none)
      header("# UNIT ").append(row.unit == Unit::seconds ? " seconds\n" : " bytes\n");
  }

  void add(const Series& series) {
    const MetricRow& row = *series.row;
    if (row.type != MetricType::histogram)
      return sample(row.name, {}, series.labels, {}, value_of(row, series.cells.front()), exemplar_at(series, 0));
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket <= row.bounds.size(); ++bucket) {
      count += series.cells[bucket];
      bound_.clear();
      append_bound(row, bucket);
      sample(row.name, "_bucket", series.labels, bound_, static_cast<double>(count), exemplar_at(series, bucket));
    }
    sample(row.name, "_sum", series.labels, {}, value_of(row, series.cells.back()));
    sample(row.name, "_count", series.labels, {}, static_cast<double>(count));
  }

  [[nodiscard]] std::string take() {
    if (is_openmetrics_) text_ += "# EOF\n";
    return std::move(text_);
  }
  void reserve(std::size_t series) { text_.reserve(series * kBytesPerSeries); }

 private:
  std::string& header(std::string_view kind) { return text_.append(kind).append(family_); }

  void append_bound(const MetricRow& row, std::size_t bucket) {
    if (bucket == row.bounds.size()) {
      bound_ = "+Inf";
      return;
    }
    append_number(bound_, value_of(row, row.bounds[bucket]));
    if (is_openmetrics_ && bound_.find('.') == std::string::npos && bound_.find('e') == std::string::npos) bound_ += ".0";
  }

  void label(std::string_view name, std::string_view value, char& before) {
    text_ += before;
    before = ',';
    text_.append(name).append("=\"");
    append_escaped(text_, value, true);
    text_ += '"';
  }

  /// " # {trace_id="..."} value time", or nothing.
  [[nodiscard]] std::string exemplar_at(const Series& series, std::size_t place) const {
    const auto found = exemplars_.find(series.first_cell + place);
    if (found == exemplars_.end()) return {};
    const metrics::Exemplar& exemplar = found->second;
    std::string text = " # {trace_id=\"";
    append_hex(text, exemplar.trace_high, 16);
    append_hex(text, exemplar.trace_low, 16);
    text += "\"} ";
    append_number(text, value_of(*series.row, exemplar.value));
    append_number(text += ' ', static_cast<double>(exemplar.unix_ms) / 1000);
    return text;
  }

  void sample(std::string_view name, std::string_view suffix, const SeriesLabels& labels, std::string_view bound, double value,
              std::string_view exemplar = {}) {
    text_.append(name).append(suffix);
    char before = '{';
    for (const metrics::Label& each : labels)
      if (!each.name.empty()) label(each.name, each.value, before);
    if (!bound.empty()) label("le", bound, before);
    text_ += before == '{' ? " " : "} ";
    append_number(text_, value);
    text_.append(exemplar) += '\n';
  }

  const bool is_openmetrics_;
  const ExemplarsByCell exemplars_;
  std::string_view family_;
  std::string text_, bound_;
};

/// Returns the weight of a media type in Accept: 1 without a weight, 0 if Accept does not name the type.
double weight_of(std::string_view accept, std::string_view type) {
  double best = 0;
  while (!accept.empty()) {
    const auto comma = accept.find(',');
    const std::string_view each = accept.substr(0, comma);
    accept.remove_prefix(comma == std::string_view::npos ? accept.size() : comma + 1);
    const auto begin = each.find_first_not_of(" \t");
    if (begin == std::string_view::npos || !each.substr(begin).starts_with(type)) continue;
    double weight = 1;
    if (const auto q = each.find("q="); q != std::string_view::npos)
      std::from_chars(each.data() + q + 2, each.data() + each.size(), weight);
    best = std::max(best, weight);
  }
  return best;
}

}  // namespace

MetricsFormat metrics_format(std::string_view accept) {
  const double openmetrics = weight_of(accept, "application/openmetrics-text");
  return openmetrics > 0 && openmetrics >= weight_of(accept, "text/plain") ? MetricsFormat::openmetrics
                                                                           : MetricsFormat::prometheus;
}

std::string_view content_type(MetricsFormat format) {
  return format == MetricsFormat::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                              : "text/plain; version=0.0.4; charset=utf-8";
}

std::string metrics_text(metrics::Reading& reading, MetricsFormat format) {
  const std::size_t series = count_series(reading);
  reading.process[metrics::cell_of(Metric::metric_series, 0)] = series;
  Writer writer(format, format == MetricsFormat::openmetrics ? exemplars_of(reading) : ExemplarsByCell());
  writer.reserve(series);
  for_each_series(
      reading, [&writer](const MetricRow& row) { writer.begin(row); }, [&writer](const Series& each) { writer.add(each); });
  return writer.take();
}

}  // namespace dialogue::ops
