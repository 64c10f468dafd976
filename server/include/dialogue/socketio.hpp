// Namespaces for Socket.IO clients: an application of socket.io in Node can be moved here handler by handler, and its clients
// stay as they are. docs/guides/socketio-applications.md shows what becomes of what.
//
//   namespace sio = dialogue::socketio;
//   sio::Namespace io = server.socketio("/chat");
//   io.use([](sio::Socket& socket) { return may(socket.handshake().auth) ? sio::Admission::allow() :
//   sio::Admission::refuse("no"); }); io.on_connect([](sio::Socket& socket) { socket.join("lobby"); }); io.on("say",
//   [](sio::Socket& socket, const sio::Event& event) {
//     socket.to("lobby").emit("said", socket.id(), event.arguments.get<std::string>(0).value_or(""));
//     event.ack("ok");
//   });
//
// Each header says its own rules on threads.
#pragma once
#include "server/socketio/admission.hpp"
#include "server/socketio/arguments.hpp"
#include "server/socketio/broadcast.hpp"
#include "server/socketio/namespace.hpp"
#include "server/socketio/socket.hpp"
#include "server/socketio/verdict.hpp"
