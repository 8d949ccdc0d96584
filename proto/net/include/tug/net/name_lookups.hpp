#pragma once

#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tug::net {

using ip_addresses = std::vector<boost::asio::ip::address>;
using looked_up = proto::result<ip_addresses>;

/// The addresses of a host, each once, by getaddrinfo(3). It blocks for as long as the resolver of the system does.
/// Fails with connect_failed, whose message is the reason alone; its errno is ENOENT for a name that there is not,
/// EAGAIN where no name server has answered.
[[nodiscard]] looked_up look_up_now(const std::string& host);

/// Look-ups of names that can be cancelled, though nothing stops a getaddrinfo(3): each runs on a thread that is left
/// alone where its caller leaves. Callers that ask for a name which is being looked up wait for the same answer, so
/// that a name whose servers do not answer holds one thread, however often it is asked for. No answer is kept.
///
/// Thread safety: all of it, from any thread.
class name_lookups {
public:
    using function = std::function<looked_up(const std::string& host)>;

    /// `most_threads` look-ups run at once, also those whose callers have all left; more wait for their turn. A
    /// thread ends when it has nothing to do. `how` may be running when this object has gone, and then still does.
    explicit name_lookups(std::size_t most_threads, function how = look_up_now);

    /// The addresses of a host, which may be an address already. Fails as look_up_now(), and with cancelled at once.
    /// The object may go meanwhile.
    [[nodiscard]] boost::asio::awaitable<looked_up> find(std::string host);

    /// Those of all clients in this process.
    [[nodiscard]] static name_lookups& of_process();

private:
    struct query;
    class state;

    std::shared_ptr<state> state_;
};

} // namespace tug::net
