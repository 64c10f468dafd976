// The auction house after the move: the handlers of `before/server.cjs`, in that order. `auction [HOST:PORT] [WEB-DIRECTORY]`.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "examples/socketio-migration/after/house.hpp"

namespace {

namespace sio = dialogue::socketio;
using auction::Failure;
using std::chrono::seconds;

std::string text(const sio::Event& event, std::size_t index) { return event.arguments.get<std::string>(index).value_or(""); }
std::string room_of(const std::string& lot) { return "lot:" + lot; }

void add_handlers(sio::Namespace io, auction::House& house) {
  io.use([](sio::Socket& socket) {
    const auto auth = dialogue::from_json<auction::Auth>(socket.handshake().auth);
    const auto user = auth ? auction::House::user_of(auth->key) : std::nullopt;
    if (!user) return sio::Admission::refuse("unknown key", R"({"status":401})");
    socket.set_data(*user);
    return sio::Admission::allow();
  });

  io.on_connect([](sio::Socket& socket) {
    socket.join("user:" + socket.data());
    socket.emit("hello", socket.data());
  });

  io.on("watch", [&house](sio::Socket& socket, const sio::Event& event) {
    const std::string name = text(event, 0);
    const auto lot = house.lot(name);
    if (!lot) return event.ack(Failure{"there is no such lot"});
    socket.join(room_of(name));
    socket.to(room_of(name)).emit("watching", name, socket.data());
    event.ack(lot->price);
    if (lot->picture) socket.emit("picture", name, *lot->picture);
  });

  io.on("unwatch", [](sio::Socket& socket, const sio::Event& event) { socket.leave(room_of(text(event, 0))); });

  io.on("bid", [io, &house](sio::Socket& socket, const sio::Event& event) {
    const std::string name = text(event, 0), user = socket.data();
    const int price = event.arguments.get<int>(1).value_or(0);
    if (const auto failure = house.bid(name, price, user)) return event.ack(*failure);
    io.to(room_of(name)).emit("price", name, price, user);
    event.ack(auction::Price{price, user});
  });

  io.on("picture", [&house](sio::Socket& socket, const sio::Event& event) {
    const std::string name = text(event, 0);
    const auto lot = house.lot(name);
    const auto given = event.arguments.bytes(1);
    if (!lot || lot->seller != socket.data() || !given) return event.ack(Failure{"this is not your lot"});
    const dialogue::bytes picture{{given->begin(), given->end()}};
    house.set_picture(name, picture);
    socket.to(room_of(name)).emit("picture", name, picture);
    event.ack(auction::Size{given->size()});
  });

  io.on("watchers", [io](sio::Socket&, const sio::Event& event) {
    io.to(room_of(text(event, 0))).fetch_sockets({}, [ack = event.ack](const std::vector<sio::Socket>& sockets) {
      std::vector<std::string> users;
      for (const sio::Socket& each : sockets) users.push_back(each.data());
      std::sort(users.begin(), users.end());
      ack(users);
    });
  });

  io.on("ask", [io, &house](sio::Socket& socket, const sio::Event& event) {
    const auto lot = house.lot(text(event, 0));
    if (!lot) return event.ack(Failure{"the seller is away"});
    const sio::Arguments question = sio::arguments(text(event, 0), socket.data(), text(event, 1));
    io.to("user:" + lot->seller).fetch_sockets({"", 1}, [question, ack = event.ack](const std::vector<sio::Socket>& sellers) {
      if (sellers.empty()) return ack(Failure{"the seller is away"});
      sellers.front().emit_with_ack(seconds(1), "question", question, [ack](const sio::AckResult& result) {
        if (!result.ok()) return ack(Failure{"the seller does not answer"});
        ack(auction::Reply{{std::string(result.arguments.json(0))}});
      });
    });
  });

  io.on("close", [io, &house](sio::Socket& socket, const sio::Event& event) {
    const std::string name = text(event, 0);
    const auto lot = house.lot(name);
    if (!lot || lot->seller != socket.data()) return event.ack(Failure{"this is not your lot"});
    io.to(room_of(name)).emit("sold", name, lot->price.bidder, lot->price.price);
    io.to(room_of(name)).leave(room_of(name));
    event.ack(lot->price);
  });

  io.on("expel", [io](sio::Socket& socket, const sio::Event& event) {
    if (socket.data() == "ann") io.to("user:" + text(event, 0)).disconnect();
  });

  io.on_disconnect([io](sio::Socket& socket, std::string_view) { io.emit("gone", socket.data()); });
}

}  // namespace

int main(int argc, char** argv) try {
  dialogue::Config config;
  config.listen = argc > 1 ? argv[1] : "127.0.0.1:3000";
  if (argc > 2) config.static_directory = argv[2];
  auction::House house;
  dialogue::Instance server = dialogue::create_dialogue(std::move(config));
  add_handlers(server.socketio("/auctions"), house);
  server.listen();
  std::cout << "listening on http://127.0.0.1:" << server.port() << std::endl;
  server.run_until_signal();
  return 0;
} catch (const dialogue::SetupError& fault) {
  std::cerr << fault.what() << "\n";
  return 1;
}
