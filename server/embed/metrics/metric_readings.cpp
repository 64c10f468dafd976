// See metric_readings.hpp.
#include "server/embed/metrics/metric_readings.hpp"

#include <utility>

#include "server/metrics/metric_table.hpp"
#include "server/ops/metric_report.hpp"

namespace dialogue {
namespace {

void add_sizes(const store::Store& store, metrics::CellValues& process) {
  using metrics::Metric, metrics::StoreFile;
  const store::StoreSizes sizes = store.sizes();
  process[metrics::cell_of(Metric::store_size_bytes, metrics::place_of(StoreFile::database))] = sizes.database_bytes;
  process[metrics::cell_of(Metric::store_size_bytes, metrics::place_of(StoreFile::wal))] = sizes.wal_bytes;
}

}  // namespace

std::function<void(metrics::Reading&)> metric_completion(std::shared_ptr<store::Store> store) {
  return [report = std::make_shared<ops::MetricReport>(), store = std::move(store)](metrics::Reading& reading) {
    report->complete(reading);
    if (store) add_sizes(*store, reading.process);
  };
}

ops::MetricExporter::Read metric_readings(const host::Server& server, std::shared_ptr<store::Store> store) {
  return [&server, complete = metric_completion(std::move(store))](std::function<void(metrics::Reading)> done) {
    server.read_metrics([complete, done = std::move(done)](metrics::Reading reading) {
      complete(reading);
      done(std::move(reading));
    });
  };
}

}  // namespace dialogue
