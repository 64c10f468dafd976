// Unknown keys are passed over: later versions of the protocol may say more.
#include "server/core/connection/hello.hpp"

#include <algorithm>
#include <utility>

#include "server/core/util/envelope_object.hpp"
#include "shared/base/names.hpp"
#include "shared/base/traceparent.hpp"

namespace dialogue::core {
namespace {

Error invalid(std::string_view frame, const std::string& words) {
  return {ErrorCode::request_invalid, std::string(frame) + ": " + words, {}};
}

/// Reads where the client's outbox is. An unknown place counts as none.
bool read_outbox(JsonReader& reader, ProducerKind& kind) {
  std::string effects;
  if (!read_bounded(reader, kProducerIdBytesMax, effects)) return false;
  if (effects == "memory") kind = ProducerKind::page;
  if (effects == "kept") kind = ProducerKind::kept;
  return true;
}

bool read_producer(JsonReader& reader, Hello& hello) {
  std::string& id = hello.producer;
  const auto fault = read_envelope_object(reader, [&](const std::string& key, JsonReader& value) {
    if (key == "outbox") return read_outbox(value, hello.producer_kind);
    if (key != "id") return value.skip();
    return read_bounded(value, kProducerIdBytesMax, id) && !id.empty() && std::all_of(id.begin(), id.end(), is_name_byte);
  });
  return !fault && !id.empty();
}

bool read_identity(JsonReader& reader, std::string& json) {
  std::string_view raw;
  if (reader.peek() != '{' || !reader.read_raw(raw)) return false;
  json = raw;
  return true;
}

bool read_direct(JsonReader& reader, std::vector<std::string>& patterns) {
  return read_texts(reader, patterns) && patterns.size() <= kDirectPatternsMax &&
         std::all_of(patterns.begin(), patterns.end(), [](const auto& each) { return each.size() <= kNameBytesMax; });
}

/// Appends the events that a pattern matches; event_unknown when there are none.
std::optional<Error> read_pattern(const CatalogueView& catalogue, std::string_view pattern, std::vector<std::uint32_t>& events) {
  const std::size_t before = events.size();
  for (std::uint32_t i = 0; i < catalogue.event_count(); ++i)
    if (catalogue.is_event(i) && matches_event(pattern, catalogue.event(i).name)) events.push_back(i);
  if (events.size() > before) return std::nullopt;
  return Error{ErrorCode::event_unknown, std::string(pattern.substr(0, kNameBytesMax)), {}};
}

}  // namespace

bool matches_event(std::string_view pattern, std::string_view event) {
  if (!pattern.ends_with('*')) return pattern == event;
  return event.starts_with(pattern.substr(0, pattern.size() - 1));
}

std::string first_room(std::string_view message) {
  FrameSplitter frames(message);
  std::string_view text;
  Frame frame;
  const bool has_join = frames.next(text) && frames.next(text) && read_frame(text, frame) == ErrorCode::ok;
  return has_join && frame.type == FrameType::join ? frame.string : std::string();
}

std::variant<Hello, Error> read_hello(const Frame& frame) {
  const std::uint64_t version = frame.integers[0];
  if (version != kProtocolVersion) return Error{ErrorCode::version_unsupported, std::to_string(version), {}};
  Hello hello;
  hello.features = frame.integers[1];
  hello.fingerprint = frame.integers[2];
  const auto fault = read_envelope_object(frame.payload, [&hello](const std::string& key, JsonReader& reader) {
    if (key == "token") return read_bounded(reader, kTokenBytesMax, hello.credentials.token);
    if (key == "identity") return read_identity(reader, hello.credentials.identity);
    if (key == "client") return read_bounded(reader, kClientTextBytesMax, hello.client);
    if (key == "producer") return read_producer(reader, hello);
    if (key == "resume") return read_bounded(reader, kResumeBytesMax, hello.resume);
    if (key == "direct") return read_direct(reader, hello.direct.emplace());
    return reader.skip();
  });
  if (fault) return invalid("HELLO", *fault);
  return hello;
}

std::variant<std::string, Error> read_refresh(std::string_view json) {
  std::string token;
  const auto fault = read_envelope_object(json, [&token](const std::string& key, JsonReader& reader) {
    return key == "token" ? read_bounded(reader, kTokenBytesMax, token) : reader.skip();
  });
  if (fault) return invalid("REFRESH", *fault);
  if (token.empty()) return invalid("REFRESH", "token is missing");
  return token;
}

std::variant<PermissionQuery, Error> read_can(std::string_view json) {
  PermissionQuery query;
  std::string right;
  const auto fault = read_envelope_object(json, [&query, &right](const std::string& key, JsonReader& reader) {
    if (key == "right") return read_bounded(reader, kNameBytesMax, right);
    if (key == "room") return read_bounded(reader, kNameBytesMax, query.room_id);
    if (key == "event") return read_bounded(reader, kNameBytesMax, query.event);
    return reader.skip();
  });
  if (fault) return invalid("CAN", *fault);
  const std::optional<Right> known = right_named(right);
  if (!known) return invalid("CAN", "right is join, publish, history, presence or manage");
  if (*known == Right::publish && query.event.empty()) return invalid("CAN", "publish needs an event");
  query.right = *known;
  return query;
}

// A malformed trace is ignored, as the standard requires.
PublishExt read_publish_ext(std::string_view ext, Sending otherwise) {
  std::uint64_t first = 0, resent = 0, deletes = 0;
  PublishExt found;
  const auto fault = read_envelope_object(ext, [&](const std::string& key, JsonReader& reader) {
    if (key == "first") return reader.read_integer(first);
    if (key == "resent") return reader.read_integer(resent);
    if (key == "delete") return reader.read_integer(deletes);
    if (key == "id") found.id.emplace();
    if ((key != "id" && key != "trace") || reader.peek() != '"') return reader.skip();
    return reader.read_string(key == "id" ? *found.id : found.traceparent);
  });
  found.deletes = deletes == 1;
  if (fault || first > 1 || deletes > 1)
    found.mark.reset();
  else
    found.mark = SendingMark{first == 1 ? Sending::oldest : otherwise, resent};
  if (fault || !read_traceparent(found.traceparent)) found.traceparent.clear();
  if (fault && found.id) found.id->clear();
  return found;
}

std::variant<JoinOptions, Error> read_join_options(const CatalogueView& catalogue, std::string_view json) {
  JoinOptions options;
  bool has_token = false;
  std::optional<std::vector<std::string>> names, patterns;
  const auto fault = read_envelope_object(json, [&](const std::string& key, JsonReader& reader) {
    if (key == "events") return read_texts(reader, names.emplace());
    if (key == "match") return read_texts(reader, patterns.emplace()) && patterns->size() <= kMatchPatternsMax;
    if (key == "filter") {
      std::string_view raw;
      const bool is_read = reader.peek() == '{' && reader.read_raw(raw);
      options.filter = raw;
      return is_read;
    }
    if (key == "token") {
      has_token = true;
      return read_bounded(reader, kTokenBytesMax, options.token);
    }
    return reader.skip();
  });
  if (fault) return invalid("JOIN", *fault);
  // An empty token means that the client could not get one. Ignoring it would grant more rights.
  if (has_token && options.token.empty()) return Error{ErrorCode::identity_unavailable, {}, {}};
  if (names && patterns) return invalid("JOIN", "events and match exclude each other");
  if (!names && !patterns) return options;
  options.events.emplace();
  options.is_matched = patterns.has_value();
  if (patterns)
    for (const std::string& pattern : *patterns)
      if (auto unknown = read_pattern(catalogue, pattern, *options.events)) return std::move(*unknown);
  if (!names) return options;
  for (const std::string& name : *names) {
    const auto index = catalogue.find_event(name);
    if (!index) return Error{ErrorCode::event_unknown, name.substr(0, kNameBytesMax), {}};
    options.events->push_back(*index);
  }
  return options;
}

}  // namespace dialogue::core
