#include "support/man_in_the_middle.hpp"

#include "support/raw_client.hpp"
#include "support/tls_peer.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace tug::test {

namespace {

/// One side of it, plain or on TLS.
class side {
public:
    side(int fd, tls_peer* tls) : fd_(fd), tls_(tls) {}

    [[nodiscard]] int fd() const noexcept { return fd_; }

    [[nodiscard]] bool has_input() const { return tls_ != nullptr && tls_->has_input(); }

    [[nodiscard]] std::string read() {
        std::string out(65536, '\0');
        const auto n =
            tls_ ? static_cast<ssize_t>(tls_->read(out.data(), out.size())) : ::recv(fd_, out.data(), out.size(), 0);
        out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return out;
    }

    void write(std::string_view bytes) {
        if (tls_)
            tls_->write(bytes);
        else
            static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    }

private:
    int fd_;
    tls_peer* tls_;
};

} // namespace

man_in_the_middle::man_in_the_middle(std::string server_address, const issued* certificate, std::size_t cut_after)
    : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), cut_after_(cut_after) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof a;
    auto* any = reinterpret_cast<sockaddr*>(&a);
    if (::bind(listening_, any, size) != 0 || ::listen(listening_, 1) != 0 ||
        ::getsockname(listening_, any, &size) != 0)
        throw std::system_error(errno, std::generic_category(), "the man in the middle");
    address_ = "127.0.0.1:" + std::to_string(ntohs(a.sin_port));
    thread_ = std::thread([this, to = std::move(server_address), certificate] {
        try {
            pass_on(to, certificate);
        } catch (const std::runtime_error&) {
            return; // one side has ended
        }
    });
}

man_in_the_middle::~man_in_the_middle() {
    ::shutdown(listening_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(listening_);
}

const std::string& man_in_the_middle::heard() {
    thread_.join();
    return heard_;
}

void man_in_the_middle::pass_on(const std::string& server_address, const issued* certificate) {
    const auto close = [](const int* fd) { ::close(*fd); };
    int accepted = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    const std::unique_ptr<int, decltype(close)> owner(&accepted, close);
    std::optional<tls_peer> tls;
    if (certificate != nullptr) tls.emplace(accepted, tls_wish{.own = certificate, .server = true});
    const auto there = certificate != nullptr ? raw_client(server_address, tls_wish()) : raw_client(server_address);
    side client(accepted, tls ? &*tls : nullptr);
    side server(there.native_handle(), there.tls());
    for (;;) {
        std::array<pollfd, 2> ready{pollfd{client.fd(), POLLIN, 0}, pollfd{server.fd(), POLLIN, 0}};
        const bool now = client.has_input() || server.has_input();
        if (::poll(ready.data(), ready.size(), now ? 0 : 30'000) < 0) return;
        if (client.has_input() || ready[0].revents != 0) {
            const auto bytes = client.read();
            if (bytes.empty()) return;
            server.write(bytes);
        }
        if (server.has_input() || ready[1].revents != 0) {
            const auto bytes = server.read();
            if (bytes.empty()) return;
            client.write(std::string_view(bytes).substr(0, cut_after_ - heard_.size()));
            heard_ += bytes;
            if (heard_.size() >= cut_after_) {
                ::shutdown(client.fd(), SHUT_WR);
                return;
            }
        }
    }
}

} // namespace tug::test
