// The bytes of one request in the journal: numbers of eight bytes, texts behind their length. One function both writes and reads
// each type, so that the two cannot differ. Values; no thread of its own.
#pragma once
#include <cstdint>
#include <cstring>
#include <dialogue/store.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace example {

class EntryWriter {
 public:
  void number(const std::uint64_t& value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value)); }
  void text(const std::string& value) {
    number(value.size());
    bytes_ += value;
  }
  template <typename Item, typename Each>
  void list(const std::vector<Item>& items, Each each) {
    number(items.size());
    for (const Item& item : items) each(item);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

class EntryReader {
 public:
  explicit EntryReader(std::string_view bytes) : bytes_(bytes) {}
  void number(std::uint64_t& value) {
    if (bytes_.size() < sizeof(value)) throw std::runtime_error("an entry is too short");
    std::memcpy(&value, bytes_.data(), sizeof(value));
    bytes_.remove_prefix(sizeof(value));
  }
  void text(std::string& value) {
    std::uint64_t size = 0;
    number(size);
    if (bytes_.size() < size) throw std::runtime_error("an entry is too short");
    value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
  }
  template <typename Item, typename Each>
  void list(std::vector<Item>& items, Each each) {
    std::uint64_t size = 0;
    number(size);
    for (; size > 0; --size) each(items.emplace_back());
  }

 private:
  std::string_view bytes_;
};

template <typename Entry, typename Key>
void put(Entry& entry, Key& key) {
  entry.text(key.tenant);
  entry.text(key.room);
}

template <typename Entry, typename Record>
void put_record(Entry& entry, Record& record) {
  for (auto* number : {&record.seq, &record.timestamp_ms, &record.group_keep}) entry.number(*number);
  for (auto* text : {&record.event, &record.from, &record.payload, &record.group}) entry.text(*text);
}

/// What is not a std::uint64_t but fits one.
template <typename Number>
void put_number(EntryWriter& entry, const Number& value) {
  entry.number(static_cast<std::uint64_t>(value));
}
template <typename Number>
void put_number(EntryReader& entry, Number& value) {
  std::uint64_t number = 0;
  entry.number(number);
  value = static_cast<Number>(number);
}

template <typename Entry, typename Producer>
void put_producer(Entry& entry, Producer& producer) {
  entry.text(producer.key);
  for (auto* number : {&producer.expected, &producer.used_ms}) entry.number(*number);
  entry.list(producer.receipts, [&entry](auto& receipt) {
    for (auto* number : {&receipt.seq, &receipt.timestamp_ms}) entry.number(*number);
    put_number(entry, receipt.hash);
    put_number(entry, receipt.refused);
  });
}

template <typename Entry, typename Write>
void put_write(Entry& entry, Write& write) {
  put(entry, write.key);
  for (auto* number : {&write.epoch, &write.base}) entry.number(*number);
  entry.list(write.records, [&entry](auto& record) { put_record(entry, record); });
  entry.list(write.producers, [&entry](auto& producer) { put_producer(entry, producer); });
}

/// What may be absent: 1 and the value, or 0.
template <typename Value, typename Each>
void put_optional(EntryWriter& entry, const std::optional<Value>& value, Each each) {
  entry.number(value ? 1 : 0);
  if (value) each(*value);
}
template <typename Value, typename Each>
void put_optional(EntryReader& entry, std::optional<Value>& value, Each each) {
  std::uint64_t is_there = 0;
  entry.number(is_there);
  if (is_there != 0) each(value.emplace());
}

template <typename Entry, typename Write>
void put_kept_write(Entry& entry, Write& write) {
  entry.number(write.now_s);
  entry.list(write.changes, [&entry](auto& change) {
    put_number(entry, change.kind);
    entry.text(change.key);
    entry.number(change.expires_s);
    put_optional(entry, change.value, [&entry](auto& value) { entry.text(value); });
    put_optional(entry, change.expected_version, [&entry](auto& version) { entry.number(version); });
  });
}

template <typename Entry, typename Trim>
void put_trim(Entry& entry, Trim& trim) {
  put(entry, trim.key);
  for (auto* number : {&trim.epoch, &trim.before_ms, &trim.producers_before_ms, &trim.page_producers_before_ms})
    entry.number(*number);
  entry.list(trim.windows, [&entry](auto& window) {
    entry.text(window.group);
    entry.number(window.before_ms);
  });
}

}  // namespace example
