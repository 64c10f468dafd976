// See http2_peer.hpp.
#include "tests/server/http2/support/http2_peer.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace dialogue::test {
namespace {

constexpr std::size_t kHeadBytes = 9;
constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

std::uint32_t number_at(std::string_view text, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | static_cast<std::uint8_t>(text[at + i]);
  return number;
}

/// RFC 7541 section 5.1, with a prefix of seven bits.
std::string length_text(std::size_t length) {
  if (length < 127) return std::string(1, static_cast<char>(length));
  std::string text(1, 127);
  for (length -= 127; length >= 128; length /= 128) text += static_cast<char>(length % 128 + 128);
  return text += static_cast<char>(length);
}

}  // namespace

std::uint32_t SeenFrame::number(std::size_t at) const { return number_at(payload, at, 4); }

std::string number_text(std::uint32_t number) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(number >> shift);
  return text;
}

std::string frame_text(FrameType type, std::uint8_t flags, StreamId stream, std::string_view payload) {
  std::string text = number_text(static_cast<std::uint32_t>(payload.size())).substr(1);
  text += static_cast<char>(type);
  text += static_cast<char>(flags);
  return text.append(number_text(static_cast<std::uint32_t>(stream))).append(payload);
}

std::string setting_text(std::uint16_t id, std::uint32_t value) { return number_text(id).substr(2) + number_text(value); }

std::string field_text(std::string_view name, std::string_view value) {
  return std::string(1, '\0').append(length_text(name.size())).append(name).append(length_text(value.size())).append(value);
}

std::string fields_text(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) text += field_text(name, value);
  return text;
}

Fields request_fields(std::string_view method, std::string_view path, const Fields& more) {
  Fields fields = {
      {":method", std::string(method)}, {":scheme", "https"}, {":path", std::string(path)}, {":authority", "localhost"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

Http2Peer::Http2Peer(std::uint32_t streams_max) : session(streams_max, *this, now_ms) {}

void Http2Peer::begin(std::string_view settings) {
  send(std::string(kPreface) + frame_text(FrameType::settings, 0, 0, settings) + frame_text(FrameType::settings, kAck, 0));
  seen.clear();
}

void Http2Peer::send(std::string_view bytes) {
  session.receive(bytes, now_ms);
  take();
}

void Http2Peer::take() {
  std::size_t before = 0;
  do {
    before = output_.size();
    std::string out;
    session.send(out);
    output_ += out;
  } while (output_.size() > before);
  std::string_view rest = output_;
  if (rest.starts_with(kPreface)) rest.remove_prefix(kPreface.size());
  while (rest.size() >= kHeadBytes) {
    const std::size_t size = number_at(rest, 0, 3);
    REQUIRE(rest.size() >= kHeadBytes + size);
    seen.push_back({static_cast<FrameType>(rest[3]), static_cast<std::uint8_t>(rest[4]),
                    static_cast<StreamId>(number_at(rest, 5, 4)), std::string(rest.substr(kHeadBytes, size))});
    rest.remove_prefix(kHeadBytes + size);
  }
  output_.clear();
}

void Http2Peer::request(StreamId stream, const Fields& fields, bool ends) {
  send(FrameType::headers, static_cast<std::uint8_t>(kEndHeaders | (ends ? kEndStream : 0)), stream, fields_text(fields));
}

void Http2Peer::respond(StreamId stream, unsigned status, std::string body) {
  ResponseHead head;
  head.status = status;
  const bool has_body = !body.empty();
  to_send[stream] = std::move(body);
  session.respond(stream, head, has_body);
  take();
}

std::size_t Http2Peer::count(FrameType type) const {
  return static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), [&](const auto& each) { return each.type == type; }));
}

std::size_t Http2Peer::count(FrameType type, StreamId stream) const {
  return static_cast<std::size_t>(
      std::count_if(seen.begin(), seen.end(), [&](const auto& each) { return each.type == type && each.stream == stream; }));
}

std::uint32_t Http2Peer::code(StreamId stream) const {
  const auto type = stream == 0 ? FrameType::goaway : FrameType::rst_stream;
  const auto found =
      std::find_if(seen.rbegin(), seen.rend(), [&](const auto& each) { return each.type == type && each.stream == stream; });
  REQUIRE(found != seen.rend());
  return found->number(stream == 0 ? 4 : 0);
}

std::size_t Http2Peer::data_bytes(StreamId stream) const {
  std::size_t bytes = 0;
  for (const SeenFrame& each : seen)
    if (each.type == FrameType::data && each.stream == stream) bytes += each.payload.size();
  return bytes;
}

bool Http2Peer::request(StreamId stream, const RequestHead& head, bool has_body) {
  heads[stream] = head.text(has_body);
  return accepts;
}

BodyPart Http2Peer::read(StreamId stream, std::span<char> into) {
  const auto found = to_send.find(stream);
  if (found == to_send.end() || found->second.empty()) return {BodyPart::State::wait, 0};
  const std::size_t size = std::min(into.size(), found->second.size());
  std::copy_n(found->second.data(), size, into.data());
  found->second.erase(0, size);
  return {found->second.empty() ? BodyPart::State::last : BodyPart::State::more, size};
}

}  // namespace dialogue::test
