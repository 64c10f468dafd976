// Dialogue for C++: define events and rooms, serve them from your own program, take part in what happens.
//
//   #include <dialogue/dialogue.hpp>
//   auto server = dialogue::create_dialogue({.definitions = chat_app});
//   server.run();
//
// docs/guides/embedding.md walks through it; each header says its own rules on threads.
#pragma once
#include <dialogue/client.hpp>
#include <dialogue/config.hpp>
#include <dialogue/define.hpp>
#include <dialogue/instance.hpp>
#include <dialogue/middleware.hpp>
#include <dialogue/results.hpp>
#include <dialogue/run_app.hpp>
#include <dialogue/setup_error.hpp>
#include <dialogue/socketio.hpp>
#include <dialogue/store.hpp>
#include <dialogue/subscription.hpp>
