// Namespaces for Socket.IO clients. A socket.io application in Node can be ported handler by handler, without changes to its
// clients: docs/guides/socketio-applications.md.
//
//   namespace sio = dialogue::socketio;
//   sio::Namespace io = server.socketio("/chat");
//   io.use([](sio::Socket& socket) {
//     return may(socket.handshake().auth) ? sio::Admission::allow() : sio::Admission::refuse("no");
//   });
//   io.on_connect([](sio::Socket& socket) { socket.join("lobby"); });
//   io.on("say", [](sio::Socket& socket, const sio::Event& event) {
//     socket.to("lobby").emit("said", socket.id(), event.arguments.get<std::string>(0).value_or(""));
//     event.ack("ok");
//   });
//
// Each header states its own thread-safety.
#pragma once
#include "server/socketio/admission.hpp"
#include "server/socketio/arguments.hpp"
#include "server/socketio/broadcast.hpp"
#include "server/socketio/namespace.hpp"
#include "server/socketio/socket.hpp"
#include "server/socketio/verdict.hpp"
