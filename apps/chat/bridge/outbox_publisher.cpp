// See outbox_publisher.hpp. All of its state lives on one strand.
#include "apps/chat/bridge/outbox_publisher.hpp"

#include <boost/asio/post.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <iostream>

namespace chat {
namespace {

constexpr std::chrono::milliseconds kRetryPause{500};
constexpr std::size_t kSearchedEvents = 1'000;  ///< of a room's newest: the rows that a killed process left are few

std::int64_t newest_row(Store& store) {
  return store.read([](Database& db) {
    Statement row = db.query("SELECT coalesce(max(id), 0) FROM outbox");
    return row.step() ? row.integer(0) : std::int64_t{0};
  });
}

std::string id_in(const std::string& payload) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(payload, error);
  if (error || !value.is_object()) return {};
  const boost::json::value* id = value.get_object().if_contains("id");
  return id && id->is_string() ? std::string(id->get_string()) : std::string();
}

bool has_event(const dialogue::HistoryResult& history, const OutboxRow& row) {
  const std::string id = id_in(row.payload);
  for (const auto& record : history.events)
    if (record.event == row.event && record.from == "system" && id_in(record.payload) == id) return true;
  return false;
}

/// Whether the same call may succeed later.
bool is_passing(dialogue::ErrorCode code) {
  return code == dialogue::ErrorCode::rate_limited || code == dialogue::ErrorCode::store_unavailable ||
         code == dialogue::ErrorCode::store_full;
}

}  // namespace

OutboxPublisher::OutboxPublisher(dialogue::Instance& server, Store& store, boost::asio::thread_pool& threads)
    : server_(server), store_(store), strand_(threads.get_executor()), timer_(strand_), left_over_until_(newest_row(store)) {}

void OutboxPublisher::wake() {
  boost::asio::post(strand_, [this] {
    if (is_busy_) return;
    is_busy_ = true;
    next();
  });
}

void OutboxPublisher::next() {
  const auto row = store_.read([](Database& db) { return first_of_outbox(db); });
  if (!row) {
    is_busy_ = false;
    return;
  }
  if (row->id <= left_over_until_)
    look_for(*row);
  else
    publish(*row);
}

void OutboxPublisher::look_for(const OutboxRow& row) {
  server_.get_history(row.room, {.limit = kSearchedEvents}, [this, row](const dialogue::HistoryResult& history) {
    boost::asio::post(strand_, [this, row, history] {
      if (history.code == dialogue::ErrorCode::closed) return;
      if (history.ok() && has_event(history, row)) return finish(row.id);
      if (is_passing(history.code)) return retry_later();
      publish(row);
    });
  });
}

void OutboxPublisher::publish(const OutboxRow& row) {
  server_.trigger(row.room, row.event, row.payload, [this, row](const dialogue::TriggerResult& result) {
    boost::asio::post(strand_, [this, row, result] {
      if (result.code == dialogue::ErrorCode::closed) return;
      if (result.busy || is_passing(result.code)) return retry_later();
      if (!result.ok())
        std::cerr << "outbox: " << row.event << " in " << row.room << " is refused: " << result.message << std::endl;
      finish(row.id);
    });
  });
}

void OutboxPublisher::finish(std::int64_t id) {
  store_.write([id](Database& db) { delete_outbox(db, id); });
  next();
}

void OutboxPublisher::retry_later() {
  timer_.expires_after(kRetryPause);
  timer_.async_wait([this](const boost::system::error_code& is_cancelled) {
    if (!is_cancelled) next();
  });
}

}  // namespace chat
