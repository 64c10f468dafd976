// See projection.hpp. All of its state lives on one strand.
#include "apps/chat/bridge/projection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <iostream>
#include <memory>

#include "apps/chat/bridge/project_event.hpp"
#include "apps/chat/bridge/room_name.hpp"
#include "apps/chat/store/rooms.hpp"

namespace chat {
namespace {

constexpr std::size_t kBatchEvents = 500;
constexpr std::size_t kReadsOfNewsMax = 240;  ///< two minutes: then the event was erased before it could be read

}  // namespace

Projection::Projection(Store& store, boost::asio::thread_pool& threads, Read read, std::function<void()> projected,
                       const Pauses& pauses)
    : store_(store), strand_(threads.get_executor()), read_(std::move(read)), projected_(std::move(projected)), pauses_(pauses) {}

void Projection::begin() {
  for (auto& id : store_.read([](Database& db) { return room_ids(db); })) follow(std::move(id));
}

void Projection::follow(std::string room_id, std::uint64_t seq) {
  boost::asio::post(strand_, [this, room_id = std::move(room_id), seq]() mutable {
    if (seq > 0) {
      News& news = news_[room_id];
      if (seq > news.seq) news = {seq, 0};
    }
    rooms_with_news_.insert(std::move(room_id));
    next();
  });
}

/// Reads rooms that have news and are not being read, as many as may be read at once.
void Projection::next() {
  for (auto room = rooms_with_news_.begin(); room != rooms_with_news_.end() && reading_.size() < kReadsMax;) {
    if (reading_.contains(*room)) {
      ++room;
      continue;
    }
    const std::string id = *room;
    room = rooms_with_news_.erase(room);
    try {
      read(id, store_.read([&](Database& db) { return cursor_of(db, id); }));
    } catch (const StoreFault& fault) {
      std::cerr << "projection of " << id << ": " << fault.what() << std::endl;
      follow_later(id);
    }
  }
}

void Projection::read(const std::string& room_id, const Cursor& cursor) {
  const std::uint64_t question = reading_[room_id] = ++questions_;
  const auto is_awaited = [this, room_id, question] {
    const auto found = reading_.find(room_id);
    return found != reading_.end() && found->second == question;
  };
  const auto deadline = std::make_shared<boost::asio::steady_timer>(strand_, pauses_.answer);
  deadline->async_wait([this, deadline, room_id, is_awaited](const boost::system::error_code& is_cancelled) {
    if (is_cancelled || !is_awaited()) return;
    std::cerr << "projection of " << room_id << ": the log does not answer, it is asked again" << std::endl;
    reading_.erase(room_id);
    follow(room_id);
  });
  const dialogue::HistoryRange range{.since = cursor.seq, .limit = kBatchEvents, .oldest_first = true};
  const auto done = [this, room_id, cursor, deadline, is_awaited](const dialogue::HistoryResult& history) {
    boost::asio::post(strand_, [this, room_id, cursor, deadline, is_awaited, history] {
      if (!is_awaited()) return;
      deadline->cancel();
      reading_.erase(room_id);
      try {
        take(room_id, cursor, history);
      } catch (const StoreFault& fault) {
        std::cerr << "projection of " << room_id << ": " << fault.what() << std::endl;
        follow_later(room_id);
      }
      next();
    });
  };
  read_(name_of_room(room_id), range, done);
}

void Projection::take(const std::string& room_id, const Cursor& cursor, const dialogue::HistoryResult& history) {
  if (history.code == dialogue::ErrorCode::closed || history.code == dialogue::ErrorCode::room_unknown) return;
  if (!history.ok()) {
    std::cerr << "projection of " << room_id << ": " << history.code_name() << ", " << history.message << std::endl;
    return follow_later(room_id);
  }
  if (cursor.epoch != history.epoch && cursor.seq > 0) {
    store_.write([&](Database& db) { forget_room_log(db, room_id); });
    return read(room_id, {});
  }
  // The log's head may be an event that is accepted and not readable yet: what was read ends with the last event.
  const std::uint64_t until = history.events.empty() ? cursor.seq : history.events.back().seq;
  store_.write([&](Database& db) {
    for (const auto& record : history.events)
      project(db, room_id,
              {record.seq, static_cast<std::int64_t>(record.timestamp_ms), record.event, record.from, record.payload});
    set_cursor(db, room_id, {history.epoch, until});
  });
  projected_();
  if (history.events.size() == kBatchEvents) return read(room_id, {history.epoch, until});
  await_news(room_id, until);
}

/// Reads again later while an event that was published is not readable, up to kReadsOfNewsMax times.
void Projection::await_news(const std::string& room_id, std::uint64_t read_until) {
  const auto found = news_.find(room_id);
  if (found == news_.end()) return;
  News& news = found->second;
  if (read_until >= news.seq || ++news.reads > kReadsOfNewsMax) {
    if (read_until < news.seq) std::cerr << "projection of " << room_id << ": event " << news.seq << " is not there" << std::endl;
    news_.erase(found);
  } else {
    follow_later(room_id);
  }
}

void Projection::follow_later(const std::string& room_id) {
  const auto timer = std::make_shared<boost::asio::steady_timer>(strand_, pauses_.retry);
  timer->async_wait([this, timer, room_id](const boost::system::error_code& is_cancelled) {
    if (!is_cancelled) follow(room_id);
  });
}

}  // namespace chat
