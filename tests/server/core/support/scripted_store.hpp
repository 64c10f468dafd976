// A store whose answers a test decides about: held back, refused, or given as they are by a store in memory.
// Used by one test at a time.
#pragma once
#include <algorithm>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "server/store/memory/memory_store.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

class ScriptedStore final : public Store {
 public:
  explicit ScriptedStore(std::uint64_t seed) : memory_(seed) {}

  StoreStatus open_status = StoreStatus::ok, append_status = StoreStatus::ok, read_status = StoreStatus::ok,
              define_status = StoreStatus::ok;
  std::vector<SeqRange> damaged;          ///< of every log: ascending, and no record in them is read
  bool held = false;                      ///< nothing is done until release()
  std::vector<std::size_t> append_sizes;  ///< how many records each append had
  std::uint64_t clock_known_ms = 0;       ///< as in RoomOpened
  std::size_t opens = 0, reads = 0, trims = 0;

  void release() {
    held = false;
    for (const auto& act : std::exchange(waiting_, {})) act();
  }

  void open(RoomKey key, Done<RoomOpened> done) override {
    ++opens;
    act([this, key, done] {
      if (open_status != StoreStatus::ok) return done({open_status, {}});
      memory_.open(key, [this, done](RoomOpened opened) {
        opened.clock_known_ms = clock_known_ms;
        done(std::move(opened));
      });
    });
  }
  void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) override {
    std::size_t records = 0;
    for (const RoomWrite& write : writes) records += write.records.size();
    append_sizes.push_back(records);
    act([this, writes, done] {
      if (append_status != StoreStatus::ok) return done(std::vector(writes.size(), append_status));
      memory_.append(writes, done);
    });
  }
  void read(ReadRange range, Done<LogPage> done) override {
    ++reads;
    act([this, range, done] {
      LogPage page;
      page.status = read_status;
      if (read_status != StoreStatus::ok) return done(page);
      memory_.read(range, [this, done](LogPage found) {
        for (const SeqRange& bad : damaged) {
          std::erase_if(found.records, [&](const LogRecord& each) { return each.seq >= bad.first && each.seq <= bad.last; });
          const SeqRange within{std::max(bad.first, found.first), std::min(bad.last, found.last)};
          if (within.first <= within.last) found.damaged.push_back(within);
        }
        done(std::move(found));
      });
    });
  }
  void trim(TrimLog trim, Done<LogTrimmed> done) override {
    ++trims;
    act([this, trim, done] { memory_.trim(trim, done); });
  }
  void erase(RoomKey key, Done<StoreStatus> done) override {
    act([this, key, done] { memory_.erase(key, done); });
  }

  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up) override {
    return memory_.follow(std::move(start), std::move(wake_up));
  }

  void put_kept(KeptWrite write, Done<StoreStatus> done) override {
    act([this, write, done] {
      if (define_status != StoreStatus::ok) return done(define_status);
      memory_.put_kept(write, done);
    });
  }
  void list_kept(KeptQuery query, Done<KeptList> done) override {
    act([this, query, done] { memory_.list_kept(query, done); });
  }

 private:
  void act(std::function<void()> what) {
    if (held)
      waiting_.push_back(std::move(what));
    else
      what();
  }

  MemoryStore memory_;
  std::deque<std::function<void()>> waiting_;
};

}  // namespace dialogue::testing
