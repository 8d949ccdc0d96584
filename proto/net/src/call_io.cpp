#include "tug/net/call_io.hpp"

#include "tug/net/steady_now.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace tug::net {

namespace asio = boost::asio;

namespace {

const proto::failure cancelled(proto::errc::cancelled);

} // namespace

call_io::call_io(std::shared_ptr<link> over, proto::call_ptr c)
    : link_(std::move(over)), call_(std::move(c)), inbound_(call_->inbound.size()), outbound_(call_->outbound.size()) {
    for (auto* all : {&inbound_, &outbound_})
        for (auto& one : *all) one.emplace(link_->get_executor());
}

std::optional<proto::chunk> call_io::read_ready(std::size_t stream) {
    auto& protocol = link_->protocol();
    protocol.set_time(steady_now());
    const auto waited = protocol.output().size();
    auto piece = protocol.take(*call_, stream);
    if (protocol.output().size() > waited) link_->flush_soon(); // credit
    if (piece) received_ += piece->size();
    return piece;
}

std::optional<proto::chunk> call_io::read_more(std::size_t stream) {
    auto piece = link_->protocol().take_more(*call_, stream);
    if (piece) received_ += piece->size();
    return piece;
}

std::optional<proto::result<proto::chunk>> call_io::try_read(std::size_t stream) {
    if (auto piece = read_ready(stream)) return std::move(*piece);
    const auto& s = call_->inbound[stream];
    if (s.eof()) return proto::chunk();
    if (broken_) return *broken_;
    if (s.stopped()) return cancelled;
    return std::nullopt;
}

asio::awaitable<proto::result<proto::chunk>> call_io::read(std::size_t stream) {
    for (;;) {
        if (auto now = try_read(stream)) co_return std::move(*now);
        const auto [ec] = co_await inbound_[stream]->async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return cancelled;
    }
}

std::optional<proto::result<std::size_t>> call_io::try_credit(std::size_t stream) {
    auto& protocol = link_->protocol();
    for (;;) {
        if (call_->outbound[stream].stopped()) return std::size_t{0};
        if (broken_) return *broken_;
        if (const auto n = protocol.sendable(*call_, stream); n > 0) return std::min(n, proto::piece_size);
        if (starved_ || !protocol.input_ended() || !call_->sink) return std::nullopt;
        starved_ = true;
        call_->sink->on_starved(); // which may end the call
    }
}

asio::awaitable<proto::result<std::size_t>> call_io::credit(std::size_t stream) {
    for (;;) {
        if (auto now = try_credit(stream)) co_return std::move(*now);
        const auto [ec] = co_await outbound_[stream]->async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return cancelled;
    }
}

asio::awaitable<proto::result<bool>> call_io::write(std::size_t stream, proto::chunk piece) {
    while (!piece.empty()) {
        const auto n = co_await credit(stream);
        if (!n) co_return n.error();
        if (*n == 0) co_return false;
        if (auto waited = co_await room(stream); !waited) co_return waited.error();
        if (sendable(stream) == 0) continue; // stopped meanwhile
        if (*n >= piece.size()) {
            send(stream, std::move(piece));
            break;
        }
        send(stream, proto::chunk::copy_of(piece.bytes().first(*n)));
        piece.consume(*n);
    }
    co_return true;
}

asio::awaitable<proto::result<void>> call_io::room(std::size_t stream) {
    // All who wait are woken together, in their order, and look again: none can take the turn of another and then not
    // use it.
    while (!link_->has_room() && !call_->outbound[stream].stopped() && !broken_) {
        const auto [ec] = co_await link_->room().async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return cancelled;
    }
    if (broken_) co_return *broken_;
    co_return proto::result<void>();
}

std::size_t call_io::sendable(std::size_t stream) const noexcept {
    return link_->protocol().sendable(*call_, stream);
}

void call_io::send(std::size_t stream, proto::chunk piece) {
    sent_ += piece.size();
    link_->protocol().send(*call_, stream, std::move(piece));
    link_->flush_soon();
}

void call_io::send_eof(std::size_t stream, std::string_view digest) {
    link_->protocol().send_eof(*call_, stream, digest);
    link_->flush_soon();
}

void call_io::say_start(std::size_t stream, std::uint64_t position) {
    link_->protocol().say_start(*call_, stream, position);
    link_->flush_soon();
}

asio::awaitable<proto::result<std::uint64_t>> call_io::start(std::size_t stream) {
    for (;;) {
        const auto& s = call_->outbound[stream];
        if (s.start()) co_return *s.start();
        if (broken_) co_return *broken_;
        if (s.stopped()) co_return cancelled;
        const auto [ec] = co_await outbound_[stream]->async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return cancelled;
    }
}

void call_io::say_ready(std::size_t stream) {
    link_->protocol().say_ready(*call_, stream);
    link_->flush_soon();
}

void call_io::widen(std::size_t stream) {
    link_->protocol().set_time(steady_now());
    link_->protocol().widen(*call_, stream);
    link_->flush_soon();
}

void call_io::stop(std::size_t stream) {
    link_->protocol().stop(*call_, stream);
    link_->flush_soon();
    inbound_[stream]->notify_all();
}

void call_io::interrupt(const proto::failure& why) {
    if (!broken_) broken_ = why;
    for (auto& e : inbound_) e->notify_all();
    for (auto& e : outbound_) e->notify_all();
    // One of ours may wait for room in the output.
    link_->room().notify_all();
}

} // namespace tug::net
