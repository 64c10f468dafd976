// See rooms.hpp.
#include "server/shell/rooms.hpp"

#include "shared/base/printable.hpp"
#include "shared/json/json_member.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::shell {
namespace {

constexpr std::uint64_t kPageRooms = 1'000;

/// "chat	3/50	Support chat": of {id, name, size, maxSize}.
std::string line_of(std::string_view room) {
  JsonReader reader(room);
  std::string key, size, most;
  if (reader.enter_object())
    while (reader.next_key(key)) {
      std::string_view value;
      if (!reader.read_raw(value)) break;
      if (key == "size") size = value;
      if (key == "maxSize" && value != "null") most = value;
    }
  const std::string id = printable(json_text_member(room, "id")), name = printable(json_text_member(room, "name"));
  return id + '\t' + size + (most.empty() ? "" : "/" + most) + (name.empty() || name == id ? "" : '\t' + name);
}

}  // namespace

void Rooms::ask(const std::string& after) {
  JsonText options;
  if (!after.empty()) options.text("after", after);
  (void)session_.list(options.number("limit", kPageRooms).take());
}

void Rooms::settled(client::Ticket, ErrorCode code, const Frame* answer) {
  note_progress();
  if (code != ErrorCode::ok || answer == nullptr)
    return fail(refusal_text(code, answer == nullptr ? std::string_view() : answer->payload));
  const std::string next = show(answer->payload);
  next.empty() ? finish(kDone) : ask(next);
}

std::string Rooms::show(std::string_view page) {
  JsonReader reader(page);
  std::string key;
  if (reader.enter_object())
    while (reader.next_key(key)) {
      if (key != "rooms") {
        if (!reader.skip()) break;
        continue;
      }
      if (!reader.enter_array()) break;
      for (std::string_view room; reader.next_element() && reader.read_raw(room);)
        streams_.out << (is_json_ ? printable_json(room) : line_of(room)) << '\n';
    }
  return json_text_member(page, "next");
}

}  // namespace dialogue::shell
