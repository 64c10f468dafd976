// Fuzzes what a stranger sends to /socket.io/: the query of a request, the body of a POST with its Engine.IO packets, and in
// those the Socket.IO packets with their attachments, the `auth` and offset of a CONNECT, and the requests of the rooms. What is
// accepted becomes frames that the server itself can read, and an offset that is read is written the same way.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/transport/engineio/engine_packet.hpp"
#include "server/transport/engineio/engine_state.hpp"
#include "server/transport/socketio/rooms_translator.hpp"
#include "server/transport/socketio/socketio_assembler.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "shared/protocol/frames.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::transport;

void demand(bool holds) {
  if (!holds) std::abort();
}

/// One event whose payload is any JSON, in any room.
const CatalogueView& catalogue() {
  static const auto bytes = [] {
    Definitions definitions;
    EventDefinition event;
    event.name = "message";
    event.schema = definitions.schemas.add({});
    definitions.events.push_back(event);
    RoomDefinition room;
    room.id = "room-{id}";
    room.events = {"message"};
    definitions.rooms.push_back(room);
    return make_catalogue(definitions).bytes;
  }();
  static const CatalogueView view = *CatalogueView::parse(bytes);
  return view;
}

void check(const RoomsOutput& output) {
  Frame frame;
  for (const std::string& text : output.frames) demand(read_frame(text, frame) == ErrorCode::ok);
  for (const auto& packet : output.packets) demand(read_engine_packet(*packet).has_value());
}

std::string as_offset(const std::vector<RecoveredRoom>& rooms) {
  std::string text;
  for (const RecoveredRoom& room : rooms) {
    append_offset(text, room.id, room.epoch, room.seq);
    if (room.events) append_offset_events(text, *room.events);
  }
  return text.empty() ? std::string(kNoRoomsOffset) : text;
}

/// A client whose messages these are; the shard lets it in and into one room.
class Client {
 public:
  void say(std::string_view data, bool is_binary) {
    const auto result = is_binary ? assembler_.on_binary(data) : assembler_.on_text(data);
    demand(assembler_.attachments().size() <= limits_.attachments_max);
    if (result != SocketioAssembler::Result::packet) return;
    const SocketioPacket& packet = assembler_.packet();
    if (packet.type == SocketioType::connect && !is_begun_) begin(packet.data);
    if (packet.type == SocketioType::event || packet.type == SocketioType::binary_event) {
      if (translator_.phase() == RoomsTranslator::Phase::open) translator_.on_event(packet, assembler_.attachments());
      check(translator_.take_output());
    }
    assembler_.done();
  }

 private:
  void begin(std::string_view auth) {
    is_begun_ = true;
    const auto read = read_rooms_auth(auth);
    if (const auto* its = std::get_if<RoomsAuth>(&read))
      if (const auto rooms = read_offset(its->offset)) demand(read_offset(as_offset(*rooms)) == rooms);
    translator_.begin(auth);
    check(translator_.take_output());
    translator_.observe(R"([33,1,0,0,25000,0,0,{"session":"s","userId":"u","name":"n","limits":{},"resume":"r"}])");
    for (int req = 1; req <= 16; ++req)
      translator_.observe("[34," + std::to_string(req) +
                          ",9,36,1,5,1,{\"roomId\":\"room-1\",\"name\":\"\",\"clock\":1,\"members\":[]}]");
    check(translator_.take_output());
    if (translator_.phase() != RoomsTranslator::Phase::open) return;
    translator_.translate(
        std::make_shared<const std::string>(R"([34,0,7,36,1,5,1,{"roomId":"room-1","name":"","clock":1,"members":[]}])"));
    check(translator_.take_output());
  }

  SocketioLimits limits_;
  SocketioAssembler assembler_{limits_.attachments_max, limits_.engine.payload_bytes_max};
  RoomsTexts texts_{catalogue()};
  RecoveryPids pids_{4};
  RoomsTranslator translator_{texts_, limits_, pids_};
  bool is_begun_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const EngineQuery query = read_engine_query(text.substr(0, line));
  demand(query.sid.size() <= 128);
  const EngineLimits limits;
  EngineState state(EngineState::Carrier::polling, limits, 0);
  EnginePayloadReader reader(text.substr(std::min(line + 1, text.size())));
  Client client;
  std::uint64_t now_ms = 0;
  while (reader.next()) {
    demand(state.next_ms() > 0);
    if (state.on_packet(reader.packet(), ++now_ms) == EngineState::Step::deliver)
      client.say(reader.packet().data, reader.binary().has_value());
  }
  return 0;
}
