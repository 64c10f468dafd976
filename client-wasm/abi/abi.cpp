// The flat C ABI between the client's core and its JavaScript driver (js/src/core.ts): numbers and byte ranges only.
//
// Conventions: one client per instance of the module. Times and integers above 32 bits are doubles. What a function returns
// besides its result stands in the area, 16 doubles at area(), until the next call. Bytes go in through buffer(), whose pointer
// is valid until the next call of buffer(). Any call may grow the memory, after which JavaScript's views must be made anew. There
// are no imports.
#include <cstdint>

#include "client-wasm/abi/instance.hpp"
#include "shared/validator.hpp"

#ifdef DIALOGUE_CATALOGUE_HEADER
#include DIALOGUE_CATALOGUE_HEADER
#endif

#define DIALOGUE_EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace {

using namespace dialogue;
using client::integer;

struct Module : client::Instance {
  using Instance::Instance;
  Verdict verdict;
};
Module* self = nullptr;

void put_range(std::size_t at, std::string_view text) {
  self->area[at] = static_cast<double>(reinterpret_cast<std::uintptr_t>(text.data()));
  self->area[at + 1] = static_cast<double>(text.size());
}

}  // namespace

/// Call once, before all else; the seed makes the jitter. Returns the area.
DIALOGUE_EXPORT(create) double* create(double seed) {
  self = new Module(seed);
  return self->area.data();
}

// What happened.
DIALOGUE_EXPORT(start) void start(double now) { self->client.start(integer(now)); }
DIALOGUE_EXPORT(opened) void opened(double now) { self->client.opened(integer(now)); }
DIALOGUE_EXPORT(lost) void lost(std::uint32_t close_code, double now) {
  self->client.lost(static_cast<std::uint16_t>(close_code), integer(now));
}
DIALOGUE_EXPORT(tick) void tick(double now) { self->client.tick(integer(now)); }
DIALOGUE_EXPORT(wake) void wake(double now) { self->client.wake(integer(now)); }
DIALOGUE_EXPORT(close) void close_client() { self->client.close(); }

/// A frame: its `count` leading numbers stand in the area, `elements` is the length of the array, `room` the handle of JOINED's
/// roomId.
DIALOGUE_EXPORT(receive) void receive(std::uint32_t count, std::uint32_t elements, client::RoomHandle room, double now) {
  self->receive(count, elements, room, now);
}

/// What the driver itself found wrong with what the server sent; an ErrorCode.
DIALOGUE_EXPORT(violated) void violated(std::uint32_t code, double now) {
  self->client.violated(static_cast<ErrorCode>(code), integer(now));
}

// What the application wants. Tickets are never 0.
DIALOGUE_EXPORT(add_room) client::RoomHandle add_room() { return self->client.add_room(); }
DIALOGUE_EXPORT(join)
client::Ticket join(client::RoomHandle room, std::uint32_t from, double epoch, double sequence, double now) {
  return self->client.join(room, static_cast<JoinFrom>(from), {integer(epoch), integer(sequence)}, integer(now));
}
DIALOGUE_EXPORT(leave) client::Ticket leave(client::RoomHandle room) { return self->client.leave(room); }
/// `event` is an index of the catalogue plus 1, `priority` a Priority. Area: 1 when the event is volatile, else 0.
DIALOGUE_EXPORT(publish)
client::Ticket publish(client::RoomHandle room, std::uint32_t event, std::uint32_t priority, double now) {
  return self->publish(room, event, priority, now);
}
/// `type` is a FrameType: subscribe or unsubscribe.
DIALOGUE_EXPORT(subscribe)
client::Ticket subscribe(client::RoomHandle room, std::uint32_t type, std::uint32_t event, double now) {
  return self->client.subscribe(room, static_cast<FrameType>(type), event, integer(now));
}
/// `type` is a FrameType: list or can.
DIALOGUE_EXPORT(ask) client::Ticket ask(std::uint32_t type, double now) {
  return self->client.ask(static_cast<FrameType>(type), integer(now));
}
DIALOGUE_EXPORT(history)
client::Ticket history(client::RoomHandle room, double from, std::uint32_t limit, bool is_forward, double now) {
  return self->client.history(room, integer(from), limit, is_forward, integer(now));
}
DIALOGUE_EXPORT(set_unread) void set_unread(client::RoomHandle room, std::uint32_t unread) {
  self->client.set_unread(room, unread);
}
DIALOGUE_EXPORT(restore_numbers) void restore_numbers(client::RoomHandle room, double epoch, double numbered) {
  self->client.restore_numbers(room, integer(epoch), integer(numbered));
}
DIALOGUE_EXPORT(restore) client::Ticket restore(client::RoomHandle room, std::uint32_t event, double sequence) {
  return self->client.restore(room, event, integer(sequence));
}
DIALOGUE_EXPORT(renumber) void renumber(client::Ticket publication, std::uint32_t event) {
  self->client.renumber(publication, event);
}
DIALOGUE_EXPORT(abort) void abort_publication(client::Ticket publication) { self->client.abort(publication); }

// What to do.
/// The next ActionKind, 0 when there is none. Area: reference, count, then `count` numbers.
DIALOGUE_EXPORT(next) std::uint32_t next() { return self->next(); }
/// When to call tick(), in the clock of `now`; infinity when there is no need.
DIALOGUE_EXPORT(deadline) double deadline() { return self->deadline(); }
/// Area: epoch, sequence.
DIALOGUE_EXPORT(position) void position(client::RoomHandle room) { self->position(room); }

// The catalogue and the validator.
/// At least `size` bytes to write to.
DIALOGUE_EXPORT(buffer) char* buffer(std::uint32_t size) {
  self->buffer.reserve(size);
  return self->buffer.begin();
}
/// Takes the first `size` bytes of buffer() as the catalogue. Returns its number of events, or -1 when it is not one.
DIALOGUE_EXPORT(set_catalogue) std::int32_t set_catalogue(std::uint32_t size) {
  return self->take_catalogue(self->buffer.begin(), size);
}
#ifdef DIALOGUE_CATALOGUE_HEADER
/// Takes the catalogue that was compiled in. Returns its number of events. Only in modules made by dialogue_add_app.
DIALOGUE_EXPORT(own_catalogue) std::int32_t own_catalogue() {
  return self->take_catalogue(dialogue_catalogue_bytes, dialogue_catalogue_size);
}
#endif
/// Whether the room whose id is the first `size` bytes of buffer() allows event `index` (all), or sends it to members who do not
/// say what they want. A room that no definition describes does both for every event.
DIALOGUE_EXPORT(room_hears) bool room_hears(std::uint32_t size, std::uint32_t index, bool all) {
  return self->room_hears({self->buffer.begin(), size}, index, all);
}
/// Area: pointer and length of the name of event `index`.
DIALOGUE_EXPORT(event_name) void event_name(std::uint32_t index) { put_range(0, self->catalogue.event(index).name); }
/// Checks the first `size` bytes of buffer() against event `index`. An ErrorCode; area: pointer and length of path and argument.
DIALOGUE_EXPORT(validate) std::uint32_t validate_payload(std::uint32_t index, std::uint32_t size) {
  validate(self->catalogue, index, {self->buffer.begin(), size}, self->verdict);
  put_range(0, self->verdict.path());
  put_range(2, self->verdict.argument());
  return static_cast<std::uint32_t>(self->verdict.code);
}
