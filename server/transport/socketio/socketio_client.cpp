// See socketio_client.hpp. A packet that its state does not allow ends the session, as in the reference.
#include "server/transport/socketio/socketio_client.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "server/core/messages/frame_text.hpp"
#include "server/loop/shard_loop.hpp"
#include "shared/base/limits.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::transport {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

}  // namespace

SocketioClient::SocketioClient(EngineSession& session, const SocketioLimits& limits, const MakeNamespace& make)
    : session_(session),
      limits_(limits),
      make_(make),
      assembler_(limits.attachments_max, limits.engine.payload_bytes_max),
      connect_by_ms_(session.loop().monotonic_ms() + limits.connect_timeout_ms) {}

void SocketioClient::send(std::string packet, const std::vector<std::string>& attachments) {
  send(std::move(packet));
  for (const std::string& attachment : attachments) session_.send_binary(std::make_shared<const std::string>(attachment));
}

void SocketioClient::send(core::SharedBytes packet, const std::vector<core::SharedBytes>& attachments) {
  send(std::move(packet));
  for (const core::SharedBytes& attachment : attachments) session_.send_binary(attachment);
}

void SocketioClient::on_message(std::span<char> data, bool is_binary) {
  const std::string_view text(data.data(), data.size());
  switch (is_binary ? assembler_.on_binary(text) : assembler_.on_text(text)) {
    case SocketioAssembler::Result::malformed:
      return violate(assembler_.fault());
    case SocketioAssembler::Result::incomplete:
      return;
    case SocketioAssembler::Result::packet:
      on_packet();
      assembler_.done();
  }
}

void SocketioClient::on_packet() {
  const SocketioPacket& packet = assembler_.packet();
  const auto found = namespaces_.find(packet.nsp);
  if (packet.type == SocketioType::connect)
    return found == namespaces_.end() ? connect(std::string(packet.nsp), packet) : violate("it connects to a namespace twice");
  if (found == namespaces_.end()) {
    if (!ended_.contains(packet.nsp)) violate("the client is not in the packet's namespace");
    return;
  }
  const std::shared_ptr<SocketioNamespace> its = found->second;
  if (packet.type != SocketioType::disconnect) return its->on_packet(packet, assembler_.attachments());
  forget(found);
  its->on_left(SocketioEnd::disconnected);
}

void SocketioClient::connect(std::string nsp, const SocketioPacket& packet) {
  const bool is_full = namespaces_.size() >= limits_.namespaces_max;
  if (is_full) return refuse(nsp, ErrorCode::ok, "Too many namespaces");
  auto made = nsp.size() <= kNamespaceBytesMax ? make_(*this, nsp) : nullptr;
  if (!made) return refuse(nsp, ErrorCode::ok, "Invalid namespace");
  if (packet.fault != ErrorCode::ok) {
    const std::string message = packet.fault == ErrorCode::request_invalid
                                    ? core::error_message(packet.fault, "auth is an object")
                                    : "auth " + core::error_message(packet.fault, std::to_string(kJsonDepthMax));
    return refuse(nsp, packet.fault, message);
  }
  connect_by_ms_ = kNever;
  ended_.erase(nsp);
  namespaces_.emplace(std::move(nsp), made);
  made->begin(packet.data);
}

void SocketioClient::refuse(std::string_view nsp, ErrorCode code, std::string_view message) {
  JsonText text;
  text.text("message", message);
  if (code != ErrorCode::ok) text.raw("data", JsonText().text("code", error_name(code)).take());
  send(socketio_head(SocketioType::connect_error, nsp) + text.take());
  log_refusal(code, message);
}

// Once for each session: a client may be refused as often as it likes.
void SocketioClient::log_refusal(ErrorCode code, std::string_view message) {
  if (std::exchange(is_refusal_logged_, true)) return;
  JsonText text;
  text.text("address", session_.peer().address);
  if (code != ErrorCode::ok) text.text("code", error_name(code));
  session_.loop().log(core::LogLevel::info, "socketio_refused", text.text("reason", message).take());
}

// Without a namespace it is as it began.
void SocketioClient::forget(Namespaces::iterator which) {
  namespaces_.erase(which);
  if (!namespaces_.empty()) return;
  connect_by_ms_ = session_.loop().monotonic_ms() + limits_.connect_timeout_ms;
  session_.reschedule();
}

void SocketioClient::disconnect(std::string_view nsp, std::optional<std::string> connect_error) {
  const auto found = namespaces_.find(nsp);
  if (found == namespaces_.end()) return;
  send(connect_error ? socketio_head(SocketioType::connect_error, nsp) + *connect_error
                     : socketio_head(SocketioType::disconnect, nsp));
  if (ended_.size() < limits_.namespaces_max) ended_.emplace(nsp);
  forget(found);
}

void SocketioClient::close(const SocketioNamespace& asker) {
  leave_all(&asker, SocketioEnd::lost);
  session_.close();
}

void SocketioClient::violate(std::string_view why) {
  on_violation(ErrorCode::request_invalid, why);
  leave_all(nullptr, SocketioEnd::lost);
  session_.close();
}

// Also for clients in rooms, whose own line in the log has the code.
void SocketioClient::on_violation(ErrorCode code, std::string_view argument) {
  const auto all = namespaces_;
  for (const auto& [nsp, its] : all) its->on_fault(code, argument);
  log_refusal(code, core::error_message(code, argument));
}

void SocketioClient::on_closed(EngineEnd how) {
  leave_all(nullptr, how == EngineEnd::in_order ? SocketioEnd::closed : SocketioEnd::lost);
}

void SocketioClient::leave_all(const SocketioNamespace* except, SocketioEnd how) {
  connect_by_ms_ = kNever;
  const auto all = std::exchange(namespaces_, {});
  for (const auto& [nsp, its] : all)
    if (its.get() != except) its->on_left(how);
}

void SocketioClient::on_writable() {
  const auto all = namespaces_;
  for (const auto& [nsp, its] : all) its->on_writable();
}

bool SocketioClient::on_drain() {
  bool ends_itself = false;
  for (const auto& [nsp, its] : namespaces_) ends_itself = its->on_drain() || ends_itself;
  if (!ends_itself) leave_all(nullptr, SocketioEnd::lost);
  return ends_itself;
}

std::uint64_t SocketioClient::next_ms() const {
  std::uint64_t next_ms = connect_by_ms_;
  for (const auto& [nsp, its] : namespaces_) next_ms = std::min(next_ms, its->next_ms());
  return next_ms;
}

void SocketioClient::on_time(std::uint64_t now_ms) {
  if (now_ms >= connect_by_ms_) return violate("it has not connected to a namespace in time");
  const auto all = namespaces_;
  for (const auto& [nsp, its] : all)
    if (now_ms >= its->next_ms()) its->on_time(now_ms);
}

}  // namespace dialogue::transport
