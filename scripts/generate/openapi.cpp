// Prints the OpenAPI document of the HTTP API. Compiled and run by `npm run generate` and by the freshness test, with
// server/api/openapi.cpp and what that needs.
#include "server/api/openapi.hpp"

#include <iostream>

int main() { std::cout << dialogue::api::openapi_document() << '\n'; }
