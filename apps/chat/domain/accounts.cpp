// See accounts.hpp.
#include "apps/chat/domain/accounts.hpp"

#include <algorithm>
#include <set>

#include "apps/chat/domain/text.hpp"

namespace chat {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

Fault name_fault(std::string message) { return {FaultCode::invalid_request, std::move(message), "name"}; }
Fault password_fault(std::string message) { return {FaultCode::invalid_request, std::move(message), "password"}; }

}  // namespace

std::optional<Fault> fault_in_user_name(std::string_view name) {
  if (name.size() < kUserNameCharsMin || name.size() > kUserNameCharsMax)
    return name_fault("A user name has 3 to 32 characters.");
  if (!is_letter(name.front())) return name_fault("A user name begins with a letter, a to z.");
  const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
  if (!is_plain)
    return name_fault("A user name has letters a to z, digits and underscores only. The display name may have any letters.");
  if (key_of_user_name(name) == "system") return name_fault("This name is the server's own. Choose another one.");
  return std::nullopt;
}

std::string key_of_user_name(std::string_view name) {
  std::string key(name);
  std::transform(key.begin(), key.end(), key.begin(), lower);
  return key;
}

std::string skeleton_of_user_name(std::string_view name) {
  std::string skeleton;
  for (const char c : name) {
    if (c == 'I' || c == '1')
      skeleton += 'l';
    else if (c == '0')
      skeleton += 'o';
    else if (lower(c) == 'm')
      skeleton += "rn";
    else if (lower(c) == 'w')
      skeleton += "vv";
    else
      skeleton += lower(c);
  }
  return skeleton;
}

std::optional<Fault> fault_in_email(std::string_view email) {
  const std::size_t at = email.find('@');
  const std::string_view domain = at == std::string_view::npos ? std::string_view() : email.substr(at + 1);
  const bool has_blanks = std::any_of(email.begin(), email.end(), [](unsigned char c) { return c <= ' ' || c == 0x7f; });
  const std::size_t dot = domain.find('.');
  const bool is_address = at != std::string_view::npos && at > 0 && at <= kEmailNameBytesMax && dot != std::string_view::npos &&
                          dot > 0 && domain.back() != '.' && domain.find('@') == std::string_view::npos;
  if (email.size() <= kEmailBytesMax && !has_blanks && is_address && !compatible(email).empty()) return std::nullopt;
  return Fault{FaultCode::invalid_request, "This is not an e-mail address such as ann@example.org.", "email"};
}

std::optional<Fault> fault_in_password(std::string_view password, std::string_view user_name) {
  if (password.size() < kPasswordBytesMin) return password_fault("A password has at least 10 characters.");
  if (password.size() > kPasswordBytesMax) return password_fault("A password has at most 1,024 bytes.");
  const std::string text = compatible(password);
  if (text.empty()) return password_fault("The password is not valid UTF-8.");
  if (folded(password) == folded(user_name)) return password_fault("The password is the user name. Choose another one.");
  if (std::set<char>(text.begin(), text.end()).size() < kPasswordDistinctMin)
    return password_fault("The password has fewer than 5 different characters. Choose another one.");
  return std::nullopt;
}

}  // namespace chat
