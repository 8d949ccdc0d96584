#pragma once

#include <tug/client.hpp>
#include <tug/credentials.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <sys/types.h>

namespace tug::bench {

/// The tugd that is measured.
struct target {
    std::string address;
    std::optional<credentials> key;
    std::optional<tls_options> tls;          ///< In the modes that drive the SDK.
    std::optional<std::uint64_t> max_window; ///< Likewise: what may wait here of a stream.
    std::optional<pid_t> pid;                ///< Its CPU time and memory are reported.
};

using client_work = std::function<boost::asio::awaitable<void>(client&)>;

/// Connects by the SDK and runs `work` to its end on one thread. Throws what it throws.
void with_client(const target& to, const client_work& work);

} // namespace tug::bench
