// Prints the table of metrics as JSON, for the documents that are generated from it: [{"name":...,"labels":[...]}]. Compiled and
// run by `npm run generate` and by the freshness test.
#include <iostream>
#include <string_view>

#include "server/metrics/metric_cells.hpp"

namespace {

using namespace dialogue::metrics;

void print_text(std::string_view key, std::string_view value) {
  std::cout << '"' << key << "\":\"";
  for (const char character : value) {
    if (character == '"' || character == '\\') std::cout << '\\';
    std::cout << character;
  }
  std::cout << "\",";
}

void print_row(const MetricRow& row) {
  constexpr std::string_view kTypes[] = {"counter", "gauge", "histogram"}, kUnits[] = {"", "seconds", "bytes"},
                             kZeros[] = {"all", "seen", "set", "cluster"};
  std::cout << '{';
  print_text("name", row.name);
  print_text("type", kTypes[static_cast<int>(row.type)]);
  print_text("unit", kUnits[static_cast<int>(row.unit)]);
  print_text("zeros", kZeros[static_cast<int>(row.zeros)]);
  print_text("help", row.help);
  std::cout << "\"labels\":[";
  const char* before = "";
  const auto label = [&before](std::string_view name, const DomainRow* domain) {
    std::cout << before << "{\"name\":\"" << name << "\",\"values\":[";
    before = ",";
    for (std::size_t i = 0; domain != nullptr && domain->values != nullptr && i < domain->size; ++i)
      std::cout << (i > 0 ? "," : "") << '"' << domain->values[i] << '"';
    std::cout << "]}";
  };
  if (row.writers == Writers::shard) label("shard", nullptr);
  for (const Domain domain : row.labels)
    for (const std::string_view name : domain_row(domain).labels)
      if (!name.empty()) label(name, &domain_row(domain));
  std::cout << "],\"bounds\":[";
  for (std::size_t i = 0; i < row.bounds.size(); ++i)
    std::cout << (i > 0 ? "," : "") << static_cast<double>(row.bounds[i]) / (row.unit == Unit::seconds ? kSecond : 1);
  std::cout << "]}";
}

}  // namespace

int main() {
  std::cout << '[';
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    if (i > 0) std::cout << ",\n";
    print_row(kMetrics[i]);
  }
  std::cout << "]\n";
}
