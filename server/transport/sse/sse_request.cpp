// A query has a form that pages make with URLSearchParams: "+" is a space there. Parameters that are not ours belong to others.
#include "server/transport/sse/sse_request.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "shared/base/names.hpp"
#include "shared/base/percent.hpp"
#include "shared/base/utf8.hpp"
#include "shared/json/json_text.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::transport {
namespace {

constexpr std::string_view kExample = "Write, for example, /events?rooms=news,sports.";

constexpr std::size_t kShownBytesMax = 100;

/// The part of a query that a message repeats.
std::string shown(std::string_view text) {
  text = text.substr(0, kShownBytesMax);
  while (!is_utf8(text)) text.remove_suffix(1);
  return json_string(text);
}

using Parameters = std::map<std::string, std::string, std::less<>>;

std::optional<std::string> decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

std::optional<std::string> read_parameters(std::string_view query, Parameters& parameters) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const auto name = decoded(pair.substr(0, equals));
    const auto value = decoded(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!name || !value || !is_utf8(*name) || !is_utf8(*value)) return "The query is not percent-encoded UTF-8.";
    if (!parameters.emplace(*name, *value).second) return "The query has the parameter " + shown(*name) + " twice.";
  }
  return std::nullopt;
}

std::string taken(Parameters& parameters, std::string_view name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : std::move(found->second);
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> items;
  while (true) {
    const std::size_t comma = list.find(',');
    items.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    list.remove_prefix(comma + 1);
  }
}

std::optional<std::string> read_rooms(Parameters& parameters, std::vector<std::string>& rooms) {
  if (!parameters.contains("rooms")) {
    if (parameters.contains("user")) return std::nullopt;
    return "The query has no rooms. " + std::string(kExample);
  }
  rooms = split(taken(parameters, "rooms"));
  if (rooms.size() > kSseRoomsMax)
    return "A stream has at most " + std::to_string(kSseRoomsMax) + " rooms, not " + std::to_string(rooms.size()) +
           ". Open a second one for the rest.";
  for (const std::string& room : rooms) {
    if (!is_name(room)) return "rooms: " + shown(room) + " is not a room id. " + std::string(kExample);
    if (std::count(rooms.begin(), rooms.end(), room) > 1) return "rooms: the room " + room + " is listed twice.";
  }
  return std::nullopt;
}

std::optional<std::string> read_last(const std::string& text, std::uint64_t& last) {
  if (text.empty()) return std::nullopt;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), last);
  if (fault == std::errc{} && end == text.data() + text.size() && last <= kSseLastMax) return std::nullopt;
  return "last: " + shown(text) + " is not a number of events from 0 to " + std::to_string(kSseLastMax) + ".";
}

// Control characters within a string are not JSON, so those that are accepted are between tokens.
std::string on_one_line(std::string json) {
  std::replace_if(
      json.begin(), json.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return json;
}

}  // namespace

std::variant<SseRequest, std::string> read_sse_request(std::string_view query, std::optional<std::string_view> last_event_id) {
  Parameters parameters;
  if (auto fault = read_parameters(query, parameters)) return *fault;
  SseRequest request;
  if (auto fault = read_rooms(parameters, request.rooms)) return *fault;
  if (auto fault = read_last(taken(parameters, "last"), request.last)) return *fault;
  if (parameters.contains("user") && taken(parameters, "user") != "me")
    return "user: events of other users are not served. Write user=me, and use that user's token.";
  request.wants_user = parameters.contains("user");
  if (parameters.contains("events")) request.match = split(taken(parameters, "events"));
  request.filter = on_one_line(taken(parameters, "filter"));
  request.user_id = taken(parameters, "userId");
  const std::string id(last_event_id ? *last_event_id : taken(parameters, "lastEventId"));
  if (!id.empty()) {
    request.resume = read_sse_id(id);
    // An id of fewer rooms is another stream's: which of these rooms its positions are of is unknown.
    if (request.resume && request.resume->positions.size() < request.rooms.size()) request.resume.reset();
    request.is_id_unknown = !request.resume;
  }
  return request;
}

std::string sse_join_options(const SseRequest& request) {
  JsonText options;
  if (!request.match.empty()) options.raw("match", json_array(request.match, json_string));
  if (!request.filter.empty()) options.raw("filter", request.filter);
  return options.take();
}

std::string sse_join_frame(const SseRequest& request, std::size_t index, std::string_view room, std::string_view options) {
  JoinFrom from = request.last > 0 ? JoinFrom::last : JoinFrom::tail;
  SsePosition position{0, request.last};
  if (request.is_id_unknown) {
    from = JoinFrom::since;
    position = {};
  } else if (request.resume && index < request.resume->positions.size()) {
    from = JoinFrom::since;
    position = request.resume->positions[index];
  }
  std::string text;
  FrameWriter(text, FrameType::join)
      .integer(index + 1)
      .integer(static_cast<std::uint64_t>(from))
      .integer(position.epoch)
      .integer(position.seq)
      .string(room)
      .raw(options)
      .finish();
  return text;
}

SseFrames sse_frames(const SseRequest& request, std::uint64_t fingerprint) {
  JsonText object;
  object.text("client", "push stream");
  if (!request.user_id.empty()) object.raw("identity", JsonText().text("userId", request.user_id).take());
  if (!request.wants_user)
    object.raw("direct", "[]");
  else if (!request.match.empty())
    object.raw("direct", json_array(request.match, json_string));
  const std::string options = sse_join_options(request);
  SseFrames frames;
  FrameWriter(frames.first, FrameType::hello)
      .integer(kProtocolVersion)
      .integer(0)
      .integer(fingerprint)
      .raw(object.take())
      .finish();
  for (std::size_t i = 0; i < request.rooms.size(); ++i) {
    std::string& message = i + 1 < kBatchFramesMax ? frames.first : frames.second;
    if (!message.empty()) message += '\n';
    message += sse_join_frame(request, i, request.rooms[i], options);
  }
  return frames;
}

}  // namespace dialogue::transport
