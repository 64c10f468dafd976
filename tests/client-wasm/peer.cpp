#include "tests/client-wasm/peer.hpp"

#include "shared/json/json_reader.hpp"
#include "tests/client-wasm/world.hpp"

namespace dialogue::client::testing {

using namespace core;

namespace {

/// The text of this member of a JSON object; empty: it has none.
std::string text_in(std::string_view object, std::string_view name) {
  JsonReader reader(object);
  std::string key, text;
  if (reader.enter_object())
    while (reader.next_key(key))
      if (key == name ? !reader.read_string(text) : !reader.skip()) break;
  return text;
}

}  // namespace

Peer::Peer(World& world, std::string name, std::uint64_t seed) : core(seed), user(std::move(name)), world_(world) {
  core.set_catalogue(world.config().catalogue.fingerprint());
  core.start(world.now());
}

RoomHandle Peer::handle(std::string_view id) {
  for (RoomHandle room = 0; room < room_ids_.size(); ++room)
    if (room_ids_[room] == id) return room;
  room_ids_.emplace_back(id);
  return core.add_room();
}

RoomHandle Peer::join(std::string_view id, JoinFrom from, Position position) {
  const RoomHandle room = handle(id);
  join_tickets_[room] = core.join(room, from, position, world_.now());
  world_.settle();
  return room;
}

Ticket Peer::leave(RoomHandle room) {
  const Ticket ticket = core.leave(room);
  world_.settle();
  return ticket;
}

Ticket Peer::publish(RoomHandle room, std::string_view event, std::string json, Priority priority) {
  const bool is_volatile = event == "typing";
  const Ticket ticket = core.publish(room, event_number(event), is_volatile, world_.now(), priority);
  payloads_[ticket] = std::move(json);
  events_[ticket] = event;
  world_.settle();
  return ticket;
}

Ticket Peer::restore(RoomHandle room, std::string_view event, std::string json, std::uint64_t sequence) {
  const Ticket ticket = core.restore(room, event_number(event), sequence, world_.now());
  payloads_[ticket] = std::move(json);
  events_[ticket] = event;
  return ticket;
}

Ticket Peer::history(RoomHandle room, std::uint64_t from, std::uint32_t limit, bool is_forward) {
  const Ticket ticket = core.history(room, from, limit, is_forward, world_.now());
  world_.settle();
  return ticket;
}

void Peer::set_unread(RoomHandle room, std::uint32_t count) {
  core.set_unread(room, count);
  world_.settle();
}

Ticket Peer::subscribe(RoomHandle room, FrameType type, std::string_view event) {
  const Ticket ticket = core.subscribe(room, type, event.empty() ? 0 : event_number(event), world_.now());
  world_.settle();
  return ticket;
}

Ticket Peer::list() {
  const Ticket ticket = core.ask(FrameType::list, world_.now());
  world_.settle();
  return ticket;
}

Ticket Peer::can(std::string question) {
  const Ticket ticket = core.ask(FrameType::can, world_.now());
  payloads_[ticket] = std::move(question);
  world_.settle();
  return ticket;
}

void Peer::unwritten(Ticket publication) {
  core.unwritten(publication, world_.now());
  world_.settle();
}

void Peer::abort(Ticket ticket) {
  core.abort(ticket);
  world_.settle();
}

void Peer::close() {
  core.close();
  world_.settle();
}

Result Peer::result(Ticket ticket) const {
  const auto found = results_.find(ticket);
  return found == results_.end() ? Result{} : found->second;
}

std::uint32_t Peer::event_number(std::string_view name) const {
  const CatalogueView& catalogue = world_.config().catalogue;
  return catalogue.find_event(name).value_or(catalogue.event_count()) + 1;
}

void Peer::carry_out() {
  while (const Action* const action = core.next()) carry_out(Action{*action});  // a copy: carrying it out may make others
}

void Peer::carry_out(const Action& action) {
  const std::uint64_t first = action.numbers[0];
  switch (action.kind) {
    case ActionKind::open:
      wants_socket_ = true, ++opens;
      break;
    case ActionKind::drop:
      world_.drop(*this);
      break;
    case ActionKind::send:
      send(action);
      break;
    case ActionKind::state:
      states.push_back(static_cast<State>(first));
      break;
    case ActionKind::welcome:
      resume_ = text_in(in_hand_.payload, "resume");
      core.set_catalogue(first);
      for (const auto& [ticket, event] : events_) core.renumber(ticket, event_number(event));
      break;
    case ActionKind::joined:
      numbers[action.reference] = in_hand_.integers[1];
      break;
    case ActionKind::left:
      left[action.reference] = static_cast<ErrorCode>(first);
      break;
    case ActionKind::deliver:
      delivered.emplace_back(in_hand_.payload);
      break;
    case ActionKind::gap:
      gaps.push_back({action.reference, first, action.numbers[1], static_cast<ErrorCode>(action.numbers[2])});
      break;
    case ActionKind::fault:
      faults.push_back(static_cast<ErrorCode>(first));
      break;
    case ActionKind::answer:
      settle(action.reference, static_cast<ErrorCode>(first), true);
      break;
    case ActionKind::settle:
      settle(action.reference, static_cast<ErrorCode>(first), false);
      break;
    case ActionKind::wait:
      waits.push_back({static_cast<ErrorCode>(first), action.numbers[1]});
      break;
    default:
      break;
  }
}

void Peer::send(const Action& action) {
  std::string text = "[";
  const bool has_ext = action.numbers[0] == static_cast<std::uint64_t>(FrameType::publish);
  for (std::size_t i = 0; i < action.count - has_ext; ++i) text += (i ? "," : "") + std::to_string(action.numbers[i]);
  if (has_ext) text.append(",").append(publish_ext(action.numbers[action.count - 1]));
  switch (static_cast<FrameType>(action.numbers[0])) {
    case FrameType::hello:
      text += R"(,{"identity":{"userId":")" + user + R"("},"producer":{"id":")" + user + "-" + std::to_string(action.reference) +
              R"(","outbox":"memory"})" + (resume_.empty() ? "" : R"(,"resume":")" + resume_ + "\"") + "}";
      break;
    case FrameType::refresh:
      text += R"(,{"token":"of )" + user + "\"}";
      break;
    case FrameType::join:
      text += ",\"" + room_ids_[action.reference] + "\",{}";
      break;
    case FrameType::publish:
    case FrameType::can:
      text += "," + payloads_.at(action.reference);
      break;
    default:
      break;
  }
  sent.push_back(text + "]");
  world_.received(*this, sent.back());
}

void Peer::settle(Ticket ticket, ErrorCode code, bool is_answer) {
  ++settlements;
  Result& result = results_[ticket];
  if (result.settled) throw std::logic_error("a ticket was settled twice");
  result = {true, code};
  if (!is_answer || code != ErrorCode::ok || in_hand_.type != FrameType::ack) return;
  result.epoch = in_hand_.integers[2];
  result.sequence = in_hand_.integers[3];
  result.duplicate = in_hand_.integers[5] != 0;
}

void Peer::receive(const std::string& text) {
  Incoming frame;
  if (read_frame(text, in_hand_) != ErrorCode::ok) return core.violated(ErrorCode::frame_malformed, world_.now());
  frame.type = in_hand_.type;
  frame.integers = in_hand_.integers;
  if (in_hand_.type == FrameType::joined && in_hand_.integers[0] == 0)
    frame.named_room = handle(text_in(in_hand_.payload, "roomId"));
  core.received(frame, world_.now());
}

}  // namespace dialogue::client::testing
