// See journal_store.hpp.
#include "examples/store-adapter/journal_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <random>
#include <utility>

#include "examples/store-adapter/entry.hpp"

namespace example {

using namespace dialogue;

namespace {

enum Kind : std::uint64_t { kSeed, kAppend, kTrim, kErase, kPutKept };

/// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv): detects an entry that was cut off or damaged.
std::uint64_t checksum_of(std::string_view bytes) {
  std::uint64_t sum = 0xCBF29CE484222325ULL;
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
  return sum;
}

template <typename Put>
std::string entry_of(Kind kind, Put put_rest) {
  EntryWriter entry;
  entry.number(kind);
  put_rest(entry);
  return entry.bytes();
}

std::string seed_entry() {
  std::random_device device;
  const std::uint64_t seed = (std::uint64_t{device()} << 32) | device();
  return entry_of(kSeed, [&](EntryWriter& entry) { entry.number(seed); });
}

bool write_all(int file, std::string_view bytes, std::size_t at) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0) return false;
    at += static_cast<std::size_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

JournalStore::JournalStore(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (file_ < 0) throw StoreError(path, "the journal cannot be opened.", "Check the path and who may write there.");
  if (flock(file_, LOCK_EX | LOCK_NB) != 0)
    throw StoreError(path, "another process uses this journal.", "Stop it, or choose another path.");
  std::ifstream in(path, std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  // Each entry stands behind its length and its checksum.
  for (std::string_view rest(all); rest.size() >= 2 * sizeof(std::uint64_t);) {
    std::uint64_t size = 0, checksum = 0;
    EntryReader frame(rest);
    frame.number(size);
    frame.number(checksum);
    rest.remove_prefix(2 * sizeof(std::uint64_t));
    if (size > rest.size()) break;
    const bool is_whole = checksum == checksum_of(rest.substr(0, size));
    if (!is_whole && size == rest.size()) break;
    if (!is_whole) throw StoreError(path, "the journal is damaged.", "Put a copy in its place.");
    repeat(rest.substr(0, size));
    rest.remove_prefix(size);
    size_ = all.size() - rest.size();
  }
  if (memory_) return;
  const std::string seed = seed_entry();
  if (write_down(seed) != StoreStatus::ok)
    throw StoreError(path, "the journal cannot be written.", "Check the disk's free space and permissions.");
  repeat(seed);
}

JournalStore::~JournalStore() { close(file_); }

/// Repeats the requests of the journal. They restore the store, epochs too: MemoryStore's only randomness is its seed.
void JournalStore::repeat(std::string_view bytes) {
  EntryReader entry(bytes);
  std::uint64_t kind = 0;
  entry.number(kind);
  if (kind == kSeed) {
    std::uint64_t seed = 0;
    entry.number(seed);
    memory_ = std::make_unique<MemoryStore>(seed);
  } else if (kind == kAppend) {
    std::vector<RoomWrite> writes;
    entry.list(writes, [&entry](RoomWrite& write) { put_write(entry, write); });
    memory_->append(std::move(writes), [](const auto&) {});
  } else if (kind == kTrim) {
    TrimLog trim;
    put_trim(entry, trim);
    memory_->trim(std::move(trim), [](const auto&) {});
  } else if (kind == kPutKept) {
    KeptWrite write;
    put_kept_write(entry, write);
    memory_->put_kept(std::move(write), [](const auto&) {});
  } else {
    RoomKey key;
    put(entry, key);
    memory_->erase(std::move(key), [](const auto&) {});
  }
}

StoreStatus JournalStore::write_down(const std::string& entry) {
  if (has_failed_) return StoreStatus::failed;
  EntryWriter frame;
  frame.number(entry.size());
  frame.number(checksum_of(entry));
  const std::string bytes = frame.bytes() + entry;
  if (!write_all(file_, bytes, size_)) {
    // Nothing of it happened, if the half of it can be taken back.
    has_failed_ = errno != ENOSPC || ftruncate(file_, static_cast<off_t>(size_)) != 0;
    return has_failed_ ? StoreStatus::failed : StoreStatus::full;
  }
  // A sync that fails must not be tried again: what it was about may be gone from memory and disk.
  has_failed_ = fdatasync(file_) != 0;
  if (has_failed_) return StoreStatus::failed;
  size_ += bytes.size();
  return StoreStatus::ok;
}

void JournalStore::append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) {
  std::vector<StoreStatus> statuses;
  {
    const std::lock_guard lock(mutex_);
    const StoreStatus written = write_down(entry_of(
        kAppend, [&](EntryWriter& entry) { entry.list(writes, [&entry](const RoomWrite& write) { put_write(entry, write); }); }));
    statuses.assign(writes.size(), written);
    if (written == StoreStatus::ok) memory_->append(std::move(writes), [&](auto given) { statuses = std::move(given); });
  }
  done(std::move(statuses));  // without the lock: it may ask again
}

void JournalStore::trim(TrimLog trim, Done<LogTrimmed> done) {
  LogTrimmed trimmed;
  {
    const std::lock_guard lock(mutex_);
    trimmed.status = write_down(entry_of(kTrim, [&](EntryWriter& entry) { put_trim(entry, std::as_const(trim)); }));
    if (trimmed.status == StoreStatus::ok) memory_->trim(std::move(trim), [&](LogTrimmed given) { trimmed = given; });
  }
  done(trimmed);
}

void JournalStore::erase(RoomKey key, Done<StoreStatus> done) {
  StoreStatus status = StoreStatus::ok;
  {
    const std::lock_guard lock(mutex_);
    status = write_down(entry_of(kErase, [&](EntryWriter& entry) { put(entry, std::as_const(key)); }));
    if (status == StoreStatus::ok) memory_->erase(std::move(key), [&](StoreStatus given) { status = given; });
  }
  done(status);
}

void JournalStore::put_kept(KeptWrite write, Done<StoreStatus> done) {
  StoreStatus status = StoreStatus::ok;
  {
    const std::lock_guard lock(mutex_);
    status = write_down(entry_of(kPutKept, [&](EntryWriter& entry) { put_kept_write(entry, std::as_const(write)); }));
    if (status == StoreStatus::ok) memory_->put_kept(std::move(write), [&](StoreStatus given) { status = given; });
  }
  done(status);
}

void JournalStore::list_kept(KeptQuery query, Done<KeptList> done) {
  KeptList list;
  {
    const std::lock_guard lock(mutex_);
    memory_->list_kept(query, [&](KeptList given) { list = std::move(given); });
  }
  done(std::move(list));
}

void JournalStore::open(RoomKey key, Done<RoomOpened> done) {
  RoomOpened opened;
  {
    const std::lock_guard lock(mutex_);
    memory_->open(std::move(key), [&](RoomOpened given) { opened = std::move(given); });
  }
  done(std::move(opened));
}

void JournalStore::read(ReadRange range, Done<LogPage> done) {
  LogPage page;
  {
    const std::lock_guard lock(mutex_);
    memory_->read(std::move(range), [&](LogPage given) { page = std::move(given); });
  }
  done(std::move(page));
}

}  // namespace example
