// A server that writes two of its metrics to standard output each second, as any other destination would get them:
//   metric_sink [HOST:PORT]
#include <dialogue/dialogue.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace {

class OutputSink : public dialogue::MetricSink {
 public:
  void take(std::span<const dialogue::MetricSample> samples) override {
    for (const dialogue::MetricSample& sample : samples) {
      if (sample.name != "dialogue_users_online" && sample.name != "dialogue_events_total") continue;
      std::cout << sample.name;
      for (const auto& label : sample.labels) std::cout << ' ' << label.name << '=' << label.value;
      std::cout << ' ' << sample.value << std::endl;
    }
  }
};

}  // namespace

int main(int count, char** arguments) {
  dialogue::Config config;
  config.definitions =
      dialogue::definitions_from_json(R"({"events": {"message": {"schema": {}}}, "rooms": {"chat": {"events": ["message"]}}})");
  config.listen = count > 1 ? arguments[1] : "127.0.0.1:8080";
  config.metric_sinks = {std::make_shared<OutputSink>()};
  config.statsd_interval_ms = 1'000;
  dialogue::Instance instance = dialogue::create_dialogue(std::move(config));
  instance.run_until_signal();
}
