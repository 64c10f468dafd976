#include "server/ops/flat_samples.hpp"

#include <array>
#include <charconv>
#include <deque>
#include <string>
#include <vector>

#include "server/ops/metric_samples.hpp"

namespace dialogue::ops {
namespace {

using metrics::Label, metrics::MetricRow, metrics::MetricSample, metrics::MetricType;

std::string bound_text(const MetricRow& row, std::size_t bucket) {
  if (bucket == row.bounds.size()) return "+Inf";
  std::array<char, 64> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value_of(row, row.bounds[bucket]), std::chars_format::fixed).ptr;
  return {text.data(), end};
}

}  // namespace

void with_samples(const metrics::Reading& reading, const std::function<void(std::span<const MetricSample>)>& take) {
  std::vector<MetricSample> samples;
  std::deque<std::string> texts;  // of labels that a series has for the time of its visit only
  const auto visit = [&](const Series& series) {
    const MetricRow& row = *series.row;
    std::vector<Label> labels;
    for (const Label& label : series.labels)
      if (!label.name.empty()) labels.push_back({label.name, texts.emplace_back(label.value)});
    const std::string name(row.name);
    if (row.type != MetricType::histogram) {
      samples.push_back({name, std::move(labels), value_of(row, series.cells.front()), row.type == MetricType::counter});
      return;
    }
    std::uint64_t count = 0;
    for (std::size_t bucket = 0; bucket <= row.bounds.size(); ++bucket) {
      count += series.cells[bucket];
      std::vector<Label> bounded = labels;
      bounded.push_back({"le", texts.emplace_back(bound_text(row, bucket))});
      samples.push_back({name + "_bucket", std::move(bounded), static_cast<double>(count), true});
    }
    samples.push_back({name + "_sum", labels, value_of(row, series.cells.back()), true});
    samples.push_back({name + "_count", std::move(labels), static_cast<double>(count), true});
  };
  for_each_series(
      reading, [](const MetricRow&) {}, visit);
  take(samples);
}

}  // namespace dialogue::ops
