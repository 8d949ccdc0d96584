#include "tug/net/name_lookups.hpp"

#include "tug/net/blocked_signals.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/unique_fd.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <netdb.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace tug::net {

namespace asio = boost::asio;
namespace ip = boost::asio::ip;
using asio::posix::stream_descriptor;

namespace {

/// Of all clients in a process.
constexpr std::size_t most_threads_of_process = 64;

proto::failure failed(int err) {
    proto::failure why(proto::errc::connect_failed,
                       std::strerror(err)); // NOLINT(concurrency-mt-unsafe): glibc's is safe
    why.os_error = os::errno_name(err);
    return why;
}

proto::failure lookup_failure(int error, int err) {
    if (error == EAI_SYSTEM) return failed(err);
    proto::failure why(proto::errc::connect_failed, ::gai_strerror(error));
    why.os_error = error == EAI_AGAIN ? "EAGAIN" : "ENOENT";
    return why;
}

} // namespace

looked_up look_up_now(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int e = ::getaddrinfo(host.c_str(), nullptr, &hints, &found); e != 0) return lookup_failure(e, errno);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, ::freeaddrinfo);
    ip_addresses out;
    for (const auto* at = found; at != nullptr; at = at->ai_next) {
        ip::tcp::endpoint e;
        if (at->ai_addrlen > e.capacity()) continue;
        std::memcpy(e.data(), at->ai_addr, at->ai_addrlen);
        e.resize(at->ai_addrlen);
        if (std::ranges::find(out, e.address()) == out.end()) out.push_back(e.address());
    }
    return out;
}

/// A name that is being looked up, or waits for it.
struct name_lookups::query {
    std::string host;
    os::unique_fd answered;         ///< An event that is readable, for all who wait, from the answer on.
    std::size_t callers = 0;        ///< Guarded by the mutex of the state, like all below.
    std::optional<looked_up> value; ///< Constant once it is there.
};

/// What threads share with the callers, and outlives both.
class name_lookups::state : public std::enable_shared_from_this<state> {
public:
    using query_ptr = std::shared_ptr<query>;

    state(std::size_t most, function how) : most_(std::max<std::size_t>(most, 1)), how_(std::move(how)) {}

    proto::result<query_ptr> join(const std::string& host);
    void leave(const query_ptr& q);

    [[nodiscard]] looked_up value_of(const query& q) {
        const std::lock_guard lock(mutex_);
        return *q.value;
    }

private:
    void work();
    [[nodiscard]] looked_up look_up(const std::string& host) const;

    const std::size_t most_;
    const function how_;
    std::mutex mutex_;
    std::map<std::string, query_ptr> open_; ///< Without an answer, each name once.
    std::deque<query_ptr> queue_;           ///< Of these, those that no thread has begun.
    std::size_t threads_ = 0;
};

proto::result<name_lookups::state::query_ptr> name_lookups::state::join(const std::string& host) {
    const std::lock_guard lock(mutex_);
    if (const auto known = open_.find(host); known != open_.end()) {
        ++known->second->callers;
        return known->second;
    }
    auto q = std::make_shared<query>();
    q->host = host;
    q->callers = 1;
    q->answered.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!q->answered) return failed(errno);
    if (threads_ < most_) {
        const blocked_signals inherited;
        try {
            std::thread([self = shared_from_this()] { self->work(); }).detach();
            ++threads_;
        } catch (const std::system_error&) {
            if (threads_ == 0) return failed(EAGAIN); // else those that are there come to it
        }
    }
    open_.emplace(host, q);
    queue_.push_back(q);
    return q;
}

/// A look-up that has lost its last caller before a thread came to it is not begun any more.
void name_lookups::state::leave(const query_ptr& q) {
    const std::lock_guard lock(mutex_);
    if (--q->callers > 0) return;
    if (std::erase(queue_, q) > 0) open_.erase(q->host);
}

looked_up name_lookups::state::look_up(const std::string& host) const {
    try {
        return how_(host);
    } catch (const std::exception&) {
        return failed(ENOMEM);
    }
}

void name_lookups::state::work() {
    std::unique_lock lock(mutex_);
    while (!queue_.empty()) {
        const auto q = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        auto value = look_up(q->host);
        lock.lock();
        q->value = std::move(value);
        open_.erase(q->host);
        ::eventfd_write(q->answered.get(), 1);
    }
    --threads_;
}

name_lookups::name_lookups(std::size_t most_threads, function how)
    : state_(std::make_shared<state>(most_threads, std::move(how))) {}

name_lookups& name_lookups::of_process() {
    static name_lookups all(most_threads_of_process);
    return all;
}

asio::awaitable<looked_up> name_lookups::find(std::string host) {
    struct place {
        std::shared_ptr<state> of;
        std::shared_ptr<query> in;

        ~place() { of->leave(in); }
    };

    boost::system::error_code no_number;
    if (auto number = ip::make_address(host, no_number); !no_number) co_return ip_addresses(1, number);
    auto joined = state_->join(host);
    if (!joined) co_return joined.error();
    const place held{state_, std::move(*joined)};
    // A descriptor of this caller's: what waits for it is cancelled, and goes with its io_context, like any other wait.
    const int fd = ::fcntl(held.in->answered.get(), F_DUPFD_CLOEXEC, 3);
    if (fd < 0) co_return failed(errno);
    stream_descriptor answered(co_await asio::this_coro::executor, fd);
    const auto [ec] = co_await answered.async_wait(stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable));
    if (ec) co_return proto::errc::cancelled;
    co_return held.of->value_of(*held.in);
}

} // namespace tug::net
