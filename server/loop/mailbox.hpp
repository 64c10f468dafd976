// How other threads reach a loop: a vector under a lock, taken whole. One wake-up covers everything that was put in before the
// loop took it. What a loop hands over to several mailboxes is put in behind its gate, and none of it is taken before all of it
// is in its mailboxes: so an effect never overtakes its cause, whichever way either of them takes. Safe from any thread.
// docs/decisions/361-one-moment.md
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace dialogue::loop {

/// Divides what one thread hands over into moments. It outlives the mailboxes that it was given to.
class HandOverGate {
 public:
  /// Puts each of the lists into the mailbox `box_of(index)`, in one moment, empties it, and calls `wake(index)` for each box
  /// whose owner must be woken. Its owner's thread.
  template <typename Lists, typename BoxOf, typename Wake>
  void hand_over(Lists& lists, const BoxOf& box_of, const Wake& wake) {
    receivers_.clear();
    for (std::size_t i = 0; i < lists.size(); ++i) {
      if (lists[i].empty()) continue;
      box_of(i).put_behind(*this, lists[i]);
      receivers_.push_back(i);
    }
    if (!receivers_.empty()) open();
    for (const std::size_t i : receivers_)
      if (box_of(i).must_wake()) wake(i);
  }

  /// The moment that is being prepared. Its owner's thread.
  [[nodiscard]] std::uint64_t moment() const { return opened_.load(std::memory_order_relaxed) + 1; }
  /// What was put in for this moment can be taken; the next one begins. Its owner's thread.
  void open() { opened_.fetch_add(1, std::memory_order_release); }
  [[nodiscard]] bool is_open(std::uint64_t moment) const { return opened_.load(std::memory_order_acquire) >= moment; }

 private:
  std::atomic<std::uint64_t> opened_{0};
  std::vector<std::size_t> receivers_;  ///< of the moment in hand; kept for its memory
};

template <typename T>
class Mailbox {
 public:
  /// Adds an item; returns true if the box's owner must be woken.
  [[nodiscard]] bool put(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    return !std::exchange(is_woken_, true);
  }

  /// Puts all of `items` in, in order, and empties it. They can be taken when the gate's moment is open; call must_wake() then.
  void put_behind(const HandOverGate& gate, std::vector<T>& items) {
    const std::lock_guard lock(mutex_);
    gated_.push_back({&gate, gate.moment(), items_.size()});
    items_.insert(items_.end(), std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
    items.clear();
  }
  /// Whether the box's owner must be woken for what was put in.
  [[nodiscard]] bool must_wake() {
    const std::lock_guard lock(mutex_);
    return !items_.empty() && !std::exchange(is_woken_, true);
  }

  /// Takes what is in the box up to the first item whose moment is not open, oldest first. `into` must be empty; its memory is
  /// used for what comes next.
  void take(std::vector<T>& into) {
    const std::lock_guard lock(mutex_);
    is_woken_ = false;
    const auto closed =
        std::find_if(gated_.begin(), gated_.end(), [](const Gated& each) { return !each.gate->is_open(each.moment); });
    if (closed == gated_.end()) {
      gated_.clear();
      return items_.swap(into);
    }
    const std::size_t count = closed->from;
    gated_.erase(gated_.begin(), closed);
    for (Gated& each : gated_) each.from -= count;
    const auto end = items_.begin() + static_cast<std::ptrdiff_t>(count);
    into.assign(std::make_move_iterator(items_.begin()), std::make_move_iterator(end));
    items_.erase(items_.begin(), end);
  }

  [[nodiscard]] bool is_empty() const {
    const std::lock_guard lock(mutex_);
    return items_.empty();
  }

 private:
  /// What one hand-over has put in.
  struct Gated {
    const HandOverGate* gate;
    std::uint64_t moment;
    std::size_t from;  ///< its first item
  };

  mutable std::mutex mutex_;
  std::vector<T> items_;
  std::vector<Gated> gated_;  ///< in the order of their items
  bool is_woken_ = false;     ///< its owner was woken since it last took something
};

}  // namespace dialogue::loop
