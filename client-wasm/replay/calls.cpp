// See calls.hpp.
#include "client-wasm/replay/calls.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "shared/base/base64.hpp"
#include "shared/validate/validator.hpp"

namespace dialogue::client {

namespace {

using Call = const RecordedCall&;

std::uint32_t word_of(Call call, std::size_t argument) { return word(call.arguments[argument]); }
std::uint64_t integer_of(Call call, std::size_t argument) { return integer(call.arguments[argument]); }

/// start, opened, tick, wake: facts that are nothing but a time.
template <auto kFact>
double at_time(RecordedInstance& to, Call call) {
  (to.client.*kFact)(integer_of(call, 0));
  return 0;
}

/// Sets the catalogue and returns the number of its events; -1 if it is malformed.
double take_catalogue(RecordedInstance& to, Call call) {
  auto bytes = decode_base64(call.text);
  if (!bytes || !CatalogueView::parse(*bytes)) return -1;
  to.catalogue_bytes = std::move(*bytes);
  to.catalogue = *CatalogueView::parse(to.catalogue_bytes);
  to.client.set_catalogue(to.catalogue.fingerprint());
  return to.catalogue.event_count();
}

double lost(RecordedInstance& to, Call call) {
  to.client.lost(static_cast<std::uint16_t>(word_of(call, 0)), integer_of(call, 1));
  return 0;
}

double pause(RecordedInstance& to, Call) {
  to.client.pause();
  return 0;
}

double change_user(RecordedInstance& to, Call) {
  to.client.change_user();
  return 0;
}

double close(RecordedInstance& to, Call) {
  to.client.close();
  return 0;
}

double receive(RecordedInstance& to, Call call) {
  std::copy_n(call.area.begin(), std::min(call.area.size(), kAreaNumbers), to.area.begin());
  to.receive(word_of(call, 0), word_of(call, 1), word_of(call, 2), call.arguments[3]);
  return 0;
}

double violated(RecordedInstance& to, Call call) {
  to.client.violated(static_cast<ErrorCode>(word_of(call, 0)), integer_of(call, 1));
  return 0;
}

double add_room(RecordedInstance& to, Call) { return to.client.add_room(); }

double forget_room(RecordedInstance& to, Call call) { return to.client.forget_room(word_of(call, 0)) ? 1 : 0; }

double join(RecordedInstance& to, Call call) {
  const Position position{integer_of(call, 2), integer_of(call, 3)};
  return to.client.join(word_of(call, 0), static_cast<JoinFrom>(word_of(call, 1)), position, integer_of(call, 4));
}

double is_servers(RecordedInstance& to, Call call) { return to.client.is_servers(word_of(call, 0)) ? 1 : 0; }

double leave(RecordedInstance& to, Call call) { return to.client.leave(word_of(call, 0)); }

double publish(RecordedInstance& to, Call call) {
  const std::uint32_t event = word_of(call, 1);
  const bool is_volatile =
      event - 1 < to.catalogue.event_count() && to.catalogue.event(event - 1).delivery == Delivery::volatile_;
  to.area[0] = is_volatile;
  return to.client.publish(word_of(call, 0), event, is_volatile, integer_of(call, 3), static_cast<Priority>(word_of(call, 2)));
}

double subscribe(RecordedInstance& to, Call call) {
  return to.client.subscribe(word_of(call, 0), static_cast<FrameType>(word_of(call, 1)), word_of(call, 2), integer_of(call, 3));
}

double ask(RecordedInstance& to, Call call) {
  return to.client.ask(static_cast<FrameType>(word_of(call, 0)), integer_of(call, 1));
}

double history(RecordedInstance& to, Call call) {
  return to.client.history(word_of(call, 0), integer_of(call, 1), word_of(call, 2), word_of(call, 3) != 0, integer_of(call, 4));
}

double set_unread(RecordedInstance& to, Call call) {
  to.client.set_unread(word_of(call, 0), word_of(call, 1));
  return 0;
}

double restore_numbers(RecordedInstance& to, Call call) {
  to.client.restore_numbers(word_of(call, 0), integer_of(call, 1), integer_of(call, 2));
  return 0;
}

double restore(RecordedInstance& to, Call call) {
  return to.client.restore(word_of(call, 0), word_of(call, 1), integer_of(call, 2), integer_of(call, 3));
}

double renumber(RecordedInstance& to, Call call) {
  to.client.renumber(word_of(call, 0), word_of(call, 1));
  return 0;
}

double abort_publication(RecordedInstance& to, Call call) { return to.client.abort(word_of(call, 0)) ? 1 : 0; }

double unwritten(RecordedInstance& to, Call call) {
  to.client.unwritten(word_of(call, 0), integer_of(call, 1));
  return 0;
}

double next(RecordedInstance& to, Call) { return to.next(); }
double deadline(RecordedInstance& to, Call) { return to.deadline(); }

double position(RecordedInstance& to, Call call) {
  to.position(word_of(call, 0));
  return 0;
}

double room_hears(RecordedInstance& to, Call call) {
  const std::optional<std::uint32_t> found = to.catalogue.match_room(call.text);
  if (!found) return 1;
  const CatalogueView::Room room = to.catalogue.room(*found);
  return (word_of(call, 2) != 0 ? room.events : room.subscriptions).contains(word_of(call, 1)) ? 1 : 0;
}

double validate_text(RecordedInstance& to, Call call) {
  Verdict verdict;
  validate(to.catalogue, word_of(call, 0), call.text, verdict);
  return static_cast<double>(verdict.code);
}

double validate_past(RecordedInstance& to, Call call) {
  Verdict verdict;
  validate(to.catalogue, word_of(call, 0), call.text, verdict, word_of(call, 2));
  return static_cast<double>(verdict.code);
}

constexpr std::array kCalls = {
    CallRow{"start", 1, false, 0, false, 0, false, at_time<&Client::start>},
    CallRow{"opened", 1, false, 0, false, 0, false, at_time<&Client::opened>},
    CallRow{"lost", 2, false, 1, false, 0, false, lost},
    CallRow{"tick", 1, false, 0, false, 0, false, at_time<&Client::tick>},
    CallRow{"wake", 1, false, 0, false, 0, false, at_time<&Client::wake>},
    CallRow{"pause", 0, false, kNoTime, false, 0, false, pause},
    CallRow{"change_user", 0, false, kNoTime, false, 0, false, change_user},
    CallRow{"close", 0, false, kNoTime, false, 0, false, close},
    CallRow{"receive", 4, false, 3, false, 0, false, receive},
    CallRow{"violated", 2, false, 1, false, 0, false, violated},
    CallRow{"add_room", 0, false, kNoTime, true, 0, false, add_room},
    CallRow{"forget_room", 1, true, kNoTime, true, 0, false, forget_room},
    CallRow{"join", 5, true, 4, true, 0, false, join},
    CallRow{"is_servers", 1, true, kNoTime, true, 0, false, is_servers},
    CallRow{"leave", 1, true, kNoTime, true, 0, false, leave},
    CallRow{"publish", 4, true, 3, true, 1, false, publish},
    CallRow{"subscribe", 4, true, 3, true, 0, false, subscribe},
    CallRow{"ask", 2, false, 1, true, 0, false, ask},
    CallRow{"history", 5, true, 4, true, 0, false, history},
    CallRow{"set_unread", 2, true, kNoTime, false, 0, false, set_unread},
    CallRow{"restore_numbers", 3, true, kNoTime, false, 0, false, restore_numbers},
    CallRow{"restore", 4, true, kNoTime, true, 0, false, restore},
    CallRow{"renumber", 2, false, kNoTime, false, 0, false, renumber},
    CallRow{"abort", 1, false, kNoTime, false, 0, false, abort_publication},
    CallRow{"unwritten", 2, false, 1, false, 0, false, unwritten},
    CallRow{"next", 0, false, kNoTime, true, 0, false, next},
    CallRow{"deadline", 0, false, kNoTime, true, 0, false, deadline},
    CallRow{"position", 1, true, kNoTime, false, 2, false, position},
    CallRow{"set_catalogue", 1, false, kNoTime, true, 0, true, take_catalogue},
    CallRow{"own_catalogue", 0, false, kNoTime, true, 0, true, take_catalogue},
    CallRow{"room_hears", 3, false, kNoTime, true, 0, false, room_hears},
    CallRow{"validate", 2, false, kNoTime, true, 0, false, validate_text},
    CallRow{"validate_past", 3, false, kNoTime, true, 0, false, validate_past},
};

}  // namespace

const CallRow* find_call(std::string_view name) {
  const auto* const row = std::find_if(kCalls.begin(), kCalls.end(), [&](const CallRow& each) { return each.name == name; });
  return row == kCalls.end() ? nullptr : row;
}

std::uint32_t word(double number) {
  constexpr double kWords = 0x1p32;
  if (!std::isfinite(number)) return 0;
  const double rest = std::fmod(std::trunc(number), kWords);
  return static_cast<std::uint32_t>(rest < 0 ? rest + kWords : rest);
}

std::string why_not_whole(const CallRow& row, const RecordedCall& call) {
  if (call.arguments.size() != row.arguments)
    return call.name + " takes " + std::to_string(row.arguments) + " numbers, and not " + std::to_string(call.arguments.size());
  const bool is_frame = call.area.size() <= kAreaNumbers && (row.make != receive || call.area.size() == word_of(call, 0));
  return is_frame ? "" : call.name + " comes with " + std::to_string(call.area.size()) + " numbers of a frame";
}

std::string why_impossible(const CallRow& row, const RecordedCall& call, const RecordedInstance& instance, std::size_t rooms) {
  const bool is_receive = row.make == receive;
  if (row.is_about_room || is_receive) {
    const std::uint32_t room = word_of(call, is_receive ? 2 : 0);
    if (room >= rooms && !(is_receive && room == kNoRoom)) return "no room has the handle " + std::to_string(room);
  }
  if (row.make != room_hears && row.make != validate_text) return {};
  const std::uint32_t event = word_of(call, row.make == room_hears ? 1 : 0);
  return event < instance.catalogue.event_count() ? "" : "the catalogue has no event " + std::to_string(event);
}

}  // namespace dialogue::client
