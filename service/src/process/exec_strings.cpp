#include "exec_strings.hpp"

#include <cstring>

namespace tug::service {

void exec_strings::add(std::initializer_list<std::string_view> parts) {
    for (const auto part : parts) text_ += part;
    text_ += '\0';
    ++count_;
}

template <class Function>
void exec_strings::for_each(Function function) const {
    for (const char* at = text_.c_str(); at != text_.c_str() + text_.size(); at += std::strlen(at) + 1) function(at);
}

std::vector<std::string_view> exec_strings::all() const {
    std::vector<std::string_view> out;
    out.reserve(count_);
    for_each([&](const char* one) { out.emplace_back(one); });
    return out;
}

std::vector<char*> exec_strings::pointers() const {
    std::vector<char*> out;
    out.reserve(count_ + 1);
    for_each([&](const char* one) { out.push_back(const_cast<char*>(one)); }); // execve's type
    out.push_back(nullptr);
    return out;
}

} // namespace tug::service
