#include "forwarding.hpp"

#include "cli/local/report.hpp"
#include "cli/reconnect/reconnection.hpp"
#include "socks_door.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>

#include <unistd.h>

#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

std::string shown(const std::optional<forward_end>& target) {
    return target ? target->to_string() : "SOCKS";
}

/// The port that a listener on the host was given.
std::uint16_t port_of(const std::string& address) {
    return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
}

} // namespace

asio::awaitable<tunnel> connect_there(client& on, forward_end to) {
    if (!to.socket.empty()) co_return co_await on.connect_through_socket(to.socket);
    co_return co_await on.connect_through(to.host, to.port);
}

forwarding::forwarding(const options& o, asio::any_io_executor executor)
    : options_(o), executor_(executor), tasks_(executor) {
    for (const auto& spec : o.forward.remote)
        remote_.push_back({spec, {}, {}, spec.listen.socket.empty() && spec.listen.port == 0});
}

asio::awaitable<void> forwarding::listen_here() {
    for (const auto& spec : options_.forward.local) {
        auto here = co_await listeners_at(executor_, spec.listen);
        for (auto& one : here) local_.push_back({std::move(one), spec.target});
    }
}

asio::awaitable<failure> forwarding::carry(client& on) {
    for (auto& one : local_) tasks_.spawn(accept_here(on, one));
    for (auto& one : remote_) tasks_.spawn(accept_there(one));
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto [thrown, why] = co_await on.closed(as_tuple);
    tasks_.cancel();
    co_await tasks_.join();
    for (auto& one : remote_) one.listener = {};
    if (thrown) std::rethrow_exception(thrown);
    co_return why;
}

// --- connections that come here --------------------------------------------------------------------------------------

asio::awaitable<void> forwarding::accept_here(client& on, local_place& at) {
    for (;;) {
        auto socket = co_await at.listener->accept();
        tasks_.spawn(carry_there(on, std::move(socket), at.target));
    }
}

/// One connection that fails ends no other.
asio::awaitable<void> forwarding::carry_there(client& on, local_socket socket, std::optional<forward_end> target) {
    socks_opening opening;
    if (!target) {
        const bool asked = co_await read_opening(socket, opening);
        if (!asked) co_return;
    }
    const auto to = target ? *target : forward_end{opening.host(), opening.port(), {}};
    std::optional<tunnel> there;
    std::exception_ptr thrown;
    try {
        there.emplace(co_await connect_there(on, to));
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) complain(to.to_string(), thrown);
    if (!target) {
        const bool answered = co_await answer_opening(socket, opening, there ? &*there : nullptr, thrown);
        if (!answered) co_return;
    }
    if (there) co_await relay(std::move(socket), std::move(*there));
}

// --- connections that come there -------------------------------------------------------------------------------------

asio::awaitable<void> forwarding::listen_there(client& on) {
    for (auto& one : remote_) {
        one.listener = co_await listen_at(on, one.spec.listen, !one.told.empty());
        if (one.spec.listen.socket.empty()) one.spec.listen.port = port_of(one.listener.address()); // from now on
    }
    tell_places();
}

/// Where it listened before, tugd may not have found yet that the connection of that time is gone.
asio::awaitable<tug::listener> forwarding::listen_at(client& on, const forward_end& at, bool again) {
    const std::string host = at.host.empty() ? "127.0.0.1" : at.host == "*" ? "0.0.0.0" : at.host;
    for (bool first = true;; first = false) {
        std::optional<failure> taken;
        try {
            if (!at.socket.empty()) co_return co_await on.listen_through_socket(at.socket);
            co_return co_await on.listen_through(host, at.port);
        } catch (const error& e) {
            if (!again || e.failure().code != errc::already_exists) throw;
            taken = e.failure();
        }
        if (first) report_one(options_, *taken);
        asio::steady_timer pause(executor_, longest_pause / 10);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> forwarding::accept_there(remote_place& at) {
    try {
        for (;;) {
            auto there = co_await at.listener.accept();
            tasks_.spawn(carry_here(std::move(there), at.spec.target));
        }
    } catch (...) {
        complain(at.told, std::current_exception());
    }
}

asio::awaitable<void> forwarding::carry_here(tunnel from, std::optional<forward_end> target) {
    socks_opening opening;
    if (!target) {
        const bool asked = co_await read_opening(from, opening);
        if (!asked) co_return;
    }
    const auto to = target ? *target : forward_end{opening.host(), opening.port(), {}};
    std::optional<local_socket> socket;
    std::exception_ptr thrown;
    try {
        socket.emplace(co_await connect_here(executor_, to));
    } catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) complain(to.to_string(), thrown);
    if (!target) {
        const bool answered = co_await answer_opening(from, opening, socket ? &*socket : nullptr, thrown);
        if (!answered) co_return;
    }
    if (socket) co_await relay(std::move(*socket), std::move(from));
}

// --- what is said ----------------------------------------------------------------------------------------------------

void forwarding::tell_places() {
    if (!std::exchange(told_, true))
        for (const auto& one : local_) tell("local", one.listener->where().to_string(), one.target);
    for (auto& one : remote_) {
        const auto address = one.listener.address();
        if (std::exchange(one.told, address) == address) continue;
        tell("remote", address, one.spec.target);
        tell_port(one);
    }
}

void forwarding::tell(std::string_view side, const std::string& at, const std::optional<forward_end>& target) const {
    if (options_.command == "rsh") return; // standard output is that of the command
    if (options_.json)
        (void)print_json(boost::json::object{{"side", side}, {"listening", at}, {"target", shown(target)}});
    else if (!options_.quiet)
        (void)print_text(printable(std::string(side) + " " + at + " -> " + shown(target)) + "\n");
}

/// In the words of ssh, which programs look for.
void forwarding::tell_port(const remote_place& at) const {
    if (options_.command != "rsh" || !at.chosen || options_.quiet) return;
    const auto line = "Allocated port " + std::to_string(at.spec.listen.port) + " for remote forward to " +
                      shown(at.spec.target) + "\n";
    (void)write_all(STDERR_FILENO, printable(line));
}

void forwarding::complain(const std::string& about, const std::exception_ptr& thrown) const {
    auto why = failure_of(thrown);
    if (why.code == errc::cancelled || is_loss(why.code) || options_.quiet) return;
    why.message = about + ": " + why.message;
    report_one(options_, why);
}

} // namespace tug::cli
