#include "jobs/hand_over.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace tug::service {

namespace {

constexpr std::size_t count = holder_descriptors::count;

/// Which of them are there, in the order of holder_descriptors::numbers(). It is sent with those.
using present = std::array<char, count>;

using ancillary = std::array<std::byte, CMSG_SPACE(sizeof(int) * count)>;

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
    iovec content{which.data(), which.size()};
    alignas(cmsghdr) ancillary room{};
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * sent);
    auto* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * sent);
    std::memcpy(CMSG_DATA(head), numbers.data(), sizeof(int) * sent);
    ssize_t n = 0;
    while ((n = ::sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) continue;
    return n == static_cast<ssize_t>(which.size()); // so few bytes go at once
}

std::optional<holder_descriptors> receive_descriptors(int socket) {
    present which{};
    iovec content{which.data(), which.size()};
    alignas(cmsghdr) ancillary room{};
    msghdr message{};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    ssize_t n = 0;
    while ((n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) continue;
    const auto* const head = CMSG_FIRSTHDR(&message);
    if (n != static_cast<ssize_t>(which.size()) || head == nullptr || head->cmsg_type != SCM_RIGHTS)
        return std::nullopt;
    std::array<int, count> numbers{};
    const auto* from = CMSG_DATA(head);
    for (std::size_t at = 0; at < count; ++at) {
        numbers[at] = -1;
        if (which[at] == 0) continue;
        std::memcpy(&numbers[at], from, sizeof(int));
        from += sizeof(int);
    }
    return holder_descriptors(numbers);
}

/// All that comes until its writer says that it was all.
std::string read_all(int fd) {
    std::string text;
    for (;;) {
        std::array<char, 16 * 1024> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read()
        const auto n = ::read(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
}

} // namespace

bool hand_over(int socket, const holder_descriptors& given, std::string_view launch) {
    return send_descriptors(socket, given) && send_all(socket, launch) && ::shutdown(socket, SHUT_WR) == 0;
}

std::optional<handed_over> receive_hand_over(int socket) {
    const auto given = receive_descriptors(socket);
    if (!given) return std::nullopt;
    return handed_over{*given, read_all(socket)};
}

} // namespace tug::service
