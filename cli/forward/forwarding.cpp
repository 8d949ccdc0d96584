#include "forwarding.hpp"

#include "cli/forward/tokens.hpp"
#include "cli/local/report.hpp"
#include "cli/reconnect/reconnection.hpp"
#include "socks_door.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

std::string shown(const std::optional<forward_end>& target) {
    return target ? target->to_string() : "SOCKS";
}

/// The port that a listener on the host was given.
std::uint16_t port_of(const std::string& address) {
    return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
}

/// One address of each family, where that is what `-R` means: at every address, and without one at those of localhost.
std::vector<std::string> hosts_of(const forward_end& at) {
    if (at.socket.empty() && at.host == every_address) return {"::", "0.0.0.0"};
    if (at.socket.empty() && at.host.empty()) return {"127.0.0.1", "::1"};
    return {at.host};
}

/// One of the two may be missing: where the host has none of its family; without an address also, as with ssh, where
/// the client may not have it or another has the port.
bool may_be_missing(const forward_end& at, const failure& why) {
    if (why.os_error == "EAFNOSUPPORT" || why.os_error == "EADDRNOTAVAIL") return true;
    return at.host.empty() && (why.code == errc::permission_denied || why.code == errc::already_exists);
}

} // namespace

asio::awaitable<tunnel> connect_there(client& on, forward_end to) {
    if (!to.socket.empty()) co_return co_await on.connect_through_socket(to.socket);
    co_return co_await on.connect_through(to.host, to.port);
}

forwarding::forwarding(const options& o, asio::any_io_executor executor, when_ending how)
    : options_(o),
      executor_(executor),
      when_ending_(how),
      changed_(executor),
      accepting_(executor),
      tunnels_(executor) {
    for (const auto& spec : o.forward.remote)
        remote_.push_back({spec, {}, {}, spec.listen.socket.empty() && spec.listen.port == 0});
}

asio::awaitable<void> forwarding::listen_here() {
    for (const auto& spec : options_.forward.local) {
        auto here = co_await listeners_at(executor_, spec.listen);
        for (auto& one : here) local_.push_back({std::move(one), spec.target});
    }
}

asio::awaitable<failure> forwarding::carry(std::shared_ptr<client> on) {
    using namespace boost::asio::experimental::awaitable_operators;
    now_ = on;
    ending_ = false;
    changed_.notify();
    for (auto& one : local_) accepting_.spawn(accept_here(one));
    for (auto& place : remote_)
        for (auto& one : place.listeners) accepting_.spawn(accept_there(one, place.spec.target));
    co_await asio::this_coro::throw_if_cancelled(false);
    auto race = on->closed(as_tuple) || until_ending();
    const auto won = co_await std::move(race);
    accepting_.cancel();
    co_await accepting_.join();
    for (auto& place : remote_) place.listeners.clear();
    if (const auto* const ending = std::get_if<1>(&won)) co_return *ending;
    const auto& [thrown, why] = std::get<0>(won);
    if (thrown) std::rethrow_exception(thrown);
    co_return why;
}

asio::awaitable<void> forwarding::end() {
    tunnels_.cancel();
    co_await tunnels_.join();
}

// --- a tugd that is ending -------------------------------------------------------------------------------------------

asio::awaitable<void> forwarding::next_change() {
    co_await changed_.wait();
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw error(failure(errc::cancelled));
}

asio::awaitable<failure> forwarding::until_ending() {
    while (!ending_ || when_ending_ == when_ending::fail) {
        co_await next_change();
    }
    co_return failure(errc::shutting_down);
}

void forwarding::note_ending(const client& by) {
    if (&by != now_.get()) return; // there is another one already
    ending_ = true;
    changed_.notify();
}

/// Whether a tunnel was refused because its tugd is ending; then it is the turn of the next connection, which is here
/// on return.
asio::awaitable<bool> forwarding::refused(const std::exception_ptr& thrown, const client& by) {
    if (when_ending_ == when_ending::fail || !thrown || failure_of(thrown).code != errc::shutting_down) co_return false;
    note_ending(by);
    while (now_.get() == &by) {
        co_await next_change();
    }
    co_return true;
}

// --- connections that come here --------------------------------------------------------------------------------------

asio::awaitable<void> forwarding::accept_here(local_place& at) {
    for (;;) {
        auto socket = co_await at.listener->accept();
        tunnels_.spawn(carry_there(std::move(socket), at.target));
    }
}

/// One connection that fails ends no other.
asio::awaitable<void> forwarding::carry_there(local_socket socket, std::optional<forward_end> target) {
    socks_opening opening;
    if (!target) {
        const bool asked = co_await read_opening(socket, opening);
        if (!asked) co_return;
    }
    const auto to = target ? *target : forward_end{opening.host(), opening.port(), {}};
    std::shared_ptr<client> on; // to the end of the tunnel
    std::optional<tunnel> there;
    std::exception_ptr thrown;
    for (bool again = true; again;) {
        on = now_;
        thrown = nullptr;
        try {
            there.emplace(co_await connect_there(*on, to));
        } catch (...) {
            thrown = std::current_exception();
        }
        again = co_await refused(thrown, *on);
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
    for (auto& place : remote_) co_await listen_at_place(on, place);
    tell_places();
}

/// Two listeners, one of each family, are at one port, as here.
asio::awaitable<void> forwarding::listen_at_place(client& on, remote_place& at) {
    const auto hosts = hosts_of(at.spec.listen);
    const bool pair = hosts.size() > 1;
    at.listeners.clear();
    std::optional<failure> missing;
    for (const auto& host : hosts) {
        auto place = at.spec.listen;
        place.host = host;
        const bool again = pair ? std::ranges::count(at.told, place.to_string()) != 0 : !at.told.empty();
        try {
            at.listeners.push_back(co_await listen_at(on, place, again));
        } catch (const error& e) {
            if (!pair || !may_be_missing(at.spec.listen, e.failure())) throw;
            if (!missing) missing = e.failure();
        }
        if (place.socket.empty() && !at.listeners.empty()) // from now on
            at.spec.listen.port = port_of(at.listeners.back().address());
    }
    if (at.listeners.empty()) throw error(*missing);
}

/// Where it listened before, tugd may not have found yet that the connection of that time is gone.
asio::awaitable<tug::listener> forwarding::listen_at(client& on, const forward_end& at, bool again) {
    for (bool first = true;; first = false) {
        std::optional<failure> taken;
        try {
            if (!at.socket.empty()) co_return co_await on.listen_through_socket(at.socket);
            co_return co_await on.listen_through(at.host, at.port);
        } catch (const error& e) {
            if (!again || e.failure().code != errc::already_exists) throw;
            taken = e.failure();
        }
        if (first) report_one(options_, *taken);
        asio::steady_timer pause(executor_, longest_pause / 10);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> forwarding::accept_there(tug::listener& at, std::optional<forward_end> target) {
    std::exception_ptr thrown;
    try {
        for (;;) {
            auto there = co_await at.accept();
            tunnels_.spawn(carry_here(std::move(there), target));
        }
    } catch (...) {
        thrown = std::current_exception();
    }
    if (when_ending_ == when_ending::wait && failure_of(thrown).code == errc::shutting_down)
        note_ending(*now_);
    else
        complain(at.address(), thrown);
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
    for (auto& place : remote_) {
        std::vector<std::string> addresses;
        addresses.reserve(place.listeners.size());
        for (const auto& one : place.listeners) addresses.push_back(one.address());
        if (std::exchange(place.told, addresses) == addresses) continue;
        for (const auto& address : addresses) tell("remote", address, place.spec.target);
        tell_port(place);
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
    const bool said = is_loss(why.code) && why.code != errc::shutting_down; // by the command
    if (why.code == errc::cancelled || said || options_.quiet) return;
    why.message = about + ": " + why.message;
    report_one(options_, why);
}

} // namespace tug::cli
