#include "jobs/attachment.hpp"

#include <algorithm>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

attachment::followed::followed(output& o, std::size_t s, std::uint64_t p) : from(o), stream(s), position(p) {
    if (position > 0 || o.kept().policy() == when_full::drop_oldest) digest.emplace(proto::digest_kind::xxh3_128);
}

attachment::attachment(net::call_io& io, job& to, const positions& from)
    : io_(io), job_(to), out_(to.standard_output(), proto::stdout_index, from.out), tasks_(io.over()->get_executor()) {
    if (auto* errors = to.standard_error()) err_.emplace(*errors, proto::stderr_index, from.err);
}

void attachment::start() {
    for_each_output([this](followed& f) { tasks_.spawn(follow(f)); });
    if (auto* in = job_.standard_input()) tasks_.spawn(feed(*in));
}

/// Whatever keeps it from sending, the output is read on, so that the command never blocks on a reader that is not
/// coming back.
asio::awaitable<void> attachment::follow(followed& f) {
    for (;;) {
        const bool readable = co_await f.from.readable(f.position);
        if (!readable) break;
        // Bytes have to wait for credit; the end of the output has not.
        if (io_.sendable(f.stream) == 0 && !f.from.has_bytes(f.position)) continue;
        const auto credit = co_await io_.credit(f.stream);
        if (!credit) break;
        if (*credit == 0) {
            f.from.close();
            break;
        }
        // The room comes last: nothing is held while something else is awaited.
        const auto room = co_await io_.room(f.stream);
        if (!room) break;
        send_ready(f, std::min(*credit, io_.sendable(f.stream)));
    }
    if (!f.from.ended()) co_await f.from.drain();
}

/// Sends at most `most` bytes without waiting; false where none are there.
bool attachment::send_ready(followed& f, std::size_t most) {
    if (most == 0) return false;                                  // stopped meanwhile
    f.position = std::max(f.position, f.from.kept().kept_from()); // what was dropped meanwhile is not sent
    auto piece = f.from.read(f.position, most);
    if (piece.empty()) return false;
    f.position += piece.size();
    f.sent += piece.size();
    if (f.digest) f.digest->update(piece.bytes());
    io_.send(f.stream, std::move(piece));
    return true;
}

asio::awaitable<void> attachment::feed(input& to) {
    for (;;) {
        const auto piece = co_await io_.read(proto::stdin_index);
        if (!piece || piece->empty()) break;
        if (!co_await to.write(*piece)) {
            io_.stop(proto::stdin_index);
            break;
        }
    }
    co_await to.finish();
}

void attachment::obey_stops() {
    const auto& streams = io_.call().outbound;
    for_each_output([&](followed& f) {
        if (streams[f.stream].stopped()) f.from.close();
    });
}

void attachment::leave(bool with_rest) {
    if (!job_.outputs_ended()) {
        io_.interrupt(proto::failure(proto::errc::cancelled));
        if (with_rest) send_rest();
    }
    if (job_.standard_input() != nullptr) io_.stop(proto::stdin_index);
}

void attachment::send_rest() {
    for_each_output([this](followed& f) {
        while (send_ready(f, std::min(io_.sendable(f.stream), proto::piece_size))) {
        }
    });
}

void attachment::report(proto::exec_result& result) {
    if (out_.digest) result.standard_output = {out_.sent, out_.digest->finish().to_string()};
    if (err_ && err_->digest)
        result.standard_error = proto::stream_summary{err_->sent, err_->digest->finish().to_string()};
}

} // namespace tug::service
