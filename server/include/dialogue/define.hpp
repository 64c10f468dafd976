// Writing definitions in C++: define_event, define_room, define_app and what they are made of. No server comes with it, so that a
// header of definitions compiles quickly and into both ends.
#pragma once
#include "shared/define/define.hpp"
