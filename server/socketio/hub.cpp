// See hub.hpp.
#include "server/socketio/hub.hpp"

#include <algorithm>
#include <utility>

#include "server/socketio/app_socket.hpp"
#include "server/socketio/limits.hpp"
#include "server/transport/socketio/socketio_packet.hpp"
#include "shared/base/setup_error.hpp"
#include "shared/base/utf8.hpp"

namespace dialogue::socketio {
namespace {

bool is_namespace(std::string_view name) {
  const auto is_odd = [](char c) { return c == ',' || c == '?' || static_cast<unsigned char>(c) < ' '; };
  return name.starts_with('/') && name.size() <= transport::kNamespaceBytesMax && is_utf8(name) &&
         std::none_of(name.begin(), name.end(), is_odd);
}

}  // namespace

std::shared_ptr<NamespaceState> Hub::add(std::string_view name) {
  if (auto known = find(name)) return known;
  const std::string where = "socketio(\"" + std::string(name) + "\")";
  refuse_late(where);
  if (!is_namespace(name))
    throw SetupError(where, "this is not a namespace", "Write a slash and at most 127 bytes of UTF-8 without a comma or \"?\".");
  const std::lock_guard lock(names_mutex_);
  if (namespaces_.size() >= kNamespacesMax)
    throw SetupError(where, "there are " + std::to_string(kNamespacesMax) + " namespaces", "");
  return namespaces_.emplace(name, std::make_shared<NamespaceState>(std::string(name), weak_from_this())).first->second;
}

std::shared_ptr<NamespaceState> Hub::find(std::string_view name) const {
  const std::lock_guard lock(names_mutex_);
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : found->second;
}

void Hub::serve(bool is_serving) {
  const std::lock_guard lock(names_mutex_);
  is_serving_ = is_serving;
}

void Hub::refuse_late(const std::string& which) const {
  const std::lock_guard lock(names_mutex_);
  if (is_serving_)
    throw SetupError(which, "namespaces and handlers cannot be set while the server runs", "Set them before listen().");
}

std::shared_ptr<LoopShare> Hub::part_of(loop::ShardLoop& loop) {
  const std::lock_guard lock(order_mutex_);
  auto& part = parts_[&loop];
  if (!part) part = std::make_shared<LoopShare>(loop);
  return part;
}

std::shared_ptr<transport::SocketioNamespace> Hub::make(transport::SocketioClient& client, std::string_view nsp) {
  auto state = find(nsp);
  if (!state) return nullptr;
  return std::make_shared<AppSocket>(client, std::move(state), part_of(client.session().loop()));
}

Verdict Hub::ask(LoopShare& part, LoopShare::Call call, std::size_t bytes) {
  {
    const std::lock_guard lock(order_mutex_);
    if (has_ended_) return Verdict::closed;
    if (!part.has_place(bytes)) return Verdict::busy;
    part.push(std::move(call), bytes);
  }
  if (part.is_this_thread()) part.drain();
  return Verdict::ok;
}

Verdict Hub::ask_all(const std::function<LoopShare::Call(std::size_t)>& make, std::size_t bytes) {
  std::shared_ptr<LoopShare> own;
  {
    const std::lock_guard lock(order_mutex_);
    if (has_ended_) return Verdict::closed;
    for (const auto& [loop, part] : parts_)
      if (!part->has_place(bytes)) return Verdict::busy;
    const LoopShare::Call call = make(parts_.size());
    for (const auto& [loop, part] : parts_) {
      part->push(call, bytes);
      if (part->is_this_thread()) own = part;
    }
  }
  if (own) own->drain();
  return Verdict::ok;
}

void Hub::end() {
  std::vector<std::shared_ptr<LoopShare>> parts;
  {
    const std::lock_guard lock(order_mutex_);
    has_ended_ = true;
    for (const auto& [loop, part] : parts_) parts.push_back(part);
    parts_.clear();
  }
  for (const auto& part : parts) part->end();
  decltype(namespaces_) ended;
  {
    const std::lock_guard lock(names_mutex_);
    ended.swap(namespaces_);
    is_serving_ = true;
  }
  for (const auto& [name, state] : ended) state->forget_handlers();
}

}  // namespace dialogue::socketio
