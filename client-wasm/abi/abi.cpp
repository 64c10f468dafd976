// The flat C ABI between the client's core and its JavaScript driver (js/src/core.ts): numbers and byte ranges only.
//
// Conventions: one client per instance of the module. Times and integers above 32 bits are doubles. Further results of a
// function are in the area, 16 doubles, until the next call. Any call may grow the memory; JavaScript must then recreate its
// views. There are no imports. The driver reads the catalogue, and a separate module checks publications (validator.cpp), so
// that a page that only receives carries neither.
#include <cstdint>

#include "client-wasm/abi/instance.hpp"
#include "shared/base/mutation.hpp"

#ifdef DIALOGUE_CATALOGUE_HEADER
#include DIALOGUE_CATALOGUE_HEADER
#endif

/// js/src/calls.ts and recordings use the name; the module exports the letter, which makes it smaller.
#define DIALOGUE_EXPORT(letter, name) extern "C" __attribute__((export_name(#letter)))

namespace {

using namespace dialogue;
using client::integer;

// In its place from the beginning: no code makes it, and its address is a number.
[[clang::no_destroy]] constinit client::Instance instance;
constexpr client::Instance* self = &instance;

}  // namespace

#ifdef DIALOGUE_MUTATIONS
/// A number of Mutation: the fault that is switched on.
DIALOGUE_EXPORT(plant, plant) void plant(std::uint32_t fault) { mutation = static_cast<Mutation>(fault); }
#endif

/// Call once, before all else; the seed makes the jitter. Returns the area.
DIALOGUE_EXPORT(a, create) double* create(double seed) {
  self->client.seed(integer(seed));
  return self->area.data();
}

// What happened.
DIALOGUE_EXPORT(b, start) void start(double now) { self->client.start(integer(now)); }
DIALOGUE_EXPORT(c, opened) void opened(double now) { self->client.opened(integer(now)); }
DIALOGUE_EXPORT(d, lost) void lost(std::uint32_t close_code, double now) {
  self->client.lost(static_cast<std::uint16_t>(close_code), integer(now));
}
DIALOGUE_EXPORT(e, tick) void tick(double now) { self->client.tick(integer(now)); }
DIALOGUE_EXPORT(f, wake) void wake(double now) { self->client.wake(integer(now)); }
DIALOGUE_EXPORT(g, pause) void pause() { self->client.pause(); }
DIALOGUE_EXPORT(h, close) void close_client() { self->client.close(); }

/// A frame: its `count` leading numbers stand in the area, `elements` is the length of the array, `room` the handle of JOINED's
/// roomId.
DIALOGUE_EXPORT(i, receive) void receive(std::uint32_t count, std::uint32_t elements, client::RoomHandle room, double now) {
  self->receive(count, elements, room, now);
}

/// The driver's own error about the server's data; an ErrorCode.
DIALOGUE_EXPORT(j, violated) void violated(std::uint32_t code, double now) {
  self->client.violated(static_cast<ErrorCode>(code), integer(now));
}

// What the application wants. Tickets are never 0.
DIALOGUE_EXPORT(k, add_room) client::RoomHandle add_room() { return self->client.add_room(); }
DIALOGUE_EXPORT(l, forget_room) bool forget_room(client::RoomHandle room) { return self->client.forget_room(room); }
DIALOGUE_EXPORT(m, join)
client::Ticket join(client::RoomHandle room, std::uint32_t from, double epoch, double sequence, double now) {
  return self->client.join(room, static_cast<JoinFrom>(from), {integer(epoch), integer(sequence)}, integer(now));
}
DIALOGUE_EXPORT(n, leave) client::Ticket leave(client::RoomHandle room) { return self->client.leave(room); }
/// `event` is an index of the catalogue plus 1, `priority` a Priority.
DIALOGUE_EXPORT(o, publish)
client::Ticket publish(client::RoomHandle room, std::uint32_t event, std::uint32_t priority, double now, bool is_volatile) {
  return self->client.publish(room, event, is_volatile, integer(now), static_cast<client::Priority>(priority));
}
/// `type` is a FrameType: subscribe or unsubscribe.
DIALOGUE_EXPORT(p, subscribe)
client::Ticket subscribe(client::RoomHandle room, std::uint32_t type, std::uint32_t event, double now) {
  return self->client.subscribe(room, static_cast<FrameType>(type), event, integer(now));
}
/// `type` is a FrameType: list or can.
DIALOGUE_EXPORT(q, ask) client::Ticket ask(std::uint32_t type, double now) {
  return self->client.ask(static_cast<FrameType>(type), integer(now));
}
DIALOGUE_EXPORT(r, history)
client::Ticket history(client::RoomHandle room, double from, std::uint32_t limit, bool is_forward, double now) {
  return self->client.history(room, integer(from), limit, is_forward, integer(now));
}
DIALOGUE_EXPORT(s, set_unread) void set_unread(client::RoomHandle room, std::uint32_t unread) {
  self->client.set_unread(room, unread);
}
DIALOGUE_EXPORT(t, restore_numbers) void restore_numbers(client::RoomHandle room, double epoch, double numbered) {
  self->client.restore_numbers(room, integer(epoch), integer(numbered));
}
DIALOGUE_EXPORT(u, restore)
client::Ticket restore(client::RoomHandle room, std::uint32_t event, double sequence, double sent_ms) {
  return self->client.restore(room, event, integer(sequence), integer(sent_ms));
}
DIALOGUE_EXPORT(v, renumber) void renumber(client::Ticket publication, std::uint32_t event) {
  self->client.renumber(publication, event);
}
DIALOGUE_EXPORT(w, abort) bool abort_publication(client::Ticket publication) { return self->client.abort(publication); }
DIALOGUE_EXPORT(D, unwritten) void unwritten(client::Ticket publication, double now) {
  self->client.unwritten(publication, integer(now));
}
DIALOGUE_EXPORT(C, change_user) void change_user() { self->client.change_user(); }

// What to do.
/// The next ActionKind, 0 when there is none. Area: reference, count, then `count` numbers.
DIALOGUE_EXPORT(x, next) std::uint32_t next() { return self->next(); }
/// Returns when to call tick(), by the clock of `now`; infinity: no call is needed.
DIALOGUE_EXPORT(y, deadline) double deadline() { return self->deadline(); }
/// Area: epoch, sequence.
DIALOGUE_EXPORT(E, is_servers) bool is_servers(client::RoomHandle room) { return self->client.is_servers(room); }
DIALOGUE_EXPORT(z, position) void position(client::RoomHandle room) { self->position(room); }

// The catalogue.
DIALOGUE_EXPORT(A, set_catalogue) void set_catalogue(double fingerprint) { self->client.set_catalogue(integer(fingerprint)); }
#ifdef DIALOGUE_CATALOGUE_HEADER
/// Area: pointer and length of the catalogue that was compiled in. Only in modules made by dialogue_add_app.
DIALOGUE_EXPORT(B, own_catalogue) void own_catalogue() {
  self->area[0] = static_cast<double>(reinterpret_cast<std::uintptr_t>(&dialogue_catalogue_bytes[0]));
  self->area[1] = static_cast<double>(dialogue_catalogue_size);
}
#endif
