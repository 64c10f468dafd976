// Fuzzes what a stranger writes into the URL of a push stream: the query, the id to continue after, and a filter with a payload
// to hold it against; one a line. What is accepted becomes frames that the server itself can read, and an id that is read is
// written the same way.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/core/messages/event_filter.hpp"
#include "server/transport/sse/sse_request.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/protocol/frames.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::transport;

void demand(bool holds) {
  if (!holds) std::abort();
}

/// One event whose payload is any JSON.
struct App {
  App() {
    EventDefinition event;
    event.name = "order";
    event.schema = definitions.schemas.add({});
    event.filterable = {"a", "b.c", "b.d.e"};
    definitions.events.push_back(event);
    bytes = make_catalogue(definitions).bytes;
    catalogue = *CatalogueView::parse(bytes);
  }
  Definitions definitions;
  std::vector<std::uint8_t> bytes;
  CatalogueView catalogue;
};

void read_frames(const std::string& message, std::size_t& count) {
  if (message.empty()) return;
  FrameSplitter frames(message);
  std::string_view text;
  for (Frame frame; frames.next(text); ++count) demand(read_frame(text, frame) == ErrorCode::ok);
}

void try_request(std::string_view query, std::string_view id) {
  auto read = read_sse_request(query, id);
  SseRequest* const request = std::get_if<SseRequest>(&read);
  if (request == nullptr) return demand(!std::get<std::string>(read).empty());
  request->filter.clear();  // it is judged before it becomes part of a frame
  demand(request->rooms.size() <= kSseRoomsMax);
  const SseFrames frames = sse_frames(*request, 1);
  if (frames.first.size() > kBatchBytesMax) return;  // a header has at most 8 KiB; the fuzzer may give more
  std::size_t count = 0;
  read_frames(frames.first, count);
  read_frames(frames.second, count);
  demand(count == request->rooms.size() + 1);
}

void try_id(std::string_view id) {
  const auto resume = read_sse_id(id);
  if (!resume) return;
  std::string again = sse_id(resume->positions);
  if (resume->ended) again += sse_end_mark(*resume->ended);
  demand(again == id);
}

void try_filter(std::string_view text, std::string_view payload) {
  static const App app;
  static const FilterFields fields(app.catalogue, app.definitions.events);
  const auto filter = EventFilter::read(text, fields);
  if (const auto* fault = std::get_if<Error>(&filter)) return demand(!fault->argument.empty());
  FilterFields::Values values;
  fields.read(0, payload, values);
  demand(values.size() <= kFilterableMax);
  static_cast<void>(std::get<EventFilter>(filter).matches(values));
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view query = take_line(rest), id = take_line(rest), filter = take_line(rest);
  try_request(query, id);
  try_id(id);
  try_filter(filter, rest);
  return 0;
}
