// The few places for sockets that come when all descriptors meant for sockets are in use. A connection in one may ask for
// /health, /ready and /metrics, and is refused anything else; when all are taken, the oldest one that has not asked leaves for
// the newest. So silent peers cannot keep a health check out. Used by the listener's loop only.
//
//   socket.place = places.take();                      // the listener
//   place->leave = [this] { close(); };                // the socket's owner; called at most once
#pragma once
#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace dialogue::net {

struct ReservedDescriptor {
  std::function<void()> leave;  ///< closes the socket; not set: the socket has no owner yet
  bool has_asked = false;       ///< a whole request came
  bool is_lost = false;         ///< another socket has it
};

class ReservedDescriptors {
 public:
  explicit ReservedDescriptors(std::size_t count) : count_(count) {}

  /// Takes a place, which belongs to the holder of the pointer. Returns null if `count` is 0.
  [[nodiscard]] std::shared_ptr<ReservedDescriptor> take() {
    if (count_ == 0) return nullptr;
    std::erase_if(places_, [](const auto& place) { return place.expired(); });
    if (places_.size() >= count_) give_up_one();
    auto place = std::make_shared<ReservedDescriptor>();
    places_.push_back(place);
    return place;
  }

 private:
  void give_up_one() {
    const auto is_silent = [](const auto& each) {
      const auto place = each.lock();
      return place && !place->has_asked;
    };
    auto oldest = std::find_if(places_.begin(), places_.end(), is_silent);
    if (oldest == places_.end()) oldest = places_.begin();
    const auto place = oldest->lock();
    places_.erase(oldest);
    if (!place) return;
    place->is_lost = true;
    if (const auto leave = std::exchange(place->leave, nullptr)) leave();
  }

  std::size_t count_;
  std::deque<std::weak_ptr<ReservedDescriptor>> places_;  ///< oldest first
};

}  // namespace dialogue::net
