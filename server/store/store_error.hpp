// Why a store cannot be opened: which place, what is wrong with it, what to do. Thrown while opening only; what goes wrong later
// is an answer (StoreStatus). Immutable.
#pragma once
#include <stdexcept>
#include <string>

namespace dialogue::store {

class StoreError : public std::runtime_error {
 public:
  StoreError(std::string place, std::string fault, std::string advice)
      : std::runtime_error(place + ": " + fault + " " + advice),
        place_(std::move(place)),
        fault_(std::move(fault)),
        advice_(std::move(advice)) {}

  [[nodiscard]] const std::string& place() const { return place_; }    ///< a path or URL
  [[nodiscard]] const std::string& fault() const { return fault_; }    ///< one sentence
  [[nodiscard]] const std::string& advice() const { return advice_; }  ///< what to do about it

 private:
  std::string place_, fault_, advice_;
};

}  // namespace dialogue::store
