#include "tug/net/byte_channel.hpp"

#include "tug/net/call_io.hpp"

namespace tug::net {

namespace asio = boost::asio;

asio::any_io_executor channel_state::executor() const {
    return io_->over()->get_executor();
}

channel_step channel_state::look() {
    if (closed_) return {nullptr, asio::error::operation_aborted, 0};
    if (rest_.empty()) {
        if (!in_) return {nullptr, asio::error::eof, 0};
        if (io_->call().inbound[*in_].stopped()) return {nullptr, asio::error::operation_aborted, 0};
        auto piece = io_->try_read(*in_);
        if (!piece) return {&io_->readable(*in_)};
        if (!*piece) return {nullptr, make_error_code(piece->error().code), 0};
        if ((*piece)->empty()) return {nullptr, asio::error::eof, 0};
        rest_ = std::move(**piece);
    }
    return {nullptr, {}, rest_.size()};
}

void channel_state::consume(std::size_t n) noexcept {
    rest_.consume(n);
    if (rest_.empty()) rest_ = {}; // a channel that waits holds no memory of a piece
}

channel_step channel_state::look_for_room() {
    if (closed_) return {nullptr, asio::error::operation_aborted, 0};
    if (!out_ || io_->call().outbound[*out_].eof()) return {nullptr, asio::error::broken_pipe, 0};
    const auto credit = io_->try_credit(*out_);
    if (!credit) return {&io_->writable(*out_)};
    if (!*credit) return {nullptr, make_error_code(credit->error().code), 0};
    if (**credit == 0) return {nullptr, asio::error::broken_pipe, 0};
    if (!io_->over()->has_room()) return {&io_->over()->room()};
    return {nullptr, {}, **credit};
}

void channel_state::send(proto::chunk piece) {
    io_->send(*out_, std::move(piece));
}

void channel_state::shutdown_send(std::string_view digest) {
    if (out_) io_->send_eof(*out_, digest);
}

void channel_state::close() {
    if (closed_) return;
    closed_ = true;
    rest_ = {};
    if (in_) io_->stop(*in_);
    shutdown_send({});
    // A write may wait, for credit or for room.
    if (out_) io_->writable(*out_).notify_all();
    io_->over()->room().notify_all();
}

} // namespace tug::net
