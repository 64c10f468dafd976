// See socketio_packet.hpp. Packets that only the server may send are rejected here.
#include "server/transport/socketio/socketio_packet.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "shared/base/base64.hpp"
#include "shared/base/limits.hpp"
#include "shared/json/json_scanner.hpp"
#include "shared/json/payload_reader.hpp"

namespace dialogue::transport {
namespace {

/// Names that a client's own library has for something else.
constexpr std::array<std::string_view, 6> kReserved = {"connect",       "connect_error", "disconnect",
                                                       "disconnecting", "newListener",   "removeListener"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the digits at the front of `text`. False: there are too many.
bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || number > kSafeIntegerMax) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// ok for one whole value and nothing else.
ErrorCode json_fault(std::string_view text) {
  JsonCursor cursor{text.data(), text.data() + text.size()};
  const ErrorCode fault = skip_value(cursor, 0);
  return fault != ErrorCode::ok || cursor.only_space_left() ? fault : ErrorCode::json_syntax;
}

bool is_event(std::string_view data) {
  PayloadReader reader(data);
  if (!reader.enter_array() || !reader.next_element()) return false;
  if (reader.peek() != '"') return is_digit(reader.peek()) || reader.peek() == '-';
  std::string name;
  return reader.read_string(name) && std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end();
}

/// Data that is JSON by RFC 8259, and still more than is taken here.
bool is_beyond_bounds(ErrorCode fault) { return fault == ErrorCode::json_utf8 || fault == ErrorCode::json_depth; }

/// The packet's fault, or nothing where it has not the form that its type asks for.
std::optional<ErrorCode> judge_form(const SocketioPacket& packet) {
  const auto only_if = [](bool has_form) { return has_form ? std::optional(ErrorCode::ok) : std::nullopt; };
  if (packet.type == SocketioType::connect_error) return std::nullopt;
  if (packet.type == SocketioType::disconnect) return only_if(packet.data.empty());
  const ErrorCode fault = packet.data.empty() ? ErrorCode::json_syntax : json_fault(packet.data);
  if (packet.type == SocketioType::connect) {
    if (packet.data.empty() || (fault == ErrorCode::ok && packet.data.front() == '{')) return ErrorCode::ok;
    return is_beyond_bounds(fault) ? fault : ErrorCode::request_invalid;
  }
  const bool is_ack = packet.type == SocketioType::ack || packet.type == SocketioType::binary_ack;
  if (is_ack && !packet.id) return std::nullopt;
  if (packet.data.starts_with('[') && is_beyond_bounds(fault)) return fault;
  if (fault != ErrorCode::ok) return std::nullopt;
  return only_if(is_ack ? packet.data.starts_with('[') : is_event(packet.data));
}

/// Goes through a text once.
class Finder {
 public:
  Finder(std::string_view json, std::uint32_t attachments) : reader_(json), attachments_(attachments) {}

  [[nodiscard]] bool value() {
    if (reader_.peek() == '{') return object();
    if (reader_.peek() != '[') return reader_.skip();
    if (!reader_.enter_array()) return false;
    while (reader_.next_element())
      if (!value()) return false;
    return !reader_.failed();
  }
  [[nodiscard]] std::vector<SocketioPlaceholder> take() { return std::move(found_); }

 private:
  [[nodiscard]] bool object() {
    const std::size_t begin = reader_.offset(), before = found_.size();
    if (!reader_.enter_object()) return false;
    std::string key;
    bool is_placeholder = false;
    std::optional<std::uint64_t> number;
    while (reader_.next_key(key)) {
      if (key == "_placeholder" && reader_.peek() == 't') {
        is_placeholder = true;
        if (!reader_.skip()) return false;
      } else if (key == "num" && reader_.peek() >= '0' && reader_.peek() <= '9') {
        std::uint64_t read = 0;
        if (!reader_.read_integer(read)) return false;
        number = read;
      } else if (!value()) {
        return false;
      }
    }
    if (reader_.failed() || !is_placeholder) return !reader_.failed();
    found_.resize(before);  // what stands within one goes with it
    if (!number || *number >= attachments_) return false;
    found_.push_back({begin, reader_.offset(), *number});
    return true;
  }

  PayloadReader reader_;
  const std::uint32_t attachments_;
  std::vector<SocketioPlaceholder> found_;
};

}  // namespace

std::optional<SocketioPacket> read_socketio_packet(std::string_view text, std::uint32_t attachments_max,
                                                   std::string_view* fault) {
  const auto because = [fault](std::string_view why) {
    if (fault != nullptr) *fault = why;
  };
  because("it is not a Socket.IO packet");
  if (text.empty() || text.front() < '0' || text.front() > '6') return std::nullopt;
  SocketioPacket packet;
  packet.type = static_cast<SocketioType>(text.front() - '0');
  text.remove_prefix(1);
  if (packet.type == SocketioType::binary_event || packet.type == SocketioType::binary_ack) {
    std::uint64_t count = 0;
    if (text.empty() || !is_digit(text.front()) || !take_number(text, count) || !text.starts_with('-')) return std::nullopt;
    if (count == 0) return std::nullopt;
    if (count > attachments_max) {
      because("it announces too many attachments");
      return std::nullopt;
    }
    packet.attachments = static_cast<std::uint32_t>(count);
    text.remove_prefix(1);
  }
  if (text.starts_with('/')) {
    const std::size_t end = std::min(text.find(','), text.size());
    packet.nsp = text.substr(0, std::min(text.find('?'), end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (packet.type != SocketioType::connect && packet.nsp.size() > kNamespaceBytesMax) return std::nullopt;
  }
  if (!text.empty() && is_digit(text.front())) {
    std::uint64_t id = 0;
    if (!take_number(text, id)) return std::nullopt;
    packet.id = id;
  }
  packet.data = text;
  const auto judged = judge_form(packet);
  if (!judged) return std::nullopt;
  packet.fault = *judged;
  if (packet.fault != ErrorCode::ok)
    packet.data = {};
  else if (packet.attachments > 0 && !find_placeholders(packet.data, packet.attachments)) {
    because("a placeholder has an unknown attachment number");
    return std::nullopt;
  }
  return packet;
}

std::optional<std::vector<SocketioPlaceholder>> find_placeholders(std::string_view json, std::uint32_t attachments) {
  Finder finder(json, attachments);
  return finder.value() ? std::optional(finder.take()) : std::nullopt;
}

std::optional<std::string> with_base64(std::string_view json, std::span<const std::string> attachments, std::size_t bytes_max) {
  const auto found = find_placeholders(json, static_cast<std::uint32_t>(attachments.size()));
  if (!found) return std::nullopt;
  std::string text;
  std::size_t copied = 0;
  for (const SocketioPlaceholder& place : *found) {
    const std::string& bytes = attachments[place.number];
    text.append(json.substr(copied, place.begin - copied));
    copied = place.end;
    if (text.size() + encoded_size(bytes.size()) > bytes_max) return std::nullopt;
    text += '"';
    text += encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    text += '"';
  }
  text.append(json.substr(copied));
  return text.size() > bytes_max ? std::nullopt : std::optional(std::move(text));
}

SocketioEvent read_socketio_event(std::string_view data) {
  PayloadReader reader(data);
  SocketioEvent event;
  std::string_view first;
  const bool is_text = reader.enter_array() && reader.next_element() && reader.peek() == '"';
  if (is_text ? !reader.read_string(event.name) : !reader.read_raw(first)) return event;
  event.rest = data.substr(reader.offset());
  const std::size_t begin = event.rest.find_first_of(",]");
  event.rest.remove_prefix(std::min(begin, event.rest.size()));
  return event;
}

std::vector<std::string_view> read_socketio_arguments(std::string_view rest, std::size_t count_max) {
  std::vector<std::string_view> arguments;
  while (rest.starts_with(',') && arguments.size() < count_max) {
    rest.remove_prefix(1);
    const auto length = json_value_length(rest);
    if (!length) break;
    std::string_view value = rest.substr(0, *length);
    value.remove_prefix(std::min(value.find_first_not_of(" \t\r\n"), value.size()));
    arguments.push_back(value);
    rest.remove_prefix(*length);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
  }
  return arguments;
}

std::string socketio_head(SocketioType type, std::string_view nsp, std::optional<std::uint64_t> id, std::uint32_t attachments) {
  std::string head = "4";
  head += static_cast<char>('0' + static_cast<int>(type));
  if (attachments > 0) head.append(std::to_string(attachments)).append("-");
  if (nsp != "/") head.append(nsp).append(",");
  if (id) head += std::to_string(*id);
  return head;
}

}  // namespace dialogue::transport
