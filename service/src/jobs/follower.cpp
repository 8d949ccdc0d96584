#include "jobs/follower.hpp"

#include "tug/net/tokens.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

using net::as_tuple;
constexpr std::size_t changes = 0;
constexpr std::size_t input_stream = 0;

} // namespace

follower::follower(holder_server& on, std::shared_ptr<net::link> over, proto::call_ptr c)
    : server_(on), io_(std::move(over), std::move(c)), tasks_(io_.over()->get_executor()) {
    io_.over()->protocol().attach(io_.call(), *this);
}

follower::~follower() {
    if (server_.writer_ == this) server_.writer_ = nullptr;
    io_.over()->protocol().detach(io_.call());
}

void follower::write_from(std::uint64_t skip) {
    if (auto* before = std::exchange(server_.writer_, this)) {
        before->superseded_ = true;
        before->end();
    }
    skip_ = skip;
    io_.say_start(input_stream, server_.job_.input_bytes()); // of others nothing is counted any more
}

void follower::end() {
    over_ = true;
    io_.interrupt(proto::failure(proto::errc::cancelled));
    server_.job_.changed().notify_all();
}

asio::awaitable<void> follower::run() {
    tasks_.spawn(tell_changes());
    if (server_.writer_ == this) tasks_.spawn(feed());
    auto& changed = server_.job_.changed();
    while (!over_ && !server_.job_.done()) co_await changed.async_wait(as_tuple);
    io_.interrupt(proto::failure(proto::errc::cancelled));
    changed.notify_all();
    if (server_.writer_ == this) server_.writer_ = nullptr;
    auto& protocol = io_.over()->protocol();
    // The command ends on its own where it is done with its input: only a piece that is being written is awaited.
    if (!server_.job_.done()) co_await tasks_.join();
    if (superseded_)
        protocol.finish(io_.call(), proto::failure(proto::errc::busy, "another attachment writes stdin now"));
    else if (over_)
        protocol.finish(io_.call(), proto::failure(proto::errc::cancelled));
    else
        protocol.finish(io_.call(), boost::json::object());
    io_.over()->flush_soon();
    co_await tasks_.join();
}

/// A byte at the beginning and after each change; several changes at once are one.
asio::awaitable<void> follower::tell_changes() {
    auto& changed = server_.job_.changed();
    while (!over_ && !server_.job_.done()) {
        const auto credit = co_await io_.credit(changes);
        if (!credit || *credit == 0) co_return;
        io_.send(changes, proto::chunk::copy_of(std::string_view("\n")));
        co_await changed.async_wait(as_tuple);
    }
}

asio::awaitable<void> follower::feed() {
    for (;;) {
        auto piece = co_await io_.read(input_stream);
        // What it did not send, another one will; and what came too late, the other one has counted as missing.
        if (!piece || server_.writer_ != this) co_return;
        if (piece->empty()) {
            co_await finish_input();
            co_return;
        }
        const auto known = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, piece->size()));
        piece->consume(known);
        skip_ -= known;
        if (piece->empty()) continue;
        const bool taken = co_await give(std::move(*piece));
        if (taken) continue;
        io_.stop(input_stream);
        co_return;
    }
}

asio::awaitable<void> follower::finish_input() {
    auto* in = server_.job_.work().standard_input();
    if (std::exchange(server_.input_ended_, true)) co_return;
    co_await take_turn();
    if (in != nullptr) co_await in->finish();
    end_turn();
}

/// The piece is counted once it is here, and then reaches the command whatever becomes of who sent it.
asio::awaitable<bool> follower::give(proto::chunk piece) {
    auto& job = server_.job_;
    auto* in = job.work().standard_input();
    if (in == nullptr) co_return false;
    job.count_input(piece.size());
    co_await take_turn();
    const bool taken = co_await in->write(piece);
    end_turn();
    co_return taken;
}

/// Waits until all is written that was counted before.
asio::awaitable<void> follower::take_turn() {
    const auto mine = server_.turns_given_++;
    while (server_.turn_ != mine) co_await server_.job_.changed().async_wait(as_tuple);
}

void follower::end_turn() {
    ++server_.turn_;
    server_.job_.changed().notify_all();
}

} // namespace tug::service
