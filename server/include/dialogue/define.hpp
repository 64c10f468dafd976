// Definitions in C++: define_event, define_room, define_app and their parts. Includes nothing of the server, so that a header of
// definitions compiles quickly and can be shared by server and client programs.
#pragma once
#include "shared/define/define.hpp"
