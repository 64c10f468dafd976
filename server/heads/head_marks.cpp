// Writes of a stream's client, and marks: they move forward, unless they are asked to go back.
#include <memory>
#include <utility>
#include <variant>

#include "server/core/messages/frame_text.hpp"
#include "server/core/util/envelope_object.hpp"
#include "server/heads/head_board.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::heads {
namespace {

core::Error bad_write(std::string why) { return {ErrorCode::request_invalid, std::move(why), {}}; }

std::string note_text(std::uint64_t id, const std::string& room, const api::MarkAnswer& answer) {
  JsonText text;
  text.number("id", id).text("room", room);
  if (answer.fault.code == ErrorCode::ok) return text.number("epoch", answer.epoch).number("mark", answer.seq).take();
  return text.number("code", static_cast<std::uint64_t>(answer.fault.code))
      .text("message", core::error_message(answer.fault.code, answer.fault.argument))
      .take();
}

}  // namespace

void HeadBoard::take(std::uint64_t number, core::ExchangeNews&& news) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  Stream& stream = found->second;
  if (const auto* const grant = std::get_if<core::ExchangeGrant>(&news)) {
    stream.granted = grant->up_to;
  } else if (auto* const write = std::get_if<core::ExchangeWrite>(&news)) {
    take_write(stream, write->item);
  } else if (std::holds_alternative<core::ExchangeEnded>(news)) {
    end(number);
  }
}

void HeadBoard::take_write(Stream& stream, const std::string& item) {
  std::vector<std::string> removed;
  api::MarkRequest request{stream.user, {}, 0, false};
  std::uint64_t id = 0;
  bool has_mark = false;
  const auto read_mark = [&](const std::string& key, JsonReader& value) {
    if (key == "room") return core::read_bounded(value, kNameBytesMax, request.room);
    if (key == "seq") return value.read_integer(request.seq);
    if (key == "id") return value.read_integer(id);
    return key == "back" ? value.read_boolean(request.may_go_back) : value.skip();
  };
  const auto fault = core::read_envelope_object(item, [&](const std::string& key, JsonReader& value) {
    if (key == "mark") {
      has_mark = true;
      return !core::read_envelope_object(value, read_mark);
    }
    if (key != "remove") return value.skip();
    std::string room;
    if (!value.enter_array()) return false;
    while (value.next_element()) {
      if (!value.read_string(room)) return false;
      removed.push_back(std::move(room));
    }
    return !value.failed();
  });
  if (fault || (has_mark && request.room.empty())) {
    const auto reply = stream.reply;
    const std::uint64_t number = stream.number;
    end(number);
    return reply(
        core::ExchangeResult{ErrorCode::request_invalid, "heads: " + fault.value_or("mark needs a room and a seq"), {}, 0});
  }
  for (const std::string& room : removed) remove(stream, room);
  if (!has_mark) return settle_write(stream);
  take_mark(stream, id, std::move(request));
}

void HeadBoard::settle_write(Stream& stream) { stream.reply(core::ExchangeAllow{++stream.settled + kStreamWindow}); }

void HeadBoard::take_mark(Stream& stream, std::uint64_t id, api::MarkRequest request) {
  const auto answer = [this, number = stream.number, id, room = request.room](const api::MarkAnswer& marked) {
    const auto found = streams_.find(number);
    if (found == streams_.end()) return;
    found->second.notes.push_back(note_text(id, room, marked));
    found->second.next_ms = 0;
    soiled_.insert(number);
  };
  if (!stream.watches.contains(request.room)) return answer({.fault = {ErrorCode::forbidden, "the room is not watched", {}}});
  mark(request, answer);
}

void HeadBoard::mark(const api::MarkRequest& request, const std::function<void(api::MarkAnswer)>& done) {
  const auto room = rooms_.find(request.room);
  if (room != rooms_.end() && room->second->is_known && request.seq <= room->second->head.seq)
    return decide_mark(request, room->second->head, done);
  core::HistoryQuery query;
  query.room_id = request.room;
  query.limit = 1;
  ask(std::move(query), [this, request, done](core::HistoryQuery::Result&& result) {
    if (result.fault.code != ErrorCode::ok) return done({.fault = std::move(result.fault)});
    decide_mark(request, {result.epoch, result.head, 0, {}, {}}, done);
  });
}

void HeadBoard::decide_mark(const api::MarkRequest& request, const Head& head, const std::function<void(api::MarkAnswer)>& done) {
  if (request.seq > head.seq) return done({.fault = bad_write("the room's newest sequence is " + std::to_string(head.seq))});
  const auto is_behind = [this, request, epoch = head.epoch] {
    const Mark* const known = marks_.find(request.user, request.room);
    return !request.may_go_back && known != nullptr && known->epoch == epoch && known->seq >= request.seq;
  };
  if (is_behind()) return done({.epoch = head.epoch, .seq = marks_.find(request.user, request.room)->seq});
  if (marks_.find(request.user, request.room) == nullptr && !marks_.has_room_for(request.user))
    return done({.fault = {ErrorCode::store_full, "there are too many marks", {}}});
  const Mark mark{head.epoch, request.seq, 0};
  const auto changes = [this, request, mark, is_behind] {
    if (is_behind()) return std::vector<store::KeptChange>();
    return std::vector{marks_.change(request.user, request.room, mark, ports_.now_s(), ports_.is_shared)};
  };
  ports_.write({changes, [this, request, head, mark, done](core::StoreStatus status) {
                  mark_written(request, head, mark, status, done);
                }});
}

void HeadBoard::mark_written(const api::MarkRequest& request, const Head& head, const Mark& mark, core::StoreStatus status,
                             const std::function<void(api::MarkAnswer)>& done) {
  if (status == core::StoreStatus::stale) return decide_mark(request, head, done);  // another node was faster, and is known now
  if (status != core::StoreStatus::ok) {
    const ErrorCode code = status == core::StoreStatus::full ? ErrorCode::store_full : ErrorCode::store_unavailable;
    return done({.fault = {code, {}, {}}});
  }
  const Mark* const known = marks_.find(request.user, request.room);
  const bool is_newer = known == nullptr || known->epoch != mark.epoch || known->seq < mark.seq || request.may_go_back;
  if (is_newer) {
    marks_.put(request.user, request.room, {mark.epoch, mark.seq, known == nullptr ? 0 : known->version});
    mark_moved(request.user, request.room);
  }
  done({.epoch = mark.epoch, .seq = marks_.find(request.user, request.room)->seq});
}

void HeadBoard::mark_moved(const std::string& user, const std::string& room) {
  const auto numbers = of_user_.find(user);
  if (numbers == of_user_.end()) return;
  for (const std::uint64_t number : std::set<std::uint64_t>(numbers->second))
    if (Watch* const watch = find(number, room); watch != nullptr && watch->room->is_known) {
      soil(*watch);
      count(*watch);
    }
}

void HeadBoard::marks_changed(const std::vector<MarkTable::Place>& places) {
  for (const MarkTable::Place& place : places) mark_moved(place.user, place.room);
}

void HeadBoard::forget_marks(const std::string& user) {
  std::vector<std::string> rooms;
  marks_.forget(user);
  const auto numbers = of_user_.find(user);
  if (numbers == of_user_.end()) return;
  for (const std::uint64_t number : numbers->second)
    for (const auto& [room, watch] : streams_.at(number).watches) rooms.push_back(room);
  for (const std::string& room : rooms) mark_moved(user, room);
}

}  // namespace dialogue::heads
