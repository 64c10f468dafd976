// A link that has one socket: a queue each way, in order, with delays; what the server may send before the page has read is
// bounded, the rest waits and is told as backlog. Either side can be cut off, or go silent without a word. Used by one run.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "tests/simulation/world/link.hpp"

namespace dialogue::simulation {

class SocketLink : public Link {
 public:
  using Link::Link;

  void page_sends(std::string text) override;
  void page_drops(std::uint16_t code) override;
  void server_sends(SharedBytes text) override;
  void server_closes(std::uint16_t code) override;
  void ask_drained() override;
  [[nodiscard]] std::size_t unsent_bytes() const override { return unsent_bytes_; }
  [[nodiscard]] std::uint64_t stalled_ms() const override {
    return unsent_.empty() ? 0 : (clockwork_.now_us() - progress_us_) / kMs;
  }
  void server_dies() override;
  void cut() override;
  void go_silent() override { is_silent_ = true; }

 protected:
  /// Called before what waits is looked at: more may be sent.
  virtual void refill() {}
  [[nodiscard]] virtual bool is_drained() const { return unsent_.empty(); }

 private:
  struct Item {
    SharedBytes text;  ///< null: the end
    std::uint16_t close_code = 0;
  };
  struct Lane {
    std::deque<Item> items;
    std::uint64_t newest_us = 0;
    bool is_open = true;  ///< somebody listens
  };

  [[nodiscard]] std::shared_ptr<SocketLink> self() { return std::static_pointer_cast<SocketLink>(shared_from_this()); }
  void put(Lane& queue, Item item, std::uint64_t extra_us);
  void arrive(Lane& queue);
  void hand_over(Lane& queue, Item item);
  void pump();
  void lose_tail(std::deque<Item>& items);
  [[nodiscard]] std::uint64_t held_until(const Lane& queue) const;

  Lane to_page_, to_server_;
  std::deque<Item> unsent_;
  std::size_t unsent_bytes_ = 0, unread_bytes_ = 0;
  std::uint64_t progress_us_ = 0;
  bool is_silent_ = false, is_drain_asked_ = false, has_server_closed_ = false;
};

}  // namespace dialogue::simulation
