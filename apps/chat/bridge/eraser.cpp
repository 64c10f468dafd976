// See eraser.hpp. All of its state lives on one strand.
#include "apps/chat/bridge/eraser.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <iostream>

#include "apps/chat/bridge/room_name.hpp"
#include "apps/chat/store/messages.hpp"

namespace chat {
namespace {

std::vector<dialogue::SeqRange> ranges_of(const std::vector<std::uint64_t>& sequences) {
  std::vector<dialogue::SeqRange> ranges;
  for (const std::uint64_t seq : sequences) ranges.push_back({seq, seq});
  return ranges;
}

bool is_passing(dialogue::ErrorCode code) {
  return code == dialogue::ErrorCode::rate_limited || code == dialogue::ErrorCode::store_unavailable ||
         code == dialogue::ErrorCode::draining;
}

/// The text was in chat.db as well: its words stand in the index until that is optimised, and what pages were before stands
/// in the write-ahead log until that is emptied.
void empty_log(Store& store) {
  store.write([](Database& db) { db.run_script("INSERT INTO search (search) VALUES ('optimize')"); });
  store.read([](Database& db) { db.run_script("PRAGMA wal_checkpoint(TRUNCATE)"); });
}

}  // namespace

Eraser::Eraser(Store& store, boost::asio::thread_pool& threads, Erase erase, const Pauses& pauses)
    : store_(store), strand_(threads.get_executor()), timer_(strand_), erase_(std::move(erase)), pauses_(pauses) {}

void Eraser::wake() {
  boost::asio::post(strand_, [this] {
    if (is_busy_) return;
    is_busy_ = true;
    after(pauses_.gathering, &Eraser::begin_round);
  });
}

/// A fault of chat.db is reported, and the work is done again later: the rows are still there.
void Eraser::after(std::chrono::milliseconds pause, void (Eraser::*work)()) {
  timer_.expires_after(pause);
  timer_.async_wait([this, work](const boost::system::error_code& is_cancelled) {
    if (is_cancelled) return;
    try {
      (this->*work)();
    } catch (const StoreFault& fault) {
      std::cerr << "erasing: " << fault.what() << std::endl;
      after(pauses_.retry, &Eraser::begin_round);
    }
  });
}

void Eraser::begin_round() {
  begun_ = Clock::now();
  try {
    work_();
  } catch (const std::filesystem::filesystem_error& fault) { std::cerr << "deleting files: " << fault.what() << std::endl; }
  auto rooms = store_.read([this](Database& db) { return rooms_to_erase_in(db, last_room_, kRoomsPerRoundMax); });
  rooms_.assign(rooms.begin(), rooms.end());
  is_busy_ = !rooms_.empty();
  if (is_busy_) next_room();
}

void Eraser::next_room() {
  if (rooms_.empty()) return end_round();
  sequences_ = store_.read([this](Database& db) { return sequences_to_erase(db, rooms_.front()); });
  erase_(name_of_room(rooms_.front()), ranges_of(sequences_), [this](const dialogue::EraseResult& result) {
    boost::asio::post(strand_, [this, result] {
      if (result.code == dialogue::ErrorCode::closed) return;
      try {
        take(result);
      } catch (const StoreFault& fault) {
        std::cerr << "erasing: " << fault.what() << std::endl;
        after(pauses_.retry, &Eraser::begin_round);
      }
    });
  });
}

void Eraser::take(const dialogue::EraseResult& result) {
  if (is_passing(result.code)) return after(pauses_.retry, &Eraser::next_room);
  const std::string& room = rooms_.front();
  if (!result.ok()) std::cerr << "erasing in " << room << ": " << result.message << std::endl;
  store_.write([&](Database& db) { delete_erasures(db, room, sequences_); });
  last_room_ = room;
  rooms_.pop_front();
  next_room();
}

void Eraser::end_round() {
  empty_log(store_);
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
  after(std::clamp(taken, pauses_.gathering, pauses_.longest), &Eraser::begin_round);
}

}  // namespace chat
