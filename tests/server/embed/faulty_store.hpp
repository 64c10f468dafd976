// A store that does wrong on demand, and otherwise what the store in memory does. Any thread.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "server/store/factory/open_store.hpp"

namespace dialogue::test {

using namespace core;
using namespace store;

class FaultyStore final : public Store {
 public:
  enum class Wrong { none, throws, lets_go, keeps, answers_twice };

  /// From here on this call does that; "append", "open" and so on.
  void set(const std::string& call, Wrong fault) {
    const std::lock_guard lock(mutex_);
    faults_[call] = fault;
  }
  /// What it answers an open or a read with is changed by these.
  std::function<void(RoomOpened&)> change_opened = {};
  std::function<void(LogPage&)> change_page = {};
  std::function<void(UserPage&)> change_user_page = {};
  std::function<void(KeptList&)> change_list = {};
  std::function<void(LogHead&)> change_head = {};

  void open(RoomKey key, Done<RoomOpened> done) override {
    const auto changed = [this, done = std::move(done)](RoomOpened opened) {
      if (change_opened) change_opened(opened);
      done(std::move(opened));
    };
    act<RoomOpened>("open", changed, [&](auto give) { inner_->open(std::move(key), give); });
  }
  void append(std::vector<RoomWrite> writes, Done<std::vector<StoreStatus>> done) override {
    act<std::vector<StoreStatus>>("append", std::move(done), [&](auto give) { inner_->append(std::move(writes), give); });
  }
  void read(ReadRange range, Done<LogPage> done) override {
    const auto changed = [this, done = std::move(done)](LogPage page) {
      if (change_page) change_page(page);
      done(std::move(page));
    };
    act<LogPage>("read", changed, [&](auto give) { inner_->read(std::move(range), give); });
  }
  void trim(TrimLog trim, Done<LogTrimmed> done) override {
    act<LogTrimmed>("trim", std::move(done), [&](auto give) { inner_->trim(std::move(trim), give); });
  }
  void erase(RoomKey key, Done<StoreStatus> done) override {
    act<StoreStatus>("erase", std::move(done), [&](auto give) { inner_->erase(std::move(key), give); });
  }
  void put_kept(KeptWrite write, Done<StoreStatus> done) override {
    act<StoreStatus>("put_kept", std::move(done), [&](auto give) { inner_->put_kept(std::move(write), give); });
  }
  void list_kept(KeptQuery query, Done<KeptList> done) override {
    const auto changed = [this, done = std::move(done)](KeptList list) {
      if (change_list) change_list(list);
      done(std::move(list));
    };
    act<KeptList>("list_kept", changed, [&](auto give) { inner_->list_kept(query, give); });
  }
  void find_user(UserQuery query, Done<UserPage> done) override {
    const auto changed = [this, done = std::move(done)](UserPage page) {
      if (change_user_page) change_user_page(page);
      done(std::move(page));
    };
    act<UserPage>("find_user", changed, [&](auto give) { inner_->find_user(std::move(query), give); });
  }
  void erase_user(UserQuery query, Done<UserErased> done) override {
    act<UserErased>("erase_user", std::move(done), [&](auto give) { inner_->erase_user(std::move(query), give); });
  }
  void erase_records(RecordErasure what, Done<UserErased> done) override {
    act<UserErased>("erase_records", std::move(done), [&](auto give) { inner_->erase_records(std::move(what), give); });
  }
  void scrub(ScrubQuery query, Done<ScrubReport> done) override {
    act<ScrubReport>("scrub", std::move(done), [&](auto give) { inner_->scrub(std::move(query), give); });
  }
  [[nodiscard]] StoreSizes sizes() const override {
    if (throws_sizes) throw std::runtime_error("no database");
    return {1, 2};
  }
  std::atomic<bool> throws_sizes{false};
  /// "unsupported" for a store that cannot follow.
  [[nodiscard]] FollowResult follow(FollowStart start, FollowWakeUp wake_up) override {
    Wrong fault = Wrong::none;
    {
      const std::lock_guard lock(mutex_);
      fault = faults_["follow"];
    }
    if (fault == Wrong::throws) throw std::runtime_error("no database");
    if (fault == Wrong::lets_go) return {FollowStatus::ok};
    if (fault == Wrong::keeps) return Store::follow(std::move(start), std::move(wake_up));
    return inner_->follow(std::move(start), [this, wake_up = std::move(wake_up)](LogHead head) {
      if (change_head) change_head(head);
      wake_up(head);
    });
  }

  /// Forgets the questions that it kept.
  void let_go() {
    std::vector<std::shared_ptr<void>> kept;
    const std::lock_guard lock(mutex_);
    kept.swap(kept_);
  }

 private:
  template <typename Answer, typename Call>
  void act(const std::string& call, Done<Answer> done, const Call& as_usual) {
    Wrong fault = Wrong::none;
    {
      const std::lock_guard lock(mutex_);
      fault = faults_[call];
      if (fault == Wrong::keeps) kept_.push_back(std::make_shared<Done<Answer>>(done));
    }
    if (fault == Wrong::throws) throw std::runtime_error("no database");
    if (fault == Wrong::keeps || fault == Wrong::lets_go) return;
    as_usual([=](Answer answer) {
      done(answer);
      if (fault == Wrong::answers_twice) done(std::move(answer));
    });
  }

  std::unique_ptr<Store> inner_ = open_store("memory:");
  std::mutex mutex_;
  std::map<std::string, Wrong> faults_;
  std::vector<std::shared_ptr<void>> kept_;
};

/// The log lines of a server.
class Lines {
 public:
  [[nodiscard]] std::function<void(const LogLine&)> logger() {
    return [this](const LogLine& line) {
      const std::lock_guard lock(mutex_);
      lines_.push_back(line.event + " " + line.fields);
    };
  }
  [[nodiscard]] std::size_t count(const std::string& event, const std::string& part = {}) const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const std::string& line : lines_)
      if (line.starts_with(event + " ") && line.find(part) != std::string::npos) ++count;
    return count;
  }
  [[nodiscard]] bool has(const std::string& event, const std::string& part = {}) const { return count(event, part) > 0; }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace dialogue::test
