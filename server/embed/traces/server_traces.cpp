// See server_traces.hpp.
#include "server/embed/traces/server_traces.hpp"

#include <dialogue/setup_error.hpp>

#include "server/trace/publications/publication_tracer.hpp"

namespace dialogue {

void refuse_bad_traces(const Config& config) {
  if (std::string fault = trace::fault_of_headers(config.otlp_headers); !fault.empty())
    throw SetupError("otlp_headers", std::move(fault), "Write HTTP field names and values, without line breaks.");
  if (!config.otlp_headers.empty() && config.otlp_endpoint.empty())
    throw SetupError("otlp_headers", "no receiver is configured for them", "Set `otlp_endpoint`.");
}

void ServerTraces::configure(host::ServerConfig& server_config) {
  if (settings_.endpoint.empty()) return;
  if (!tracer_) {
    trace::OtlpSettings settings;
    settings.url = *trace::traces_url(settings_.endpoint);
    settings.headers = settings_.headers;
    settings.resource = {DIALOGUE_VERSION, trace::span_id_text(trace::system_trace_source().random())};
    exporter_ = std::make_shared<trace::OtlpExporter>(std::move(settings), settings_.log, settings_.metrics);
    tracer_ = std::make_shared<trace::Tracer>(exporter_, settings_.sample);
  }
  server_config.tracer = tracer_;
  server_config.shard.publication_watch = std::make_shared<trace::PublicationTracer>(tracer_);
}

void ServerTraces::adjust(double sample, const trace::OtlpHeaders& headers) const {
  if (tracer_) tracer_->set_ratio(sample);
  if (exporter_) exporter_->send_with(headers);
}

}  // namespace dialogue
