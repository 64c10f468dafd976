// Where commands that connect as a user look for a token that the command line does not have.
#pragma once

namespace dialogue::app {

inline constexpr const char* kTokenVariable = "DIALOGUE_TOKEN";

}  // namespace dialogue::app
