// Where traces go.
#include <dialogue/setup_error.hpp>

#include "server/embed/instance/instance_state.hpp"
#include "server/trace/publications/publication_tracer.hpp"

namespace dialogue {

void refuse_bad_traces(const Config& config) {
  if (std::string fault = trace::fault_of_headers(config.otlp_headers); !fault.empty())
    throw SetupError("otlp_headers", std::move(fault), "Write HTTP field names and values, without line breaks.");
  if (!config.otlp_headers.empty() && config.otlp_endpoint.empty())
    throw SetupError("otlp_headers", "no receiver is configured for them", "Set `otlp_endpoint`.");
}

void InstanceState::open_traces(host::ServerConfig& server_config) {
  if (config.otlp_endpoint.empty()) return;
  if (!tracer) {
    trace::OtlpSettings settings;
    settings.url = *trace::traces_url(config.otlp_endpoint);
    settings.headers = config.otlp_headers;
    settings.resource = {DIALOGUE_VERSION, trace::span_id_text(trace::system_trace_source().random())};
    span_exporter = std::make_shared<trace::OtlpExporter>(std::move(settings), config.logger, config.shared_metrics);
    tracer = std::make_shared<trace::Tracer>(span_exporter, config.trace_sample);
  }
  server_config.tracer = tracer;
  server_config.shard.publication_watch = std::make_shared<trace::PublicationTracer>(tracer);
}

void InstanceState::end_traces() {
  if (span_exporter) span_exporter->stop();
}

}  // namespace dialogue
