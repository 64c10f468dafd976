// A snapshot is {"clients":{"USER":[ID,…]}}, LF, and the update, cut into records of {"e":event,"n":place,"of":count,"b":base64}.
#include "server/core/documents/document_log.hpp"

#include <utility>

#include "shared/base/base64.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_text.hpp"
#include "shared/json/payload_reader.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {
namespace {

std::string base64_of(std::string_view bytes) {
  return encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::optional<std::string> bytes_of_base64(std::string_view text) {
  const auto bytes = decode_base64(text);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

std::string authors_text(const std::map<std::uint64_t, std::string>& authors) {
  std::map<std::string_view, std::vector<std::uint64_t>> clients;
  for (const auto& [client, user] : authors) clients[user].push_back(client);
  JsonText by_user;
  for (const auto& [user, ids] : clients) by_user.raw(user, json_array(ids, [](std::uint64_t id) { return std::to_string(id); }));
  return JsonText().raw("clients", by_user.take()).take();
}

bool read_authors(std::string_view json, std::map<std::uint64_t, std::string>& authors) {
  JsonReader reader(json);
  std::string key, user;
  if (!reader.enter_object() || !reader.next_key(key) || !reader.enter_object()) return false;
  while (reader.next_key(user)) {
    if (!reader.enter_array()) return false;
    for (std::uint64_t id = 0; reader.next_element();) {
      if (!reader.read_integer(id)) return false;
      authors.emplace(id, user);
    }
  }
  return !reader.failed();
}

}  // namespace

std::optional<std::string> update_of(std::string_view payload) {
  std::string_view found;  // a repeated key: the last one counts, as everywhere
  const auto look = [&found](const std::string& key, std::string_view value) {
    if (key == "u") found = value;
  };
  const auto text = visit_members(payload, look) ? string_value(found) : std::nullopt;
  return text ? bytes_of_base64(*text) : std::nullopt;
}

std::string update_payload(std::string_view update) { return JsonText().text("u", base64_of(update)).take(); }

std::vector<LogRecord> snapshot_of(std::string_view event, const RoomDocument& from) {
  const std::string all = authors_text(from.authors) + '\n' + from.document.encode();
  const std::size_t count = (all.size() + kDocumentUpdateBytesMax - 1) / kDocumentUpdateBytesMax;
  std::vector<LogRecord> records(count);
  for (std::size_t place = 0; place < count; ++place) {
    LogRecord& record = records[place];
    record.event = kSnapshotEvent;
    record.from = "system";
    const auto part = std::string_view(all).substr(place * kDocumentUpdateBytesMax, kDocumentUpdateBytesMax);
    record.payload = JsonText().text("e", event).number("n", place).number("of", count).text("b", base64_of(part)).take();
    record.group.append(kSnapshotEvent).append("\n").append(event);
    record.group_keep = count;
  }
  return records;
}

std::optional<DocumentSnapshot> SnapshotReader::take(const LogRecord& record) {
  JsonReader reader(record.payload);
  std::string event, text;
  std::uint64_t place = 0, count = 0;
  if (!reader.enter_object()) return std::nullopt;
  for (std::string key; reader.next_key(key);) {
    const bool is_read = key == "e"    ? reader.read_string(event)
                         : key == "n"  ? reader.read_integer(place)
                         : key == "of" ? reader.read_integer(count)
                                       : reader.read_string(text);
    if (!is_read) return std::nullopt;
  }
  const auto bytes = bytes_of_base64(text);
  Part& part = parts_[event];
  if (place == 0) part = {0, count, {}};
  if (!bytes || place != part.next || count != part.count) {  // the end of one that was replaced
    parts_.erase(event);
    return std::nullopt;
  }
  part.bytes += *bytes;
  if (++part.next < count) return std::nullopt;
  const std::string all = std::move(part.bytes);
  parts_.erase(event);
  const std::size_t end = all.find('\n');
  DocumentSnapshot snapshot{std::move(event), {}, {}};
  if (end == std::string::npos || !read_authors(std::string_view(all).substr(0, end), snapshot.authors)) return std::nullopt;
  snapshot.update = all.substr(end + 1);
  return snapshot;
}

}  // namespace dialogue::core
