// What the parts of notifications share on their thread.
#pragma once
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/core/util/log_limiter.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/push/device_table.hpp"
#include "server/push/job_slots.hpp"
#include "server/push/push_settings.hpp"
#include "server/push/web/endpoint.hpp"
#include "server/push/web/vapid.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::push {

struct PushContext {
  PushContext(PushSettings with, std::vector<VapidKey> keys, std::string owner, bool shares_store,
              std::function<void(const core::LogLine&)> to, std::shared_ptr<metrics::SharedCells> cells,
              std::function<std::uint64_t()> clock_ms)
      : settings(std::move(with)),
        rules(settings.host),
        signer(std::move(keys), settings.subject),
        devices({settings.devices_per_user_max, settings.devices_max}),
        slots(std::move(owner), settings.waiting_max, shares_store),
        is_shared(shares_store),
        log(std::move(to)),
        metrics(std::move(cells)),
        now_ms(std::move(clock_ms)) {}

  [[nodiscard]] std::uint64_t now_s() const { return now_ms() / 1'000; }
  void count(metrics::PushOutcome outcome, std::uint64_t more = 1) const {
    if (metrics) metrics->count(metrics::Metric::push_notifications_total, outcome, more);
  }
  void set(metrics::Metric metric, std::uint64_t value) const {
    if (metrics) metrics->set(metric, std::size_t{0}, value);
  }
  /// At most 100 lines a second of one event, which is a literal.
  void write(core::LogLevel level, std::string_view event, JsonText fields) {
    const auto swallowed = limiter.admit(event, now_ms());
    if (!swallowed || !log) return;
    if (*swallowed > 0) fields.number("swallowed", *swallowed);
    log({level, std::string(event), fields.take()});
  }

  boost::asio::io_context io{1};
  const PushSettings settings;
  const EndpointRules rules;
  VapidSigner signer;
  DeviceTable devices;
  JobSlots slots;
  const bool is_shared;
  const std::function<void(const core::LogLine&)> log;
  const std::shared_ptr<metrics::SharedCells> metrics;  ///< may be null
  const std::function<std::uint64_t()> now_ms;          ///< Unix time
  /// As in PushSetup, but `done` comes on this thread.
  std::function<void(const std::string& user_id, std::function<void(bool is_online)> done)> find_online{};
  core::LogLimiter limiter;
};

}  // namespace dialogue::push
