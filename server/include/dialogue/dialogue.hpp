// Dialogue for C++: define events and rooms, serve them from your own program, and handle what clients do.
//
//   #include <dialogue/dialogue.hpp>
//   auto server = dialogue::create_dialogue({.definitions = chat_app});
//   server.run();
//
// docs/guides/embedding.md walks through it; each header states its own thread-safety.
#pragma once
#include <dialogue/calls.hpp>
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
