// See packet.hpp.
#include "server/socketio/packet.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "server/socketio/limits.hpp"
#include "server/transport/socketio/socketio_packet.hpp"
#include "shared/base/utf8.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::socketio {
namespace {

using transport::SocketioType;

constexpr std::array<std::string_view, 6> kReserved = {"connect",       "connect_error", "disconnect",
                                                       "disconnecting", "newListener",   "removeListener"};

Packet packet_of(SocketioType plain, SocketioType binary, std::string_view nsp, std::optional<std::uint64_t> id,
                 std::string_view array, const std::vector<Attachment>& attachments) {
  const auto count = static_cast<std::uint32_t>(attachments.size());
  std::string text = transport::socketio_head(count > 0 ? binary : plain, nsp, id, count);
  text.append("[").append(array).append("]");
  return {std::make_shared<const std::string>(std::move(text)), attachments};
}

std::vector<Attachment> shared(const std::vector<std::string>& attachments) {
  std::vector<Attachment> copies;
  for (const std::string& bytes : attachments) copies.push_back(std::make_shared<const std::string>(bytes));
  return copies;
}

}  // namespace

std::size_t Packet::bytes() const {
  std::size_t sum = text->size();
  for (const auto& attachment : attachments) sum += attachment->size();
  return sum;
}

bool is_event_name(std::string_view name) {
  return name.size() <= kEventBytesMax && is_utf8(name) && std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end();
}

bool is_room_name(std::string_view name) { return !name.empty() && name.size() <= kRoomBytesMax && is_utf8(name); }

Packet event_packet(std::string_view nsp, std::string_view event, const Arguments& arguments, std::optional<std::uint64_t> id) {
  std::string array = json_string(event);
  if (!arguments.empty()) array.append(",").append(arguments.joined());
  return packet_of(SocketioType::event, SocketioType::binary_event, nsp, id, array, arguments.attachments());
}

Packet ack_packet(std::string_view nsp, std::uint64_t id, const Arguments& arguments) {
  return packet_of(SocketioType::ack, SocketioType::binary_ack, nsp, id, arguments.joined(), arguments.attachments());
}

Arguments received_arguments(std::string_view rest, const std::vector<std::string>& attachments) {
  std::vector<std::string> values;
  for (const std::string_view value : transport::read_socketio_arguments(rest, rest.size())) values.emplace_back(value);
  return {std::move(values), shared(attachments)};
}

Arguments received_answer(std::string_view array, const std::vector<std::string>& attachments) {
  std::vector<std::string> values;
  JsonReader reader(array);
  std::string_view value;
  if (reader.enter_array())
    while (reader.next_element() && reader.read_raw(value)) values.emplace_back(value);
  return {std::move(values), shared(attachments)};
}

}  // namespace dialogue::socketio
