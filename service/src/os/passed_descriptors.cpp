#include "os/passed_descriptors.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace tug::service {

namespace {

using ancillary = std::array<std::byte, CMSG_SPACE(sizeof(int) * most_passed_descriptors)>;

} // namespace

bool pass_descriptors(int socket, std::span<const std::byte> message, std::span<const int> descriptors) {
    iovec content{const_cast<std::byte*>(message.data()), message.size()}; // sendmsg() only reads it
    alignas(cmsghdr) ancillary room{};
    msghdr sent{};
    sent.msg_iov = &content;
    sent.msg_iovlen = 1;
    sent.msg_control = room.data();
    sent.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    auto* const head = CMSG_FIRSTHDR(&sent);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(head), descriptors.data(), descriptors.size_bytes());
    ssize_t n = 0;
    while ((n = ::sendmsg(socket, &sent, MSG_NOSIGNAL)) < 0 && errno == EINTR) continue;
    return n == static_cast<ssize_t>(message.size()); // so few bytes go at once
}

std::optional<std::size_t> receive_descriptors(int socket, std::span<std::byte> message, std::span<int> descriptors) {
    iovec content{message.data(), message.size()};
    alignas(cmsghdr) ancillary room{};
    msghdr received{};
    received.msg_iov = &content;
    received.msg_iovlen = 1;
    received.msg_control = room.data();
    received.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    ssize_t n = 0;
    while ((n = ::recvmsg(socket, &received, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) continue;
    if (n != static_cast<ssize_t>(message.size())) return std::nullopt;
    const auto* const head = CMSG_FIRSTHDR(&received);
    if (head == nullptr || head->cmsg_type != SCM_RIGHTS) return 0;
    const auto count = std::min((head->cmsg_len - CMSG_LEN(0)) / sizeof(int), descriptors.size());
    std::memcpy(descriptors.data(), CMSG_DATA(head), count * sizeof(int));
    return count;
}

} // namespace tug::service
