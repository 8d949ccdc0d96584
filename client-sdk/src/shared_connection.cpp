#include "tug/net/tokens.hpp"
#include <tug/shared_connection.hpp>

#include "guest.hpp"
#include "semaphore.hpp"
#include "shared_ids.hpp"
#include "whole_frames.hpp"

#include <tug/net/task_group.hpp>
#include <tug/relay_connection.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::system::error_code;
using proto::errc;

namespace {

constexpr std::size_t piece_size = std::size_t{256} << 10U;
/// A connection that has been silent so long is tried before another guest is let in …
constexpr std::chrono::seconds silent{30};
/// … and has this long for an answer.
constexpr std::chrono::seconds answers_within{5};
using net::as_tuple;

std::string notification(std::string_view method, const json::object& params) {
    return json::serialize(json::object{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
}

/// The server ends, and refuses what is new.
bool is_shutting_down(const json::object& message) {
    const auto* const error = message.if_contains("error");
    const auto* const code = error != nullptr && error->is_object() ? error->get_object().if_contains("code") : nullptr;
    return code != nullptr && *code == json::value(static_cast<std::int64_t>(errc::shutting_down));
}

class sharing {
public:
    sharing(local::acceptor listener, relay_connection server, proto::limits sizes, std::string greeting,
            std::chrono::milliseconds idle)
        : acceptor_(std::move(listener)),
          server_(std::move(server)),
          sizes_(sizes),
          greeting_(std::move(greeting)),
          idle_(idle),
          turns_(std::make_shared<semaphore>(acceptor_.get_executor())),
          clock_(acceptor_.get_executor()),
          answer_clock_(acceptor_.get_executor()),
          tasks_(acceptor_.get_executor()) {}

    asio::awaitable<failure> run() {
        look_at_guests();
        tasks_.spawn(accept());
        tasks_.spawn(end_when_idle());
        co_await hear_server();
        stop();
        co_await tasks_.join();
        co_return why_;
    }

private:
    // --- ending ----------------------------------------------------------------------------------------------------
    void stop() {
        if (std::exchange(stopped_, true)) return;
        error_code ignored;
        acceptor_.close(ignored);
        clock_.cancel();
        answer_clock_.cancel();
        turns_->close(why_);
        server_.close();
        for (auto& [number, one] : guests_) one->finish(); // the last words of the server are for them
    }

    void stop_for(failure why) {
        if (!stopped_) why_ = std::move(why);
        stop();
    }

    /// The time without guests begins, or does not count any more.
    void look_at_guests() {
        constexpr auto never = std::chrono::hours(24 * 365);
        const auto idle = retired_ ? std::chrono::milliseconds(0) : idle_;
        clock_.expires_after(guests_.empty() ? std::chrono::steady_clock::duration(idle) : never);
    }

    /// Lets no guest in any more: the server ends, and a connection of its own leads a client to the one that comes
    /// after it.
    void retire() {
        error_code ignored;
        retired_ = true;
        acceptor_.close(ignored);
    }

    asio::awaitable<void> end_when_idle() {
        while (!stopped_) {
            const auto [ec] = co_await clock_.async_wait(as_tuple);
            if (!ec && guests_.empty()) stop_for({errc::client_closed, "no client has been there for a while"});
        }
    }

    // --- guests ----------------------------------------------------------------------------------------------------
    asio::awaitable<void> accept() {
        for (;;) {
            auto [ec, socket] = co_await acceptor_.async_accept(as_tuple);
            if (ec || stopped_) co_return;
            if (!is_own_user(socket) || guests_.size() >= most_guests) continue; // it goes its own way
            const bool alive = co_await server_is_alive();
            if (!alive) co_return stop_for({errc::connection_lost, "the server does not answer any more"});
            welcome(std::move(socket));
        }
    }

    /// A connection may have died without a word, as where this machine was asleep.
    asio::awaitable<bool> server_is_alive() {
        const auto asked = std::chrono::steady_clock::now();
        if (heard_ + silent > asked) co_return true;
        std::string ping = R"({"jsonrpc":"2.0","id":0,"method":"rpc.ping","params":{}})";
        co_await send(std::move(ping));
        answer_clock_.expires_after(answers_within);
        if (heard_ < asked && !stopped_) co_await answer_clock_.async_wait(as_tuple); // what is heard cancels it
        co_return heard_ >= asked && !stopped_;
    }

    void welcome(local::socket socket) {
        // 21 bits: an id of the wire has 53. Who had the same number two million guests ago is not there any more.
        constexpr std::uint32_t numbers = (1U << 21U) - 1;
        do last_ = last_ % numbers + 1;
        while (guests_.contains(last_));
        const auto one = std::make_shared<guest>(std::move(socket));
        one->send(greeting_);
        guests_.emplace(last_, one);
        look_at_guests();
        tasks_.spawn(write_to(one));
        tasks_.spawn(serve(last_, one));
    }

    asio::awaitable<void> serve(std::uint32_t number, std::shared_ptr<guest> one) {
        whole_frames in(sizes_);
        for (bool welcome = true; welcome && !in.failed();) {
            if (in.next()) {
                welcome = co_await take(number, *one, in);
                continue;
            }
            chunk piece(piece_size);
            const auto room = piece.room();
            const auto [ec, size] =
                co_await one->socket.async_read_some(asio::buffer(room.data(), room.size()), as_tuple);
            if (ec) break;
            piece.commit(size);
            in.feed(std::move(piece));
        }
        guests_.erase(number);
        if (stopped_)
            one->finish();
        else
            one->leave();
        for (const auto id : one->in_flight) {
            auto cancel = notification("rpc.cancel", {{"call", id}});
            co_await send(std::move(cancel));
        }
        look_at_guests();
    }

    /// What a guest says. False where it is to go.
    asio::awaitable<bool> take(std::uint32_t number, guest& one, const whole_frames& in) {
        auto message = parse_envelope(in.envelope());
        if (!message) co_return false;
        const auto* const method = message->if_contains("method");
        if (method != nullptr && *method == "rpc.bye") {
            one.says_bye(); // the connection stays, for the others
            co_return true;
        }
        const auto out = to_server(*message, number);
        if (!out.passed) co_return false;
        if (out.begins) one.in_flight.insert(*out.begins);
        auto envelope = json::serialize(*message);
        co_return co_await send(std::move(envelope), in.body());
    }

    // --- the server ------------------------------------------------------------------------------------------------
    /// `body` must stay until it ends. False where there is no connection any more.
    asio::awaitable<bool> send(std::string envelope, std::string_view body = {}) {
        const auto turn = co_await turns_->take();
        if (!turn) co_return false;
        auto frame = chunk::copy_of(frame_of(envelope, body));
        try {
            co_await server_.write(std::move(frame));
        } catch (const error& e) {
            stop_for(e.failure());
            co_return false;
        }
        co_return true;
    }

    asio::awaitable<void> hear_server() {
        whole_frames in(sizes_);
        try {
            while (!stopped_ && !in.failed()) {
                while (in.next()) pass_on(in);
                auto bytes = co_await server_.read(piece_size);
                if (bytes.empty()) break;
                heard_ = std::chrono::steady_clock::now();
                answer_clock_.cancel();
                in.feed(std::move(bytes));
            }
        } catch (const std::exception&) {
            stop_for(failure_of(std::current_exception()));
        }
    }

    void pass_on(const whole_frames& in) {
        auto message = parse_envelope(in.envelope());
        if (!message) return stop();
        const auto to = to_client(*message);
        if (to.client == 0U) return; // it answers a ping of ours
        if (is_shutting_down(*message)) retire();
        const auto frame = frame_of(json::serialize(*message), in.body());
        for (auto& [number, one] : guests_) {
            if (to.client && number != *to.client) continue;
            if (to.ends) one->in_flight.erase(*to.ends);
            one->send(frame);
        }
    }

    local::acceptor acceptor_;
    relay_connection server_;
    proto::limits sizes_;
    std::string greeting_;
    std::chrono::milliseconds idle_;
    std::shared_ptr<semaphore> turns_; ///< Of those who write to the server.
    asio::steady_timer clock_;         ///< Of end_when_idle().
    asio::steady_timer answer_clock_;
    std::map<std::uint32_t, std::shared_ptr<guest>> guests_;
    std::uint32_t last_ = 0; ///< The number of the guest that came last; 0 is this side.
    std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();
    failure why_{errc::connection_lost, "the server closed the connection"};
    bool stopped_ = false;
    bool retired_ = false;
    net::task_group tasks_;
};

asio::awaitable<failure> share(local::acceptor listener, destination to, connect_options how,
                               std::chrono::milliseconds idle) {
    auto server = co_await relay_connection::connect(std::move(to), std::move(how));
    proto::limits sizes;
    auto greeting = greeting_for_guests(server.greeting(), sizes);
    if (!greeting) co_return greeting.error();
    sharing all(std::move(listener), std::move(server), sizes, std::move(*greeting), idle);
    co_return co_await all.run();
}

} // namespace

} // namespace tug::detail

namespace tug {

boost::asio::awaitable<failure> share_connection(int listener, destination to, connect_options how,
                                                 std::chrono::milliseconds idle) {
    using local = boost::asio::local::stream_protocol;
    const auto executor = co_await boost::asio::this_coro::executor;
    try {
        local::acceptor taken(executor, local(), listener);
        co_return co_await detail::share(std::move(taken), std::move(to), std::move(how), idle);
    } catch (const error& e) {
        co_return e.failure();
    } catch (const boost::system::system_error& e) {
        co_return failure(errc::local_io, "what is no listening socket cannot be shared: " + e.code().message());
    }
}

} // namespace tug
