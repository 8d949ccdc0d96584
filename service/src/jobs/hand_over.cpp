#include "jobs/hand_over.hpp"

#include "jobs/read_all.hpp"
#include "os/passed_descriptors.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

namespace tug::service {

namespace {

constexpr std::size_t count = holder_descriptors::count;

/// Which of them are there, in the order of holder_descriptors::numbers(). It is sent with those.
using present = std::array<char, count>;

bool send_all(int socket, std::string_view text) {
    while (!text.empty()) {
        const auto n = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool send_descriptors(int socket, const holder_descriptors& given) {
    present which{};
    std::array<int, count> numbers{};
    std::size_t sent = 0;
    const auto all = given.numbers();
    for (std::size_t n = 0; n < count; ++n) {
        which[n] = all[n] >= 0 ? 1 : 0;
        if (all[n] >= 0) numbers[sent++] = all[n];
    }
    return pass_descriptors(socket, std::as_bytes(std::span(which)), std::span(numbers).first(sent));
}

std::optional<holder_descriptors> take_descriptors(int socket) {
    present which{};
    std::array<int, count> numbers{};
    const auto received = receive_descriptors(socket, std::as_writable_bytes(std::span(which)), numbers);
    const auto sent = static_cast<std::size_t>(std::count(which.begin(), which.end(), 1));
    if (!received || *received != sent) return std::nullopt;
    std::array<int, count> all{};
    std::size_t next = 0;
    for (std::size_t at = 0; at < count; ++at) all[at] = which[at] != 0 ? numbers[next++] : -1;
    return holder_descriptors(all);
}

} // namespace

bool hand_over(int socket, const holder_descriptors& given, std::string_view launch) {
    return send_descriptors(socket, given) && send_all(socket, launch) && ::shutdown(socket, SHUT_WR) == 0;
}

std::optional<handed_over> receive_hand_over(int socket) {
    const auto given = take_descriptors(socket);
    if (!given) return std::nullopt;
    return handed_over{*given, read_all(socket).value_or(std::string())};
}

} // namespace tug::service
