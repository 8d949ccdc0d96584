#include "rpc_load.hpp"

#include "rpc_wire.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tug::bench {

namespace {

constexpr std::size_t buffer_size = 64 * 1024;
constexpr int patience_ms = 5000;

/// A connection: what came and is not whole, what is to be sent, and when each slot's call was.
struct lane {
    unique_fd fd;
    std::string in = std::string(buffer_size, '\0');
    std::size_t have = 0;
    std::string out;
    std::vector<std::uint64_t> sent;
    std::uint64_t turn = 0;
};

template <class Wire>
class load {
public:
    load(const rpc_plan& plan, std::vector<unique_fd> connections)
        : plan_(plan), wire_(plan.depth, plan.payload), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        checked(epoll_.get(), "epoll_create");
        lanes_.reserve(connections.size());
        for (auto& fd : connections) add(std::move(fd));
    }

    rpc_outcome run() {
        for (auto& l : lanes_) begin(l);
        const auto warm_up = static_cast<std::uint64_t>(plan_.seconds * 1e8);
        turn_until(now_ns() + warm_up);
        latency_ = latencies();
        meter used(plan_.server);
        turn_until(now_ns() + static_cast<std::uint64_t>(plan_.seconds * 1e9));
        return {latency_.count(), latency_, used.read()};
    }

private:
    void add(unique_fd fd) {
        set_nonblocking(fd);
        auto& l = lanes_.emplace_back();
        l.fd = std::move(fd);
        l.sent.resize(plan_.depth);
        epoll_event e{};
        e.events = EPOLLIN;
        e.data.u64 = lanes_.size() - 1;
        checked(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, l.fd.get(), &e), "epoll_ctl");
    }

    void begin(lane& l) {
        for (std::size_t slot = 0; slot < plan_.depth; ++slot) {
            wire_.append_request(l.out, slot);
            l.sent[slot] = now_ns();
        }
        flush(l);
    }

    void turn_until(std::uint64_t end) {
        std::array<epoll_event, 256> events{};
        while (now_ns() < end) {
            const int n = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience_ms);
            if (n < 0 && errno == EINTR) continue;
            if (checked(n, "epoll_wait") == 0) throw std::runtime_error("no answer for 5 s");
            for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) serve(lanes_[events[i].data.u64]);
        }
    }

    void serve(lane& l) {
        const auto n = ::recv(l.fd.get(), l.in.data() + l.have, l.in.size() - l.have, 0);
        if (n == 0) throw std::runtime_error("the server closed the connection");
        if (n < 0 && errno != EAGAIN) throw_errno("recv");
        if (n > 0) take_answers(l, static_cast<std::size_t>(n));
        flush(l);
    }

    void take_answers(lane& l, std::size_t n) {
        const auto now = now_ns();
        l.have += n;
        const auto used = wire_.consume(std::string_view(l.in.data(), l.have), l.turn, [&](std::size_t slot) {
            latency_.record(now - l.sent[slot]);
            l.sent[slot] = now;
            wire_.append_request(l.out, slot);
        });
        l.have -= used;
        if (l.have > 0 && used > 0) std::char_traits<char>::move(l.in.data(), l.in.data() + used, l.have);
    }

    /// What the socket does not take now goes with the next answer: one is always due while anything is unsent, for
    /// sockets hold far more than `depth` calls.
    void flush(lane& l) {
        if (l.out.empty()) return;
        const auto n = ::send(l.fd.get(), l.out.data(), l.out.size(), MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) throw_errno("send");
        if (n > 0) l.out.erase(0, static_cast<std::size_t>(n));
    }

    rpc_plan plan_;
    Wire wire_;
    unique_fd epoll_;
    std::vector<lane> lanes_;
    latencies latency_;
};

} // namespace

rpc_outcome run_tug_load(const rpc_plan& plan, std::vector<unique_fd> connections) {
    return load<tug_wire>(plan, std::move(connections)).run();
}

rpc_outcome run_raw_load(const rpc_plan& plan, std::vector<unique_fd> connections) {
    return load<raw_wire>(plan, std::move(connections)).run();
}

} // namespace tug::bench
