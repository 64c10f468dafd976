// See recording_head.hpp. A limit is written by its name, and only where it is not the default.
#include "server/replay/format/recording_head.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/replay/format/recording_line.hpp"
#include "server/replay/format/recording_values.hpp"
#include "shared/base/base64.hpp"

namespace dialogue::replay {
namespace {

constexpr std::uint32_t kShardsMax = 65'536;

struct Limit {
  std::string_view name;
  std::uint64_t core::ShardLimits::*field;
};

constexpr std::array kLimits = {
    Limit{"message_bytes_max", &core::ShardLimits::message_bytes_max},
    Limit{"rooms_per_connection_max", &core::ShardLimits::rooms_per_connection_max},
    Limit{"backlog_bytes_max", &core::ShardLimits::backlog_bytes_max},
    Limit{"connections_max", &core::ShardLimits::connections_max},
    Limit{"connections_per_user_max", &core::ShardLimits::connections_per_user},
    Limit{"hello_timeout_ms", &core::ShardLimits::hello_timeout_ms},
    Limit{"ping_interval_ms", &core::ShardLimits::ping_interval_ms},
    Limit{"stream_heartbeat_ms", &core::ShardLimits::stream_heartbeat_ms},
    Limit{"ping_reply_timeout_ms", &core::ShardLimits::ping_timeout_ms},
    Limit{"write_stall_timeout_ms", &core::ShardLimits::write_stall_timeout_ms},
    Limit{"seat_kept_ms", &core::ShardLimits::slot_ttl_ms},
    Limit{"room_idle_ms", &core::ShardLimits::room_idle_ms},
    Limit{"behind_bytes_max", &core::ShardLimits::lag_bytes_max},
    Limit{"producer_age_ms", &core::ShardLimits::producer_age_ms},
    Limit{"memory_log_kept_ms", &core::ShardLimits::memory_log_kept_ms},
};
static_assert(sizeof(core::ShardLimits) == kLimits.size() * sizeof(std::uint64_t), "every limit has a row");

std::string base64_of(std::string_view bytes) {
  return encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void write_limits(LineWriter& line, const core::ShardLimits& limits) {
  const core::ShardLimits defaults;
  line.begin();
  for (const auto& [name, field] : kLimits)
    if (limits.*field != defaults.*field) line.begin().text(name).number(limits.*field).end();
  line.end();
}

void read_limits(LineReader& line, core::ShardLimits& limits) {
  line.begin();
  while (line.more()) {
    line.begin();
    const std::string name = line.text();
    const std::uint64_t value = line.number();
    bool is_known = false;
    for (const auto& [known, field] : kLimits) {
      if (known != name) continue;
      limits.*field = value;
      is_known = true;
    }
    line.demand(is_known);
    line.end();
  }
}

/// A document's root stands among the filterable paths, of which none begins with a line feed: LF, the kind, the name.
std::string root_text(const DocumentRoot& root) {
  return '\n' + std::string(1, static_cast<char>('0' + static_cast<int>(root.kind))) + root.name;
}
bool is_root(std::string_view text) { return text.size() > 2 && text[0] == '\n' && text[1] >= '0' && text[1] <= '3'; }

void write_events(LineWriter& line, const std::vector<EventDefinition>& events) {
  line.begin();
  for (const EventDefinition& event : events) {
    line.begin().text(event.name).number(static_cast<std::uint64_t>(event.delivery)).text(event.latest_key);
    line.optional(event.window_events).optional(event.window_age_ms);
    for (const std::string& path : event.filterable) line.text(path);
    for (const DocumentRoot& root : event.document) line.text(root_text(root));
    line.end();
  }
  line.end();
}

void read_events(LineReader& line, std::vector<EventDefinition>& events) {
  line.begin();
  while (line.more()) {
    EventDefinition& event = events.emplace_back();
    line.begin();
    event.name = line.text();
    event.delivery = line.one_of(Delivery::volatile_);
    event.latest_key = line.text();
    event.window_events = line.optional_number();
    event.window_age_ms = line.optional_number();
    while (line.more()) {
      std::string text = line.text();
      if (is_root(text))
        event.document.push_back({text.substr(2), static_cast<DocumentKind>(text[1] - '0')});
      else
        event.filterable.push_back(std::move(text));
    }
  }
}

void write_definitions(LineWriter& line, const Definitions& definitions) {
  write_events(line, definitions.events);
  line.begin();
  for (const RoomDefinition& room : definitions.rooms) write_room(line, room);
  line.end();
  write_rate_limit(line, definitions.rate_limit_global);
  line.begin();
  for (const auto& [room, limit] : definitions.rate_limit_per_room) {
    line.begin().text(room);
    write_rate_limit(line, limit);
    line.end();
  }
  line.end();
  const ClientLimits& limits = definitions.client_limits;
  line.optional(limits.bytes_per_second).optional(limits.joins_per_second).optional(limits.rooms);
  write_rate_limit(line, limits.reads);
}

void read_definitions(LineReader& line, Definitions& definitions) {
  read_events(line, definitions.events);
  line.begin();
  while (line.more()) definitions.rooms.push_back(read_room(line));
  definitions.rate_limit_global = read_rate_limit(line);
  line.begin();
  while (line.more()) {
    line.begin();
    std::string room = line.text();
    if (const auto limit = read_rate_limit(line)) definitions.rate_limit_per_room[std::move(room)] = *limit;
    line.end();
  }
}

/// Where there are calls, they stand as a line of their own among the rooms, by a name that a room cannot have.
constexpr std::string_view kCallsName = "~calls";

std::string calls_text(const std::vector<CallDefinition>& calls) {
  LineWriter line(kCallsName);
  for (const CallDefinition& call : calls) write_call(line, call);
  return line.take();
}

bool read_calls(std::string_view text, std::vector<CallDefinition>& calls) {
  LineReader line(text);
  while (line.more()) calls.push_back(read_call(line));
  return line.is_well();
}

/// Reads the members that older recordings lack, up to the end of the line.
void read_rest(LineReader& line, core::ShardConfig& config) {
  if (!line.more()) return;
  ClientLimits& limits = config.definitions.client_limits;
  for (std::optional<std::uint64_t>* limit : {&limits.bytes_per_second, &limits.joins_per_second, &limits.rooms})
    *limit = line.optional_number();
  if (!line.more()) return;
  limits.reads = read_rate_limit(line);
  while (line.more()) {
    std::string id = line.text(), definition = line.text();
    if (id == kCallsName) {
      line.demand(read_calls(definition, config.definitions.calls));
      continue;
    }
    core::KeptRoom& room = config.made_rooms.emplace_back();
    room.key.room = std::move(id);
    room.definition = std::move(definition);
  }
}

/// Writes which hooks are asynchronous, and the middleware, up to the end of the list. Writes nothing if there are none.
void write_screening(LineWriter& line, const core::Hooks& hooks) {
  if (!hooks.ask_connect && !hooks.ask_join && hooks.middleware.empty()) return;
  line.number(hooks.ask_connect ? 1 : 0).number(hooks.ask_join ? 1 : 0);
  for (const core::Middleware& step : hooks.middleware) line.begin().text(step.room).number(step.ask ? 1 : 0).end();
}

/// Reads which hooks are asynchronous, and the middleware, up to the end of the list.
void read_screening(LineReader& line, RecordingHead& head) {
  if (!line.more()) return;
  head.hooks.ask_connect = line.flag();
  head.hooks.ask_join = line.flag();
  while (line.more()) {
    line.begin();
    std::string room = line.text();
    head.hooks.middleware.emplace_back(std::move(room), line.flag());
    line.end();
  }
}

/// Base64 that anything may have been done to.
template <typename Bytes>
void read_bytes(LineReader& line, Bytes& bytes) {
  const auto read = decode_base64(line.text());
  line.demand(read.has_value());
  if (read) bytes.assign(read->begin(), read->end());
}

}  // namespace

std::string recording_head(const core::ShardConfig& config, std::uint32_t shards, std::uint64_t seed, bool keeps_payloads) {
  const core::Hooks& hooks = config.hooks;
  LineWriter line(kRecordingName);
  line.number(kRecordingVersion).number(shards).number(seed).number(keeps_payloads ? 1 : 0);
  line.text(base64_of(config.session_secret)).number(config.has_durable_store ? 1 : 0).begin();
  for (const bool is_there :
       {static_cast<bool>(hooks.on_connect), static_cast<bool>(hooks.on_join), static_cast<bool>(hooks.on_joined),
        static_cast<bool>(hooks.on_leave), static_cast<bool>(hooks.on_disconnect), static_cast<bool>(hooks.on_event)})
    line.number(is_there ? 1 : 0);
  write_screening(line, hooks);
  line.end();
  write_limits(line, config.limits);
  line.text(encode_base64(config.catalogue.bytes()));
  write_definitions(line, config.definitions);
  if (!config.definitions.calls.empty()) line.text(kCallsName).text(calls_text(config.definitions.calls));
  for (const core::KeptRoom& room : config.made_rooms) line.text(room.key.room).text(room.definition);
  return line.take();
}

std::string read_recording_head(std::string_view text, RecordingHead& head) {
  LineReader line(text);
  if (!line.is_well() || line.name() != kRecordingName) return "this is not a recording of a server";
  const std::uint64_t version = line.number();
  if (line.is_well() && version != kRecordingVersion)
    return "it is of version " + std::to_string(version) + ", and this program reads version " +
           std::to_string(kRecordingVersion);
  head.config = std::make_unique<core::ShardConfig>();
  core::ShardConfig& config = *head.config;
  head.shards = static_cast<std::uint32_t>(std::min<std::uint64_t>(line.number(), kShardsMax + 1));
  line.demand(head.shards > 0 && head.shards <= kShardsMax);
  head.seed = line.number();
  head.keeps_payloads = line.flag();
  read_bytes(line, config.session_secret);
  config.has_durable_store = line.flag();
  line.begin();
  for (bool* is_there : {&head.hooks.on_connect, &head.hooks.on_join, &head.hooks.on_joined, &head.hooks.on_leave,
                         &head.hooks.on_disconnect, &head.hooks.on_event})
    *is_there = line.flag();
  read_screening(line, head);
  read_limits(line, config.limits);
  read_bytes(line, config.catalogue_bytes);
  read_definitions(line, config.definitions);
  read_rest(line, config);
  const auto catalogue = line.is_well() ? CatalogueView::parse(config.catalogue_bytes) : std::nullopt;
  if (!catalogue) return "the first line is cut or damaged";
  config.catalogue = *catalogue;
  return {};
}

}  // namespace dialogue::replay
