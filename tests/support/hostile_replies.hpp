#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tug::test {

/// What the client calls.
enum class operation { ping, exec, start, put, get, get_bytes };

inline const char* name_of(operation what) {
    constexpr std::array names{"ping", "exec", "start", "put", "get", "get_bytes"};
    return names.at(static_cast<std::size_t>(what));
}

/// What a put sends.
inline constexpr std::string_view sent_bytes = "these are the bytes of a put";

/// What a server says to the first call of a connection.
struct hostile_reply {
    std::string name; ///< What is wrong with it.
    operation to = operation::ping;
    std::string hello;          ///< In the place of a right one.
    bool waits_for_eof = false; ///< Before it says anything: for the data of a put.
    std::string bytes;
    std::string again; ///< Said that often after it.
    unsigned times = 0;
    std::size_t piece = 0;   ///< Bytes of one write; 0: all.
    bool ends_early = false; ///< Closes after the hello.
    bool silent = false;     ///< Does not close at the end.
    bool reset = false;      ///< Closes by a RST.
};

/// The xxh3-128 digest as the wire has it.
[[nodiscard]] std::string digest_text(std::string_view content);

/// The n-th hostile reply; the same for the same number.
[[nodiscard]] hostile_reply hostile_reply_of(unsigned n);

} // namespace tug::test
