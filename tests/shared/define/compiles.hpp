// Whether an expression is a constant: COMPILES(window(0)) is false.
#pragma once
#include <type_traits>

namespace dialogue::testing {

// A consteval call that stops in definition_error is no constant expression, which a requires-expression can see.
template <class Attempt>
concept Compiles = requires {
  typename std::bool_constant<(Attempt{}(), true)>;
};

}  // namespace dialogue::testing

#define COMPILES(...) ::dialogue::testing::Compiles<decltype([]() consteval { return __VA_ARGS__; })>
