// Prints the tables that other languages and documents are generated from, as JSON: {"errors":[{...}]}.
// Compiled and run by `npm run generate` and by the freshness test; the tables themselves live in shared/.
#include <cstddef>
#include <iostream>
#include <string_view>

#include "shared/base/errors.hpp"

namespace {

void print_string(std::string_view key, std::string_view value) {
  std::cout << '"' << key << "\":\"";
  for (const char character : value) {
    if (character == '"' || character == '\\') std::cout << '\\';
    std::cout << character;
  }
  std::cout << "\",";
}

void print_row(const dialogue::ErrorRow& row) {
  std::cout << '{';
  print_string("name", row.name);
  print_string("message", row.message);
  print_string("advice", row.advice);
  std::cout << "\"code\":" << static_cast<unsigned>(row.code) << ",\"retryable\":" << (row.retryable ? "true" : "false")
            << ",\"closeCode\":" << row.close_code << '}';
}

}  // namespace

int main() {
  std::cout << "{\"errors\":[";
  for (std::size_t index = 0; index < dialogue::kErrors.size(); ++index) {
    if (index > 0) std::cout << ',';
    print_row(dialogue::kErrors[index]);
  }
  std::cout << "]}\n";
}
