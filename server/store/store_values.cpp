// See store_values.hpp.
#include "server/store/store_values.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "server/core/util/plain_text.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"

namespace dialogue::store {
namespace {

std::string beyond(std::string_view what, std::uint64_t value, std::string_view range) {
  return std::string(what) + ' ' + std::to_string(value) + " is not " + std::string(range);
}

constexpr std::string_view kSafeRange = "0 to 2^53-1", kSafeRangeFrom1 = "1 to 2^53-1";

std::string fault_of(const core::ProducerState& producer) {
  if (producer.expected > kSafeIntegerMax + 1) return beyond("a producer's next number", producer.expected, kSafeRangeFrom1);
  for (const core::ProducerReceipt& receipt : producer.receipts) {
    if (receipt.seq > kSafeIntegerMax) return beyond("a receipt's sequence", receipt.seq, kSafeRange);
    if (receipt.timestamp_ms > kSafeIntegerMax) return beyond("a receipt's time", receipt.timestamp_ms, kSafeRange);
  }
  return {};
}

/// One JSON value on one line.
bool is_payload(std::string_view text) {
  return text.find_first_of("\n\r") == std::string_view::npos && json_value_length(text) == text.size() && !text.empty();
}

/// Why a record's texts cannot be sent; empty: they can.
std::string fault_of_texts(const core::LogRecord& record) {
  if (!is_name(record.event)) return "its event is not a valid name";
  if (record.from.empty() || record.from.size() > kNameBytesMax || !core::is_plain_text(record.from))
    return "its sender is not a valid user id";
  if (!is_payload(record.payload)) return "its payload is not JSON on one line";
  if (record.timestamp_ms > kSafeIntegerMax) return beyond("its time", record.timestamp_ms, kSafeRange);
  return {};
}

std::string fault_of_bounds(const core::LogPage& page) {
  if (page.head > kSafeIntegerMax) return beyond("the page's head", page.head, kSafeRange);
  if (page.base == 0 || page.base > kSafeIntegerMax + 1) return beyond("the page's base", page.base, kSafeRangeFrom1);
  if (page.last < page.first)
    return page.records.empty() && page.damaged.empty() ? std::string() : std::string("an empty page has events");
  if (page.first == 0) return beyond("the page's first sequence", page.first, kSafeRangeFrom1);
  if (page.last > kSafeIntegerMax) return beyond("the page's last sequence", page.last, kSafeRange);
  return {};
}

std::string fault_of_order(const core::LogPage& page) {
  std::uint64_t next = page.first;
  for (const core::LogRecord& record : page.records) {
    if (record.seq < next || record.seq > page.last)
      return "sequence " + std::to_string(record.seq) + " is out of order, or outside the page";
    next = record.seq + 1;
  }
  next = page.first;
  for (const auto& [first, last] : page.damaged) {
    if (first < next || last < first || last > page.last)
      return "the damaged range from " + std::to_string(first) + " is out of order, or outside the page";
    next = last + 1;
  }
  return {};
}

/// Adds a sequence to ascending ranges that it is not in.
void add_damage(std::vector<core::SeqRange>& ranges, std::uint64_t seq) {
  auto next = std::find_if(ranges.begin(), ranges.end(), [seq](const core::SeqRange& range) { return range.first > seq; });
  const bool joins_next = next != ranges.end() && next->first == seq + 1;
  const bool joins_before = next != ranges.begin() && std::prev(next)->last + 1 == seq;
  if (joins_next && joins_before) {
    std::prev(next)->last = next->last;
    ranges.erase(next);
  } else if (joins_next) {
    next->first = seq;
  } else if (joins_before) {
    std::prev(next)->last = seq;
  } else {
    ranges.insert(next, {seq, seq});
  }
}

}  // namespace

std::string fault_of(const core::RoomOpened& opened) {
  const core::RoomLogState& log = opened.state;
  if (log.epoch == 0 || log.epoch > kSafeIntegerMax) return beyond("epoch", log.epoch, kSafeRangeFrom1);
  if (log.head > kSafeIntegerMax) return beyond("head", log.head, kSafeRange);
  if (log.base == 0 || log.base > log.head + 1) return beyond("base", log.base, "1 to head + 1");
  if (log.timestamp_ms > kSafeIntegerMax) return beyond("the newest record's time", log.timestamp_ms, kSafeRange);
  for (const core::ProducerState& producer : log.producers)
    if (std::string fault = fault_of(producer); !fault.empty()) return fault;
  return {};
}

std::string fault_of(const LogHead& head) {
  if (head.epoch == 0 || head.epoch > kSafeIntegerMax) return beyond("epoch", head.epoch, kSafeRangeFrom1);
  return head.seq > kSafeIntegerMax ? beyond("sequence", head.seq, kSafeRange) : std::string();
}

std::string fault_of(const KeptList& list, KeptKind kind) {
  if (list.epoch == 0 || list.epoch > kSafeIntegerMax) return beyond("epoch", list.epoch, kSafeRangeFrom1);
  if (list.version > kSafeIntegerMax) return beyond("version", list.version, kSafeRange);
  for (const KeptEntry& entry : list.entries) {
    if (entry.kind != kind) return "an entry is of another kind";
    if (entry.is_removed && list.is_whole) return "a whole list has an entry that was removed";
    if (entry.is_damaged || entry.is_removed) continue;
    if (entry.version > list.version) return beyond("an entry's version", entry.version, "at most the list's");
    if (kind == KeptKind::secret && entry.value.empty()) return "its secret is empty";
  }
  return {};
}

std::string fault_of(const core::LogTrimmed& trimmed) {
  return trimmed.base == 0 || trimmed.base > kSafeIntegerMax + 1 ? beyond("base", trimmed.base, kSafeRangeFrom1) : std::string();
}

std::string mend(core::LogPage& page) {
  std::string fault = fault_of_bounds(page);
  if (fault.empty()) fault = fault_of_order(page);
  if (!fault.empty()) {
    page = {core::StoreStatus::damaged, 1, 0, 1, 0, {}};
    return fault;
  }
  std::erase_if(page.records, [&](const core::LogRecord& record) {
    std::string its = fault_of_texts(record);
    if (its.empty()) return false;
    add_damage(page.damaged, record.seq);
    fault = "record " + std::to_string(record.seq) + ": " + std::move(its);
    return true;
  });
  return fault;
}

std::string mend(UserPage& page) {
  std::string fault;
  std::erase_if(page.records, [&](const UserRecord& found) {
    std::string its = is_name(found.room.room) ? fault_of_texts(found.record) : "its room is not a name";
    if (its.empty() && (found.record.seq == 0 || found.record.seq > kSafeIntegerMax))
      its = beyond("its sequence", found.record.seq, kSafeRangeFrom1);
    if (its.empty() && (found.epoch == 0 || found.epoch > kSafeIntegerMax))
      its = beyond("its epoch", found.epoch, kSafeRangeFrom1);
    if (its.empty()) return false;
    fault = "record " + std::to_string(found.record.seq) + ": " + std::move(its);
    return true;
  });
  return fault;
}

}  // namespace dialogue::store
