// Each call becomes one for every loop that has sockets.
#include "server/socketio/broadcast.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "server/socketio/app_socket.hpp"
#include "server/socketio/hub.hpp"
#include "server/socketio/limits.hpp"

namespace dialogue::socketio {
namespace {

bool may_be_named(const Target& target) {
  return target.rooms.size() <= kTargetRoomsMax && target.except.size() <= kTargetRoomsMax;
}

/// Has `each(AppSocket&)` made for the sockets that `target` names, on their loops.
template <typename Each>
Verdict ask_each(const NamespaceState& state, Target target, std::size_t bytes, Each each) {
  const auto hub = state.hub.lock();
  if (!hub) return Verdict::closed;
  if (!may_be_named(target)) return Verdict::invalid;
  const auto shared = std::make_shared<const std::pair<Target, Each>>(std::move(target), std::move(each));
  const LoopShare::Call call = [&state, shared](LoopShare& part) {
    for (AppSocket* const socket : part.members_of(state).find(shared->first)) shared->second(*socket);
  };
  return hub->ask_all([&call](std::size_t) { return call; }, bytes);
}

/// Sockets of several loops on their way to one list.
struct Fetch {
  std::shared_ptr<Once<std::vector<Socket>>> once;
  SocketPage page;
  std::mutex mutex;
  std::vector<Socket> found;
  std::size_t missing = 0;  ///< loops

  void add(const std::vector<AppSocket*>& sockets) {
    const std::lock_guard lock(mutex);
    for (const AppSocket* socket : sockets) found.emplace_back(socket->record());
    if (--missing > 0) return;
    std::sort(found.begin(), found.end(), [](const Socket& a, const Socket& b) { return a.id() < b.id(); });
    found.erase(found.begin() + static_cast<std::ptrdiff_t>(std::min(page.limit, found.size())), found.end());
    once->otherwise(std::move(found));  // given when the last call is gone
  }
};

/// How many sockets of several loops got an event.
struct Count {
  std::shared_ptr<Once<EmitResult>> once;
  std::atomic<std::size_t> sockets{0}, missing{0};

  void add(std::size_t count) {
    sockets += count;
    if (--missing == 0) once->otherwise({Verdict::ok, sockets});
  }
};

}  // namespace

Broadcast Broadcast::to(std::string_view room) const {
  Broadcast more = *this;
  more.target_.rooms.emplace_back(room);
  return more;
}

Broadcast Broadcast::except(std::string_view room) const {
  Broadcast fewer = *this;
  fewer.target_.except.emplace_back(room);
  return fewer;
}

Verdict Broadcast::emit_all(std::string_view event, const Arguments& arguments) const {
  if (!is_event_name(event) || !arguments.is_valid()) return Verdict::invalid;
  Packet packet = event_packet(state_->name, event, arguments);
  const std::size_t bytes = packet.bytes();
  return ask_each(*state_, target_, bytes,
                  [packet = std::move(packet), state = state_](AppSocket& socket) { socket.send(packet); });
}

void Broadcast::emit_counted(std::string_view event, const Arguments& arguments, std::function<void(EmitResult)> done) const {
  const auto hub = state_->hub.lock();
  if (!hub) return done({Verdict::closed, 0});
  const auto count = std::make_shared<Count>();
  count->once = hub->once<EmitResult>(std::move(done), {});
  const bool is_valid = is_event_name(event) && arguments.is_valid() && may_be_named(target_);
  if (!is_valid) return count->once->otherwise({Verdict::invalid, 0});
  const Packet packet = event_packet(state_->name, event, arguments);
  const auto make = [&](std::size_t loops) -> LoopShare::Call {
    count->missing = loops;
    if (loops == 0) count->once->otherwise({Verdict::ok, 0});
    return [count, packet, state = state_, target = target_](LoopShare& part) {
      const auto sockets = part.members_of(*state).find(target);
      for (AppSocket* const socket : sockets) socket->send(packet);
      count->add(sockets.size());
    };
  };
  const Verdict verdict = hub->ask_all(make, packet.bytes());
  if (verdict != Verdict::ok) count->once->otherwise({verdict, 0});
}

Verdict Broadcast::join(std::string_view room) const {
  if (!is_room_name(room)) return Verdict::invalid;
  return ask_each(*state_, target_, room.size(),
                  [room = std::string(room), state = state_](AppSocket& socket) { socket.join(room); });
}

Verdict Broadcast::leave(std::string_view room) const {
  return ask_each(*state_, target_, room.size(),
                  [room = std::string(room), state = state_](AppSocket& socket) { socket.leave(room); });
}

Verdict Broadcast::disconnect(bool closes_transport) const {
  return ask_each(*state_, target_, 0,
                  [closes_transport, state = state_](AppSocket& socket) { socket.disconnect(closes_transport); });
}

void Broadcast::fetch_sockets(SocketPage page, std::function<void(std::vector<Socket>)> done) const {
  const auto hub = state_->hub.lock();
  if (!hub) return done({});
  page.limit = std::min(page.limit, kFetchedMax);
  const auto fetch = std::make_shared<Fetch>();
  fetch->once = hub->once<std::vector<Socket>>(std::move(done), {});
  fetch->page = std::move(page);
  if (!may_be_named(target_)) return;
  const auto make = [&](std::size_t loops) -> LoopShare::Call {
    fetch->missing = loops;
    return [fetch, state = state_, target = target_](LoopShare& part) {
      fetch->add(part.members_of(*state).page(target, fetch->page.after, fetch->page.limit));
    };
  };
  static_cast<void>(hub->ask_all(make, 0));
}

std::future<std::vector<Socket>> Broadcast::fetch_sockets(SocketPage page) const {
  const auto promise = std::make_shared<std::promise<std::vector<Socket>>>();
  fetch_sockets(std::move(page), [promise](std::vector<Socket> sockets) { promise->set_value(std::move(sockets)); });
  return promise->get_future();
}

}  // namespace dialogue::socketio
