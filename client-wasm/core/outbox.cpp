#include "client-wasm/core/outbox.hpp"

#include <utility>

namespace dialogue::client {

namespace {
/// Takes out those for which `taken` holds, keeping the order of the rest.
template <class Predicate>
std::vector<Ticket> take_out(std::vector<Publication>& queue, Predicate taken) {
  std::vector<Ticket> tickets;
  std::size_t kept = 0;
  for (const Publication& publication : queue) {
    if (taken(publication))
      tickets.push_back(publication.ticket);
    else
      queue[kept++] = publication;
  }
  queue.resize(kept);
  return tickets;
}
}  // namespace

Publication* Outbox::find(Ticket ticket) {
  for (Publication& publication : queue_)
    if (publication.ticket == ticket) return &publication;
  return nullptr;
}

const Publication* Outbox::take_next() {
  std::size_t in_flight = 0;
  for (Publication& publication : queue_) {
    if (publication.in_flight) {
      if (++in_flight == kPublishInFlightMax) return nullptr;
      continue;
    }
    if (!publication.is_volatile && publication.sequence == 0) publication.sequence = next_sequence_++;
    publication.in_flight = publication.maybe_taken = true;
    return &publication;
  }
  return nullptr;
}

std::optional<Ticket> Outbox::finish(std::uint64_t sequence) {
  for (std::size_t i = 0; i < queue_.size(); ++i) {
    if (!queue_[i].in_flight || queue_[i].sequence != sequence) continue;
    const Ticket ticket = queue_[i].ticket;
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(i));
    return ticket;
  }
  return std::nullopt;
}

bool Outbox::refuse(std::uint64_t sequence) {
  for (Publication& publication : queue_) {
    if (!publication.in_flight || publication.sequence != sequence) continue;
    publication.in_flight = publication.maybe_taken = false;
    return true;
  }
  return false;
}

bool Outbox::is_lowest(std::uint64_t sequence) const {
  for (const Publication& publication : queue_)
    if (publication.sequence != 0 && publication.sequence < sequence) return false;
  return true;
}

bool Outbox::remove_unsent(Ticket ticket) {
  return !take_out(queue_, [&](const Publication& p) { return p.ticket == ticket && p.sequence == 0 && !p.in_flight; }).empty();
}

std::vector<Ticket> Outbox::connection_lost() {
  std::vector<Ticket> lost = take_out(queue_, [](const Publication& p) { return p.is_volatile && p.in_flight; });
  for (Publication& publication : queue_) publication.in_flight = false;
  return lost;
}

std::vector<Ticket> Outbox::producer_lost() {
  std::vector<Ticket> unknown = take_out(queue_, [](const Publication& p) { return p.maybe_taken; });
  for (Publication& publication : queue_) publication.sequence = 0;
  next_sequence_ = 1;
  return unknown;
}

std::vector<Publication> Outbox::clear() { return std::exchange(queue_, {}); }

}  // namespace dialogue::client
