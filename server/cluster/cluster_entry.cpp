// See cluster_entry.hpp. Nodes of other versions read these texts: types and members are added, and never change.
#include "server/cluster/cluster_entry.hpp"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>

#include "shared/base/base64.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/utf8.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::cluster {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::string text_of_facts(const NodeFacts& facts, const std::vector<std::string>* nodes) {
  JsonText text;
  text.text("id", facts.id).number("shards", facts.shards).text("version", facts.version).text("catalogue", facts.catalogue);
  if (!facts.address.empty()) text.text("address", facts.address);
  if (facts.started_ms > 0) text.number("startedMs", facts.started_ms);
  if (nodes != nullptr) text.raw("nodes", json_array(*nodes, [](const std::string& node) { return json_string(node); }));
  return text.take();
}

std::string text_of_users(const std::vector<core::PresentUser>& users) {
  return json_array(users, [](const core::PresentUser& user) {
    JsonText text;
    text.text("id", user.user_id);
    if (!user.name.empty()) text.text("name", user.name);
    if (!user.meta.empty()) text.text("meta", user.meta);  // as a text: its depth is then no part of the entry's
    return text.take();
  });
}

std::string text_of_share(const Share& share) {
  JsonText text;
  text.text("room", share.room).number("seats", share.seats).raw("users", text_of_users(share.users));
  if (!share.after.empty()) text.text("after", share.after);
  if (!share.up_to.empty()) text.text("upTo", share.up_to);
  return text.take();
}

std::string text_of_change(const Change& change) {
  JsonText text;
  text.text("room", change.room);
  if (change.seats_change > 0) text.number("gained", static_cast<std::uint64_t>(change.seats_change));
  if (change.seats_change < 0) text.number("lost", 0 - static_cast<std::uint64_t>(change.seats_change));
  if (!change.joined.empty()) text.raw("joined", text_of_users(change.joined));
  if (!change.left.empty()) text.raw("left", json_array(change.left, [](const std::string& id) { return json_string(id); }));
  return text.take();
}

std::string text_of_claim(const Claim& claim) {
  return JsonText()
      .text("room", claim.room)
      .number("ticket", claim.ticket)
      .number("placesMax", claim.places_max)
      .number("taken", claim.taken)
      .take();
}

bool is_text(std::string_view text) { return text.find('\0') == std::string_view::npos && is_utf8(text); }

std::string text_of_mail(const Mail& mail) {
  JsonText text;
  if (!mail.to.empty()) text.text("to", mail.to);
  text.number("shard", mail.shard);
  if (is_text(mail.text)) return text.text("text", mail.text).take();
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(mail.text.data());
  return text.text("base64", encode_base64(std::span(bytes, mail.text.size()))).take();
}

// Reading. A fault is a reason; members that are not known are skipped.

/// Calls `member(key, reader)` for each member of an object; it reads the value, or returns false for one that it does not know
/// and has not read. Faults of the text are the reader's.
template <typename Member>
void read_members(JsonReader& reader, const Member& member) {
  if (!reader.enter_object()) return;
  for (std::string key; reader.next_key(key);)
    if (!member(key) && !reader.failed() && !reader.skip()) return;
}

template <typename Read>
bool read_list(JsonReader& reader, std::size_t count_max, const Read& read) {
  if (!reader.enter_array()) return false;
  for (std::size_t count = 0; reader.next_element(); ++count)
    if (count == count_max || !read()) return false;
  return !reader.failed();
}

/// Every member that any entry has, read by its name: a name has one meaning in all types.
struct Members {
  std::string id, version, catalogue, address, node, room, to, text, after, up_to;
  std::uint64_t shards = 1, started_ms = 0, seats = 0, gained = 0, lost = 0, ticket = 0, places_max = 0, taken = 0, count = 0;
  std::uint64_t shard = kEveryShard;
  std::vector<std::string> nodes, left;
  std::vector<core::PresentUser> users, joined;
  std::string fault;

  bool has_text(std::string_view name) const { return std::find(seen.begin(), seen.end(), name) != seen.end(); }
  std::vector<std::string> seen;

  bool read(std::string_view payload);

 private:
  bool read_member(JsonReader& reader, const std::string& key);
  bool read_text(JsonReader& reader, const std::string& key);
  bool read_number(JsonReader& reader, const std::string& key);
  bool read_names(JsonReader& reader, const std::string& key);
  bool read_users(JsonReader& reader, const std::string& key);
  bool read_base64(JsonReader& reader);
  bool wrong(const std::string& key) {
    if (fault.empty()) fault = "its member \"" + key + "\" is not valid";
    return true;
  }
};

bool Members::read(std::string_view payload) {
  JsonReader reader(payload);
  read_members(reader, [&](const std::string& key) {
    const bool is_known = read_member(reader, key);
    if (is_known) seen.push_back(key);
    return is_known;
  });
  if (fault.empty() && !reader.at_end()) fault = "its payload is not a JSON object";
  return fault.empty();
}

bool Members::read_member(JsonReader& reader, const std::string& key) {
  return read_text(reader, key) || read_number(reader, key) || read_names(reader, key) || read_users(reader, key);
}

bool Members::read_text(JsonReader& reader, const std::string& key) {
  const struct {
    std::string_view name;
    std::string* text;
    std::size_t bytes_max;
  } texts[] = {{"id", &id, kNodeIdBytes},       {"version", &version, kFactBytesMax},
               {"node", &node, kNodeIdBytes},   {"catalogue", &catalogue, kFactBytesMax},
               {"room", &room, kRoomBytesMax},  {"to", &to, kNodeIdBytes},
               {"text", &text, kMailBytesMax},  {"after", &after, kUserBytesMax},
               {"upTo", &up_to, kUserBytesMax}, {"address", &address, kFactBytesMax}};
  for (const auto& each : texts)
    if (each.name == key) return reader.read_string(*each.text) && each.text->size() <= each.bytes_max ? true : wrong(key);
  return key == "base64" && read_base64(reader);
}

bool Members::read_base64(JsonReader& reader) {
  std::string encoded;
  if (!reader.read_string(encoded)) return wrong("base64");
  const auto bytes = decode_base64(encoded);
  if (!bytes || bytes->size() > kMailBytesMax) return wrong("base64");
  text.assign(bytes->begin(), bytes->end());
  seen.emplace_back("text");
  return true;
}

bool Members::read_number(JsonReader& reader, const std::string& key) {
  const struct {
    std::string_view name;
    std::uint64_t* number;
    std::uint64_t max;
  } numbers[] = {{"shards", &shards, 0xFFFFFFFF},
                 {"seats", &seats, kSafeIntegerMax},
                 {"gained", &gained, kSafeIntegerMax},
                 {"lost", &lost, kSafeIntegerMax},
                 {"ticket", &ticket, kSafeIntegerMax},
                 {"count", &count, kSafeIntegerMax},
                 {"taken", &taken, kSafeIntegerMax},
                 {"shard", &shard, kEveryShard},
                 {"placesMax", &places_max, kSafeIntegerMax},
                 {"startedMs", &started_ms, kSafeIntegerMax}};
  for (const auto& each : numbers)
    if (each.name == key) return reader.read_integer(*each.number) && *each.number <= each.max ? true : wrong(key);
  return false;
}

bool Members::read_names(JsonReader& reader, const std::string& key) {
  if (key != "nodes" && key != "left") return false;
  const bool is_nodes = key == "nodes";
  std::vector<std::string>& list = is_nodes ? nodes : left;
  const bool is_read = read_list(reader, is_nodes ? kNodesMax : kUsersPerEntryMax, [&] {
    list.emplace_back();
    return reader.read_string(list.back()) && (is_nodes ? is_node_id(list.back()) : is_sound(list.back(), kUserBytesMax));
  });
  return is_read ? true : wrong(key);
}

bool Members::read_users(JsonReader& reader, const std::string& key) {
  if (key != "users" && key != "joined") return false;
  std::vector<core::PresentUser>& list = key == "users" ? users : joined;
  const bool is_read = read_list(reader, kUsersPerEntryMax, [&] {
    core::PresentUser& user = list.emplace_back();
    read_members(reader, [&](const std::string& name) {
      std::string* const part = name == "id"     ? &user.user_id
                                : name == "name" ? &user.name
                                : name == "meta" ? &user.meta
                                                 : nullptr;
      return part != nullptr && reader.read_string(*part);
    });
    return !reader.failed() && is_sound(user);
  });
  return is_read ? true : wrong(key);
}

// What makes an entry of the members, by its type.

NodeFacts facts_of(Members& read) {
  return {std::move(read.id),      static_cast<std::uint32_t>(read.shards),
          std::move(read.version), std::move(read.catalogue),
          std::move(read.address), read.started_ms};
}

using Make = Entry (*)(Members&);
struct EntryType {
  std::string_view event;
  Make make;
  std::vector<std::string_view> required;
};

const std::vector<EntryType>& entry_types() {
  static const std::vector<EntryType> kTypes = {
      {"hello", [](Members& read) -> Entry { return Hello{facts_of(read)}; }, {"id"}},
      {"here",
       [](Members& read) -> Entry {
         return Here{facts_of(read), std::move(read.nodes)};
       },
       {"id"}},
      {"shared", [](Members&) -> Entry { return Shared{}; }, {}},
      {"beat", [](Members&) -> Entry { return Beat{}; }, {}},
      {"bye", [](Members&) -> Entry { return Bye{}; }, {}},
      {"gone", [](Members& read) -> Entry { return Gone{std::move(read.node)}; }, {"node"}},
      {"share",
       [](Members& read) -> Entry {
         return Share{std::move(read.room), read.seats, std::move(read.users), std::move(read.after), std::move(read.up_to)};
       },
       {"room", "seats"}},
      {"change",
       [](Members& read) -> Entry {
         const auto change = static_cast<std::int64_t>(read.gained) - static_cast<std::int64_t>(read.lost);
         return Change{std::move(read.room), change, std::move(read.joined), std::move(read.left)};
       },
       {"room"}},
      {"claim",
       [](Members& read) -> Entry {
         return Claim{std::move(read.room), read.ticket, read.places_max, read.taken};
       },
       {"room", "ticket", "placesMax", "taken"}},
      {"release",
       [](Members& read) -> Entry {
         return Release{std::move(read.room), read.count};
       },
       {"room", "count"}},
      {"mail",
       [](Members& read) -> Entry {
         return Mail{std::move(read.to), static_cast<std::uint32_t>(read.shard), std::move(read.text)};
       },
       {"text"}}};
  return kTypes;
}

/// What no member says alone.
std::string fault_of_members(const Members& read, const EntryType& type, const std::string& from) {
  for (const std::string_view name : type.required)
    if (!read.has_text(name)) return "its member \"" + std::string(name) + "\" is missing";
  if (read.has_text("id") && read.id != from) return "its id is not its sender's";
  if (read.has_text("room") && read.room.empty()) return "its room is empty";
  if (read.has_text("node") && !is_node_id(read.node)) return "its node is not a node's id";
  if (!read.to.empty() && !is_node_id(read.to)) return "its receiver is not a node's id";
  return {};
}

std::size_t bytes_of_users(const std::vector<core::PresentUser>& users) {
  std::size_t bytes = 0;
  for (const core::PresentUser& user : users) bytes += 32 + user.user_id.size() + user.name.size() + user.meta.size();
  return bytes;
}

}  // namespace

core::LogRecord record_of(const Entry& entry, const std::string& from) {
  core::LogRecord record;
  record.event = entry_types()[entry.index()].event;
  record.from = from;
  record.payload = std::visit(
      Overloaded{
          [](const Hello& hello) { return text_of_facts(hello.facts, nullptr); },
          [](const Here& here) { return text_of_facts(here.facts, &here.nodes); },
          [](const Gone& gone) { return JsonText().text("node", gone.node).take(); },
          [](const Share& share) { return text_of_share(share); }, [](const Change& change) { return text_of_change(change); },
          [](const Claim& claim) { return text_of_claim(claim); },
          [](const Release& release) { return JsonText().text("room", release.room).number("count", release.count).take(); },
          [](const Mail& mail) { return text_of_mail(mail); }, [](const auto&) { return std::string("{}"); }},
      entry);
  return record;
}

DecodedEntry entry_of(const core::LogRecord& record) {
  const auto& types = entry_types();
  const auto type = std::find_if(types.begin(), types.end(), [&](const EntryType& each) { return each.event == record.event; });
  if (type == types.end()) return {};
  if (!is_node_id(record.from)) return {std::nullopt, "its sender is not a node's id"};
  Members read;
  if (!read.read(record.payload)) return {std::nullopt, std::move(read.fault)};
  if (std::string fault = fault_of_members(read, *type, record.from); !fault.empty()) return {std::nullopt, std::move(fault)};
  return {type->make(read)};
}

std::size_t bytes_of(const Entry& entry) {
  constexpr std::size_t kEntryBytes = 128;
  return kEntryBytes + std::visit(Overloaded{[](const Share& share) { return share.room.size() + bytes_of_users(share.users); },
                                             [](const Change& change) {
                                               std::size_t bytes = change.room.size() + bytes_of_users(change.joined);
                                               for (const std::string& id : change.left) bytes += 4 + id.size();
                                               return bytes;
                                             },
                                             [](const Claim& claim) { return claim.room.size(); },
                                             [](const Release& release) { return release.room.size(); },
                                             [](const Mail& mail) { return mail.text.size(); },
                                             [](const Here& here) { return here.nodes.size() * (kNodeIdBytes + 3); },
                                             [](const auto&) { return std::size_t{0}; }},
                                  entry);
}

bool is_sound(std::string_view text, std::size_t bytes_max) { return !text.empty() && text.size() <= bytes_max && is_text(text); }

bool is_sound(const core::PresentUser& user) {
  return is_sound(user.user_id, kUserBytesMax) && (user.name.empty() || is_sound(user.name, kUserBytesMax)) &&
         (user.meta.empty() || is_sound(user.meta, kUserBytesMax));
}

bool is_node_id(std::string_view text) {
  return text.size() == kNodeIdBytes && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace dialogue::cluster
