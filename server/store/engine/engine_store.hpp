// A store on a database server: a thread that commits everything queued as one batch (Engine::Log), two that read
// (Engine::Reader), and one that follows (Engine::Follows), each with a connection of its own. `Engine` names these types, its
// Connection and its Error, and what an error means: status_of(error), damage_of(error) (a sentence, empty: none). Any thread may
// call; answers come on those threads. When 4,096 requests wait, more are answered `busy`.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/store/engine/append_queue.hpp"
#include "server/store/engine/engine_readers.hpp"
#include "server/store/store.hpp"
#include "server/store/store_values.hpp"

namespace dialogue::store {

/// What a log reports while it works, on its thread.
struct EngineLogCallbacks {
  std::function<void(const core::RoomKey&, const LogHead&)> wrote;  ///< a room has come so far; no epoch: it was emptied
  std::function<void()> kept_changed;
  std::function<void(const std::string&)> damaged;  ///< a sentence
};

template <typename Engine>
class EngineStore : public Store {
 public:
  /// Answers what was asked, then closes the connections: the writer first, which hands on to the readers and wakes followers.
  ~EngineStore() override {
    log_->stop();
    writes_.stop();
    readers_.stop();
    follows_->stop();
  }

  void open(core::RoomKey key, Done<core::RoomOpened> done) override {
    read_after_writes<core::RoomOpened>(key, std::move(done), [key](Reader& reader) { return reader.open(key); });
  }
  void append(std::vector<core::RoomWrite> writes, Done<std::vector<core::StoreStatus>> done) override {
    writes_.append(std::move(writes), std::move(done));
  }
  void read(core::ReadRange range, Done<core::LogPage> done) override {
    const ReadKind kind = range.purpose == core::ReadPurpose::catch_up ? ReadKind::catch_up : ReadKind::history;
    const std::string queue = read_queue_of(range);
    push_read<core::LogPage>(kind, queue, std::move(done),
                             [range = std::move(range)](Reader& reader) { return reader.read(range); });
  }
  void trim(core::TrimLog trim, Done<core::LogTrimmed> done) override {
    const core::RoomKey key = trim.key;
    const auto call = [trim = std::move(trim), done](Log& log) { done(log.trim(trim)); };
    if (!writes_.push(key, call)) done({core::StoreStatus::busy, 1, false});
  }
  void erase(core::RoomKey key, Done<core::StoreStatus> done) override {
    if (!writes_.push(key, [key, done](Log& log) { done(log.erase(key)); })) done(core::StoreStatus::busy);
  }
  void put_kept(KeptWrite write, Done<core::StoreStatus> done) override {
    const auto call = [write = std::move(write), done](Log& log) { done(log.put_kept(write)); };
    if (!writes_.push({}, call)) done(core::StoreStatus::busy);
  }
  void list_kept(KeptQuery query, Done<KeptList> done) override {
    read_after_writes<KeptList>({}, std::move(done), [query](Reader& reader) { return reader.list_kept(query); });
  }
  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up) override {
    return follows_->follow(std::move(start), std::move(wake_up));
  }
  void find_user(UserQuery query, Done<UserPage> done) override {
    push_read<UserPage>(ReadKind::history, "user", std::move(done),
                        [query = std::move(query)](Reader& reader) { return reader.find_user(query); });
  }
  void erase_user(UserQuery query, Done<UserErased> done) override {
    const auto call = [this, query = std::move(query), done](Log& log) {
      const auto began = std::chrono::steady_clock::now();
      UserErased erased = log.erase_user(query);
      erased.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
      erased.others_published = writes_.take_appended() > query.own_records;
      done(std::move(erased));
    };
    if (!writes_.push({}, call)) done({core::StoreStatus::busy});
  }
  void erase_records(RecordErasure what, Done<UserErased> done) override {
    const core::RoomKey key = what.room;
    if (!writes_.push(key, [what = std::move(what), done](Log& log) { done(log.erase_records(what)); }))
      done({core::StoreStatus::busy});
  }
  void list_rooms(core::RoomKey after, Done<RoomsPage> done) override {
    read_after_writes<RoomsPage>({}, std::move(done), [after](Reader& reader) { return reader.list_rooms(after); });
  }
  void put_room(RoomPart part, Done<core::StoreStatus> done) override {
    const core::RoomKey key = part.key;
    const auto call = [part = std::move(part), done](Log& log) { done(log.put_room(part)); };
    if (!writes_.push(key, call)) done(core::StoreStatus::busy);
  }
  [[nodiscard]] std::string damage() const override {
    const std::lock_guard lock(mutex_);
    return damage_;
  }
  [[nodiscard]] StoreSizes sizes() const override { return {follows_->database_bytes(), 0}; }

 protected:
  using Log = typename Engine::Log;
  using Reader = typename Engine::Reader;
  using Follows = typename Engine::Follows;
  using Connection = typename Engine::Connection;
  using Error = typename Engine::Error;
  using Readers = EngineReaders<Connection, Error>;
  using Warn = std::function<void(const std::string&)>;

  /// `make_log` gets the log's callbacks.
  template <typename MakeLog>
  EngineStore(typename Readers::Link::Connect connect, Warn warn, std::unique_ptr<Follows> follows, const MakeLog& make_log)
      : warn_(std::move(warn)),
        follows_(std::move(follows)),
        readers_(connect, [this](const Error& error) { return failed(error); }),
        log_(make_log(EngineLogCallbacks{[this](const core::RoomKey& key, const LogHead& head) { follows_->wrote(key, head); },
                                         [this] { follows_->wrote(std::nullopt, {}); },
                                         [this](const std::string& sentence) { note_damage(sentence); }})),
        writes_(*log_) {}

  [[nodiscard]] const Follows& follows() const { return *follows_; }

  /// Asks a reader.
  template <typename Answer, typename Read>
  void push_read(ReadKind kind, const std::string& queue, Done<Answer> done, Read read) {
    const auto refuse = [done](core::StoreStatus status) { done(with_status<Answer>(status)); };
    const auto answer = [done, read = std::move(read)](Connection& now) {
      Reader reader(now);
      Answer found = read(reader);
      done(std::move(found));
    };
    if (!readers_.push(kind, queue, answer, refuse)) refuse(core::StoreStatus::busy);
  }

 private:
  /// The same, once everything that was asked before is done.
  template <typename Answer, typename Read>
  void read_after_writes(const core::RoomKey& room, Done<Answer> done, Read read) {
    const auto hand_on = [this, room, done, read](Log& log) {
      if (log.has_failed()) return done(with_status<Answer>(core::StoreStatus::failed));
      push_read<Answer>(ReadKind::open, read_queue_of(room), done, read);
    };
    if (!writes_.push(room, hand_on)) done(with_status<Answer>(core::StoreStatus::busy));
  }

  [[nodiscard]] core::StoreStatus failed(const Error& error) {
    if (const std::string damage = Engine::damage_of(error); !damage.empty()) note_damage(damage);
    return Engine::status_of(error);
  }
  void note_damage(const std::string& sentence) {
    const std::lock_guard lock(mutex_);
    if (!damage_.empty()) return;
    damage_ = sentence;
    if (warn_) warn_(sentence);
  }

  const Warn warn_;
  mutable std::mutex mutex_;
  std::string damage_;
  std::unique_ptr<Follows> follows_;
  Readers readers_;
  std::unique_ptr<Log> log_;
  AppendQueue<Log> writes_;
};

}  // namespace dialogue::store
