// See otlp_json.hpp.
#include "server/trace/otlp/otlp_json.hpp"

#include "shared/json/json_text.hpp"

namespace dialogue::trace {
namespace {

std::string value_text(const AttributeValue& value) {
  JsonText text;
  if (const auto* words = std::get_if<std::string>(&value)) return text.text("stringValue", *words).take();
  if (const auto* number = std::get_if<std::int64_t>(&value)) return text.text("intValue", std::to_string(*number)).take();
  return text.flag("boolValue", std::get<bool>(value)).take();
}

std::string attribute_text(const Attribute& attribute) {
  return JsonText().text("key", attribute.name).raw("value", value_text(attribute.value)).take();
}

std::string link_text(const SpanLink& link) {
  return JsonText().text("traceId", trace_id_text(link.trace)).text("spanId", span_id_text(link.span)).take();
}

std::string status_text(const Span& span) {
  JsonText text;
  text.number("code", static_cast<std::uint64_t>(span.status));
  if (!span.message.empty()) text.text("message", span.message);
  return text.take();
}

std::string span_text(const Span& span) {
  JsonText text;
  text.text("traceId", trace_id_text(span.trace)).text("spanId", span_id_text(span.id));
  if (span.parent != 0) text.text("parentSpanId", span_id_text(span.parent));
  if (!span.state.empty()) text.text("traceState", span.state);
  text.text("name", span.name).number("kind", static_cast<std::uint64_t>(span.kind));
  text.text("startTimeUnixNano", std::to_string(span.begin_ns)).text("endTimeUnixNano", std::to_string(span.end_ns));
  if (!span.attributes.empty()) text.raw("attributes", json_array(span.attributes, attribute_text));
  if (!span.links.empty()) text.raw("links", json_array(span.links, link_text));
  if (span.status != SpanStatus::unset) text.raw("status", status_text(span));
  return text.take();
}

}  // namespace

std::string otlp_json(const TraceResource& resource, std::span<const Span> spans) {
  const std::vector<Attribute> who = {{"service.name", std::string("dialogue")},
                                      {"service.version", resource.version},
                                      {"service.instance.id", resource.instance}};
  const std::string scope = JsonText().text("name", "dialogue").text("version", resource.version).take();
  const std::string scoped = JsonText().raw("scope", scope).raw("spans", json_array(spans, span_text)).take();
  const std::string about = JsonText().raw("attributes", json_array(who, attribute_text)).take();
  const std::string reported = JsonText().raw("resource", about).raw("scopeSpans", '[' + scoped + ']').take();
  return JsonText().raw("resourceSpans", '[' + reported + ']').take();
}

}  // namespace dialogue::trace
