// See socketio_client.hpp. A packet that its state does not allow ends the session, as in the reference.
#include "server/transport/socketio/socketio_client.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "server/loop/shard_loop.hpp"
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
    case SocketioAssembler::Result::malformed: {
      const auto all = namespaces_;
      for (const auto& [nsp, its] : all) its->on_fault(assembler_.fault());
      return violate();
    }
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
    return found == namespaces_.end() ? connect(std::string(packet.nsp), packet.data) : violate();
  if (found == namespaces_.end()) {
    if (!ended_.contains(packet.nsp)) violate();
    return;
  }
  const std::shared_ptr<SocketioNamespace> its = found->second;
  if (packet.type != SocketioType::disconnect) return its->on_packet(packet, assembler_.attachments());
  forget(found);
  its->on_left(true);
}

void SocketioClient::connect(std::string nsp, std::string_view auth) {
  auto made = namespaces_.size() < limits_.namespaces_max ? make_(*this, nsp) : nullptr;
  if (!made) {
    const bool is_full = namespaces_.size() >= limits_.namespaces_max;
    const std::string_view why = is_full ? "Too many namespaces" : "Invalid namespace";
    return send(socketio_head(SocketioType::connect_error, nsp) + JsonText().text("message", why).take());
  }
  connect_by_ms_ = kNever;
  ended_.erase(nsp);
  namespaces_.emplace(std::move(nsp), made);
  made->begin(auth);
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
  leave_all(&asker);
  session_.close();
}

void SocketioClient::violate() {
  leave_all(nullptr);
  session_.close();
}

void SocketioClient::leave_all(const SocketioNamespace* except) {
  connect_by_ms_ = kNever;
  const auto all = std::exchange(namespaces_, {});
  for (const auto& [nsp, its] : all)
    if (its.get() != except) its->on_left(false);
}

void SocketioClient::on_writable() {
  const auto all = namespaces_;
  for (const auto& [nsp, its] : all) its->on_writable();
}

bool SocketioClient::on_drain() {
  bool ends_itself = false;
  for (const auto& [nsp, its] : namespaces_) ends_itself = its->on_drain() || ends_itself;
  if (!ends_itself) leave_all(nullptr);
  return ends_itself;
}

std::uint64_t SocketioClient::next_ms() const {
  std::uint64_t next_ms = connect_by_ms_;
  for (const auto& [nsp, its] : namespaces_) next_ms = std::min(next_ms, its->next_ms());
  return next_ms;
}

void SocketioClient::on_time(std::uint64_t now_ms) {
  if (now_ms >= connect_by_ms_) return violate();
  const auto all = namespaces_;
  for (const auto& [nsp, its] : all)
    if (now_ms >= its->next_ms()) its->on_time(now_ms);
}

}  // namespace dialogue::transport
