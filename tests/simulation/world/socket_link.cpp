// See socket_link.hpp.
#include "tests/simulation/world/socket_link.hpp"

#include <algorithm>
#include <utility>

namespace dialogue::simulation {

using namespace core;

namespace {

constexpr std::uint64_t kAfterHold_us = 200;

std::size_t bytes_of(const SharedBytes& text) { return text ? text->size() : 0; }

}  // namespace

std::uint64_t SocketLink::held_until(const Lane& queue) const {
  return &queue == &to_page_ ? std::max(weather_.offline_until_us, weather_.frozen_until_us) : weather_.offline_until_us;
}

void SocketLink::put(Lane& queue, Item item, std::uint64_t extra_us) {
  if (!queue.is_open) return;
  const std::uint64_t delay_us = chance_.between(weather_.delay_least_us, weather_.delay_most_us);
  queue.newest_us = std::max(queue.newest_us, clockwork_.now_us() + delay_us) + extra_us;
  queue.items.push_back(std::move(item));
  clockwork_.at(queue.newest_us, [self = self(), &queue] { self->arrive(queue); });
}

void SocketLink::arrive(Lane& queue) {
  if (is_silent_ || queue.items.empty()) return;
  if (const std::uint64_t until_us = held_until(queue); until_us > clockwork_.now_us()) {
    clockwork_.at(until_us + kAfterHold_us, [self = self(), &queue] { self->arrive(queue); });
    return;
  }
  Item item = std::move(queue.items.front());
  queue.items.pop_front();
  if (&queue == &to_page_) unread_bytes_ -= bytes_of(item.text);
  hand_over(queue, std::move(item));
  if (&queue == &to_page_) pump();
}

void SocketLink::hand_over(Lane& queue, Item item) {
  if (!queue.is_open) return;
  if (!item.text) queue.is_open = false;
  if (&queue == &to_page_) {
    item.text ? ends.at_page(*item.text) : ends.page_end(item.close_code);
  } else {
    item.text ? ends.at_server(*item.text) : ends.server_end(item.close_code);
  }
}

// --- The page ---

void SocketLink::page_sends(std::string text) { put(to_server_, {std::make_shared<const std::string>(std::move(text)), 0}, 0); }

void SocketLink::page_drops(std::uint16_t code) {
  to_page_.is_open = false;
  const bool is_heard = chance_.one_in(2);
  if (!is_heard) lose_tail(to_server_.items);
  put(to_server_, {nullptr, is_heard ? code : kCloseAbnormal}, 0);
}

// --- The server ---

void SocketLink::server_sends(SharedBytes text) {
  if (has_server_closed_) return;
  if (unsent_.empty()) progress_us_ = clockwork_.now_us();
  unsent_bytes_ += text->size();
  unsent_.push_back({std::move(text), 0});
  pump();
}

void SocketLink::server_closes(std::uint16_t code) {
  if (std::exchange(has_server_closed_, true)) return;
  to_server_.is_open = false;
  unsent_.push_back({nullptr, code});
  pump();
}

void SocketLink::ask_drained() {
  is_drain_asked_ = true;
  pump();
}

void SocketLink::pump() {
  refill();
  while (!unsent_.empty() && unread_bytes_ < weather_.unread_bytes_max) {
    Item item = std::move(unsent_.front());
    unsent_.pop_front();
    const std::size_t bytes = bytes_of(item.text);
    unsent_bytes_ -= bytes;
    unread_bytes_ += to_page_.is_open ? bytes : 0;
    progress_us_ = clockwork_.now_us();
    put(to_page_, std::move(item), bytes * weather_.us_per_byte);
    refill();
  }
  if (!is_drained() || !std::exchange(is_drain_asked_, false)) return;
  // In a turn of its own.
  clockwork_.after(chance_.below(kMs), [self = self()] {
    if (self->to_server_.is_open) self->ends.drained();
  });
}

void SocketLink::server_dies() {
  to_server_.is_open = false;
  if (std::exchange(has_server_closed_, true)) return;
  unsent_.clear();
  lose_tail(to_page_.items);
  put(to_page_, {nullptr, kCloseAbnormal}, 0);
}

// --- Faults ---

void SocketLink::lose_tail(std::deque<Item>& items) {
  for (std::uint64_t lost = chance_.below(items.size() + 1); lost > 0; --lost) {
    if (&items == &to_page_.items) unread_bytes_ -= bytes_of(items.back().text);
    items.pop_back();
  }
}

void SocketLink::cut() {
  unsent_.clear();
  unsent_bytes_ = 0;
  lose_tail(to_page_.items);
  lose_tail(to_server_.items);
  put(to_page_, {nullptr, kCloseAbnormal}, chance_.below(kSecond));
  put(to_server_, {nullptr, kCloseAbnormal}, chance_.below(kSecond));
  has_server_closed_ = true;  // what it sends now is lost
}

}  // namespace dialogue::simulation
