// See sparse_record_deque.hpp.
#include "server/store/memory/sparse_record_deque.hpp"

#include <algorithm>
#include <utility>

namespace dialogue::store {

std::size_t SparseRecordDeque::place_of(std::uint64_t seq) const {
  if (slots_.empty() || seq <= slots_.front().record.seq) return 0;
  const std::uint64_t guess = seq - slots_.front().record.seq;
  if (guess < slots_.size() && slots_[guess].record.seq == seq) return guess;
  const auto place = std::lower_bound(slots_.begin(), slots_.end(), seq,
                                      [](const Slot& slot, std::uint64_t wanted) { return slot.record.seq < wanted; });
  return static_cast<std::size_t>(place - slots_.begin());
}

const core::LogRecord* SparseRecordDeque::from(std::uint64_t seq) const {
  for (std::size_t place = place_of(seq); place < slots_.size(); ++place)
    if (!slots_[place].is_hole) return &slots_[place].record;
  return nullptr;
}

const core::LogRecord* SparseRecordDeque::up_to(std::uint64_t seq) const {
  std::size_t place = place_of(seq);
  if (place < slots_.size() && slots_[place].record.seq == seq) ++place;
  while (place > 0)
    if (--place; !slots_[place].is_hole) return &slots_[place].record;
  return nullptr;
}

void SparseRecordDeque::erase(std::uint64_t seq) {
  Slot& slot = slots_[place_of(seq)];
  slot.record = core::LogRecord{};
  slot.record.seq = seq;
  slot.is_hole = true;
  ++holes_;
  for (; !slots_.empty() && slots_.front().is_hole; --holes_) slots_.pop_front();
  if (holes_ <= slots_.size() / 2) return;
  std::erase_if(slots_, [](const Slot& each) { return each.is_hole; });
  holes_ = 0;
}

}  // namespace dialogue::store
