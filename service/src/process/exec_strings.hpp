#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

/// Strings for execve(2), in one piece of memory: a command inherits dozens of variables, and to allocate each of them
/// was a twentieth of what tugd needs for a start. None may hold a NUL.
class exec_strings {
public:
    exec_strings() = default;

    exec_strings(std::initializer_list<std::string_view> all) { // NOLINT(google-explicit-constructor): a list of them
        for (const auto one : all) add({one});
    }

    /// Room for as many bytes, the NULs included.
    void reserve(std::size_t bytes) { text_.reserve(bytes); }

    /// One more string, of these parts.
    void add(std::initializer_list<std::string_view> parts);

    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    /// Views of them, in order; valid until a string is added or this is moved.
    [[nodiscard]] std::vector<std::string_view> all() const;

    /// As execve takes them, with a null behind the last; valid as long as all() is. Execve changes nothing.
    [[nodiscard]] std::vector<char*> pointers() const;

private:
    template <class Function>
    void for_each(Function function) const;

    std::string text_; ///< each with its NUL
    std::size_t count_ = 0;
};

} // namespace tug::service
