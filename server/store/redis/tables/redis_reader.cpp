// See redis_reader.hpp.
#include "server/store/redis/tables/redis_reader.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "server/store/encoding/producer_rows.hpp"
#include "server/store/erasure/user_walk.hpp"
#include "server/store/log_rules.hpp"
#include "server/store/redis/scripts/redis_scripts.hpp"
#include "server/store/redis/tables/redis_producers.hpp"

namespace dialogue::store {
namespace {

/// Returns a number as text, limited to those that Lua represents exactly.
std::string lua_number(std::uint64_t number) { return std::to_string(std::min<std::uint64_t>(number, kSafeIntegerMax)); }

/// Reads a record from a stream's entry: its id, and its fields, each followed by its value.
core::LogRecord record_from(const RedisView& entry) {
  enum Field : std::size_t { kTime = 1, kFrom = 3, kGroup = 5, kEvent = 7, kDeletes = 9, kPayload = 11 };
  const RedisView fields = entry[1];
  const std::string id = entry[0].text();
  core::LogRecord record;
  const auto [end, fault] = std::from_chars(id.data(), id.data() + id.size(), record.seq);
  if (fault != std::errc()) throw RedisError("WRONGTYPE", "a record has no sequence");
  record.timestamp_ms = fields[kTime].number();
  record.from = fields[kFrom].text();
  record.group = fields[kGroup].text();
  record.event = fields[kEvent].text();
  record.deletes = fields[kDeletes].bytes() == "1";
  record.payload = fields[kPayload].text();
  return record;
}

std::vector<std::uint64_t> numbers_of(const RedisView& texts) {
  std::vector<std::uint64_t> numbers;
  for (std::size_t i = 0; i < texts.size(); ++i) numbers.push_back(texts[i].number());
  return numbers;
}

std::vector<std::string> texts_of(const RedisView& found) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < found.size(); ++i) texts.push_back(found[i].text());
  return texts;
}

/// "VERSION EXPIRES REMOVED VALUE".
KeptEntry entry_from(KeptKind kind, std::string key, std::string_view text) {
  KeptEntry entry;
  entry.kind = kind;
  entry.key = std::move(key);
  std::uint64_t removed = 0;
  for (std::uint64_t* number : {&entry.version, &entry.expires_s, &removed}) {
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), *number);
    const auto size = static_cast<std::size_t>(end - text.data());
    entry.is_damaged = entry.is_damaged || fault != std::errc() || size >= text.size() || text[size] != ' ';
    if (entry.is_damaged) return entry;
    text.remove_prefix(size + 1);
  }
  entry.is_removed = removed != 0;
  entry.value = text;
  return entry;
}

}  // namespace

RedisAnswer RedisReader::ask(const RedisScript& script, const std::string& part, std::vector<std::string> arguments) {
  return connection_.run(RedisCall{&script, {part}, std::move(arguments)});
}

core::RoomOpened RedisReader::open(const core::RoomKey& key) {
  enum Part : std::size_t { kEpoch, kBase, kHead, kTime, kProducers, kNewsThere };
  const RedisAnswer found = ask(redis_scripts().open, keys_.part(key), {RedisKeys::name_of(key)});
  core::RoomOpened opened;
  opened.state = {found[kEpoch].number(), found[kBase].number(), found[kHead].number(), found[kTime].number(), {}};
  ProducerRows producers;
  const RedisView rows = found[kProducers], news = found[kNewsThere];
  for (std::size_t i = 0; i + 1 < rows.size(); i += 2) add_producer_row(producers, rows[i].text(), rows[i + 1].bytes());
  for (std::size_t i = 0; i < news.size(); ++i) producers.add_news(i, news[i].bytes());
  std::optional<std::vector<core::ProducerState>> known = std::move(producers).take();
  if (!known) return {core::StoreStatus::damaged, {}};
  opened.state.producers = std::move(*known);
  return opened;
}

core::LogPage RedisReader::read(const core::ReadRange& range) {
  enum Part : std::size_t { kEpoch, kBase, kHead, kEntries };
  const RedisAnswer found =
      ask(redis_scripts().read, keys_.part(range.key),
          {RedisKeys::name_of(range.key), std::to_string(range.epoch), lua_number(range.from_seq), range.backwards ? "1" : "0",
           lua_number(std::max<std::size_t>(range.records_max, 1) + 1), lua_number(range.bytes_max)});
  core::LogPage page{core::StoreStatus::ok, found[kBase].number(), found[kHead].number(), 1, 0, {}};
  if (found[kEpoch].number() != range.epoch) {
    page.status = core::StoreStatus::stale;
    return page;
  }
  page.first = range.backwards ? page.base : std::max(range.from_seq, page.base);
  page.last = range.backwards ? std::min(range.from_seq, page.head) : page.head;
  std::size_t bytes = 0;
  const RedisView entries = found[kEntries];
  for (std::size_t i = 0; i < entries.size(); ++i) {
    core::LogRecord record = record_from(entries[i]);
    if (is_page_full(range, page.records.size(), bytes, record.payload.size())) {
      (range.backwards ? page.first : page.last) = range.backwards ? record.seq + 1 : record.seq - 1;
      break;
    }
    bytes += record.payload.size();
    page.records.push_back(std::move(record));
  }
  if (range.backwards) std::reverse(page.records.begin(), page.records.end());
  return page;
}

KeptList RedisReader::list_kept(const KeptQuery& query) {
  const RedisAnswer found =
      ask(redis_scripts().list_kept, keys_.kept(),
          {std::to_string(static_cast<unsigned>(query.kind)), std::to_string(query.epoch), lua_number(query.after)});
  KeptList list{core::StoreStatus::ok, found[0].number(), found[1].number(), found[2].bytes() == "1"};
  for (std::size_t i = 3; i + 1 < found.size(); i += 2) {
    KeptEntry entry = entry_from(query.kind, found[i].text(), found[i + 1].bytes());
    if (!list.is_whole || !entry.is_removed) list.entries.push_back(std::move(entry));
  }
  return list;
}

std::uint64_t RedisReader::add_rooms(const RedisView& found, std::uint64_t rooms_max, std::vector<Room>& rooms) {
  enum Part : std::size_t { kName, kEpoch, kBase, kHead, kKeep, kIsDamaged };
  for (std::size_t i = 0; i < found.size() && rooms.size() < rooms_max; ++i) {
    const RedisView each = found[i];
    std::optional<core::RoomKey> key = RedisKeys::room_of(each[kName].bytes());
    if (!key) throw RedisError("WRONGTYPE", "the name of a room is damaged");
    rooms.push_back({std::move(*key), each[kEpoch].number(), each[kBase].number(), each[kHead].number(), each[kKeep].number(),
                     each[kIsDamaged].bytes() != "0"});
  }
  return rooms.size();
}

// Most often the rest of a part is enough; else all parts behind it are asked in one round trip.
std::vector<RedisReader::Room> RedisReader::rooms_after(const core::RoomKey& after, std::uint64_t rooms_max) {
  std::vector<Room> rooms;
  std::size_t part = 0;
  const RedisScript& script = redis_scripts().rooms_after;
  if (after != core::RoomKey{}) {
    part = RedisKeys::part_of(after) + 1;
    const RedisAnswer rest = ask(script, keys_.part(part - 1), {RedisKeys::name_of(after), std::to_string(rooms_max)});
    if (add_rooms(rest, rooms_max, rooms) == rooms_max) return rooms;
  }
  std::vector<RedisCall> calls;
  for (; part < kRedisParts; ++part)
    calls.push_back({&script, {keys_.part(part)}, {"", std::to_string(rooms_max - rooms.size())}});
  for (const RedisAnswer& each : connection_.run_all(calls)) {
    connection_.check(each);
    static_cast<void>(add_rooms(each, rooms_max, rooms));
  }
  return rooms;
}

RoomsPage RedisReader::list_rooms(const core::RoomKey& after) {
  RoomsPage page;
  for (Room& each : rooms_after(after, kRoomsPerPageMax)) {
    if (each.is_damaged) page.status = core::StoreStatus::damaged;
    page.rooms.push_back({std::move(each.key), each.keep_ms});
  }
  return page;
}

std::optional<RedisReader::Room> RedisReader::find_room(const core::RoomKey& key) {
  const RedisAnswer is_there = connection_.run({"EXISTS", keys_.part(key) + ":m:" + RedisKeys::name_of(key)});
  if (is_there.number() == 0) return std::nullopt;
  const Found found = user_in(key, {}, false, 0, 0, 0);
  return Room{key, found.epoch, found.base};
}

UserPage RedisReader::find_user(const UserQuery& query) { return find_user_in_rooms(*this, query); }

RedisReader::Found RedisReader::user_in(const core::RoomKey& key, std::string_view user_id, bool with_producers,
                                        std::uint64_t after, std::uint64_t looks_max, std::uint64_t found_max) {
  enum Part : std::size_t { kEpoch, kBase, kFolded, kNewsThere, kHasNews, kProducers, kSequences, kLooked, kStopped, kSamples };
  const auto [of_clients, of_callers] = producer_prefixes(user_id);
  const RedisAnswer answer =
      ask(redis_scripts().user_in_room, keys_.part(key),
          {RedisKeys::name_of(key), std::string(user_id), with_producers ? of_clients : std::string(),
           with_producers ? of_callers : std::string(), lua_number(after), lua_number(looks_max), lua_number(found_max)});
  Found found;
  found.epoch = answer[kEpoch].number();
  found.base = answer[kBase].number();
  found.folded = answer[kFolded].number();
  found.news = answer[kNewsThere].number();
  found.has_news = answer[kHasNews].bytes() == "1";
  found.producers = texts_of(answer[kProducers]);
  found.sequences = numbers_of(answer[kSequences]);
  found.looked_at = answer[kLooked].number();
  if (!answer[kStopped].bytes().empty()) found.stopped_at = answer[kStopped].number();
  found.samples = texts_of(answer[kSamples]);
  return found;
}

std::vector<core::LogRecord> RedisReader::records(const Room& room, const std::vector<std::uint64_t>& sequences) {
  std::vector<std::string> arguments{RedisKeys::name_of(room.key), std::to_string(kUserBytesPerStepMax)};
  for (const std::uint64_t seq : sequences) arguments.push_back(std::to_string(seq));
  const RedisAnswer entries = ask(redis_scripts().records, keys_.part(room.key), std::move(arguments));
  std::vector<core::LogRecord> found;
  for (std::size_t i = 0; i < entries.size(); ++i) found.push_back(record_from(entries[i]));
  return found;
}

bool RedisReader::has_others(const core::RoomKey& key, std::uint64_t base) {
  const RedisAnswer answer =
      ask(redis_scripts().others, keys_.part(key),
          {RedisKeys::name_of(key), lua_number(base), std::string(core::kSystemUserId), std::string(core::kErasedEvent)});
  return answer.bytes() == "1";
}

std::vector<RedisReader::Position> RedisReader::heads(const std::vector<core::RoomKey>& keys,
                                                      const std::vector<std::uint64_t>& known) {
  std::map<std::size_t, std::vector<std::size_t>> parts;
  for (std::size_t i = 0; i < keys.size(); ++i) parts[RedisKeys::part_of(keys[i])].push_back(i);
  std::vector<RedisCall> calls;
  for (const auto& [part, places] : parts) {
    RedisCall& call = calls.emplace_back(RedisCall{&redis_scripts().heads, {keys_.part(part)}, {}});
    for (const std::size_t place : places) {
      call.arguments.push_back(RedisKeys::name_of(keys[place]));
      call.arguments.push_back(std::to_string(known[place]));
    }
  }
  const std::vector<RedisAnswer> answers = connection_.run_all(calls);
  std::vector<Position> found(keys.size());
  auto answer = answers.begin();
  for (const auto& [part, places] : parts) {
    connection_.check(*answer);
    for (std::size_t i = 0; i < places.size(); ++i) found[places[i]] = {(*answer)[2 * i].number(), (*answer)[2 * i + 1].number()};
    ++answer;
  }
  return found;
}

RedisReader::Position RedisReader::kept_version() {
  const KeptList list = list_kept({KeptKind::secret, 0, 0});
  return {list.epoch, list.version};
}

void RedisReader::rewrite_files() {
  try {
    connection_.run({"BGREWRITEAOF"});
  } catch (const RedisError& error) {
    if (error.is_connection_lost()) throw;
  }
}

}  // namespace dialogue::store
