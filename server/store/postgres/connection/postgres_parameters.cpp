// See postgres_parameters.hpp. An array in binary form is the number of dimensions, whether it has nulls, the elements' type, the
// size and lower bound of the dimension, and each element behind its length; all numbers are big-endian.
#include "server/store/postgres/connection/postgres_parameters.hpp"

namespace dialogue::store {
namespace {

// Of pg_type.dat; these never change.
constexpr Oid kByteString = 17, kInt8 = 20, kText = 25, kBytesArray = 1001, kTextArray = 1009, kInt8Array = 1016;

void put_number(std::string& to, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) to.push_back(static_cast<char>(number >> shift & 0xFF));
}

void put_head(std::string& to, Oid element, std::size_t size) {
  put_number(to, size == 0 ? 0 : 1, 4);
  put_number(to, 0, 4);
  put_number(to, element, 4);
  if (size == 0) return;
  put_number(to, size, 4);
  put_number(to, 1, 4);
}

}  // namespace

std::string& PostgresParameters::place(Oid type) {
  types_.push_back(type);
  return values_.emplace_back();
}

PostgresParameters& PostgresParameters::add(std::uint64_t number) {
  put_number(place(kInt8), number, 8);
  return *this;
}

PostgresParameters& PostgresParameters::add(std::string_view bytes) {
  place(kByteString) = bytes;
  return *this;
}

PostgresParameters& PostgresParameters::add_text(std::string_view text) {
  place(kText) = text;
  return *this;
}

PostgresParameters& PostgresParameters::add(const std::vector<std::uint64_t>& numbers) {
  std::string& to = place(kInt8Array);
  put_head(to, kInt8, numbers.size());
  for (const std::uint64_t each : numbers) {
    put_number(to, 8, 4);
    put_number(to, each, 8);
  }
  return *this;
}

template <typename Texts>
void PostgresParameters::add_array(Oid array, Oid element, const Texts& texts) {
  std::string& to = place(array);
  put_head(to, element, texts.size());
  for (const auto& each : texts) {
    put_number(to, each.size(), 4);
    to.append(each);
  }
}

PostgresParameters& PostgresParameters::add(const std::vector<std::string_view>& bytes) {
  add_array(kBytesArray, kByteString, bytes);
  return *this;
}

PostgresParameters& PostgresParameters::add_texts(const std::vector<std::string>& texts) {
  add_array(kTextArray, kText, texts);
  return *this;
}

std::vector<const char*> PostgresParameters::pointers() const {
  std::vector<const char*> found;
  for (const std::string& each : values_) found.push_back(each.data());
  return found;
}

std::vector<int> PostgresParameters::lengths() const {
  std::vector<int> found;
  for (const std::string& each : values_) found.push_back(static_cast<int>(each.size()));
  return found;
}

}  // namespace dialogue::store
