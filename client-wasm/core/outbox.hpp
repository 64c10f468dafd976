// The publications of one room that have no final answer yet, in order, with their producer numbers. Decides which may be sent,
// what an answer means, and what becomes of them when the connection or the room's log is lost. Not thread-safe.
//
// A number is given when a publication is first sent, counts from 1 per room epoch, and stays with it until it is answered: the
// server refuses what comes out of order and knows what it has seen, so sending again is always safe.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "client-wasm/core/action.hpp"

namespace dialogue::client {

struct Publication {
  Ticket ticket = 0;
  std::uint32_t event = 0;     ///< the event's number in the server's catalogue
  bool is_volatile = false;    ///< not in the log: no number, never sent twice
  bool in_flight = false;      ///< sent over the present connection, unanswered
  bool maybe_taken = false;    ///< sent once without an answer: the server may have accepted it
  std::uint64_t sequence = 0;  ///< producer number; 0 until first sent
};

class Outbox {
 public:
  void add(Ticket ticket, std::uint32_t event, bool is_volatile) {
    queue_.push_back({ticket, event, is_volatile, false, false, 0});
  }
  [[nodiscard]] std::size_t size() const { return queue_.size(); }
  [[nodiscard]] Publication* find(Ticket ticket);

  /// The next one to be sent, with its number, marked as sent; nothing while kPublishInFlightMax are unanswered.
  [[nodiscard]] const Publication* take_next();
  /// A final answer to `sequence` (0: the oldest volatile one): forgets it. Nothing when there is no such publication.
  [[nodiscard]] std::optional<Ticket> finish(std::uint64_t sequence);
  /// A refusal that a retry can mend: it waits to be sent again with the same number. False when there is no such publication.
  [[nodiscard]] bool refuse(std::uint64_t sequence);
  /// Nothing unanswered has a lower number: a hole here is one that we cannot fill.
  [[nodiscard]] bool is_lowest(std::uint64_t sequence) const;
  /// Forgets it if the server has never seen it.
  [[nodiscard]] bool remove_unsent(Ticket ticket);

  /// The connection is gone: all will be sent again, but for volatile ones in flight, which are taken out.
  [[nodiscard]] std::vector<Ticket> connection_lost();
  /// The server's memory of this producer is gone: numbers start again. Takes out those that it may have accepted.
  [[nodiscard]] std::vector<Ticket> producer_lost();
  /// Everything, for a membership that has ended.
  [[nodiscard]] std::vector<Publication> clear();
  /// Calls `change(publication)` for each.
  template <class Change>
  void for_each(Change&& change) {
    for (Publication& publication : queue_) change(publication);
  }

 private:
  std::vector<Publication> queue_;
  std::uint64_t next_sequence_ = 1;
};

}  // namespace dialogue::client
