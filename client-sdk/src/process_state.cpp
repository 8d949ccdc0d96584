#include "process_state.hpp"

#include "wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>

#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

/// A fetch, until its end is told: also where it is destroyed together with its io_context, and the waiter goes too.
class process_state::fetching {
public:
    fetching(std::shared_ptr<process_state> of, std::size_t stream) noexcept : of_(std::move(of)), stream_(stream) {
        of_->lanes_[stream].reading = true;
    }

    fetching(const fetching&) = delete;
    fetching& operator=(const fetching&) = delete;

    ~fetching() {
        of_->lanes_[stream_].reading = false;
        of_->arrived_.notify_all();
    }

private:
    std::shared_ptr<process_state> of_;
    std::size_t stream_;
};

asio::awaitable<proto::result<std::int64_t>> process_state::started() {
    const auto self = shared_from_this();
    const auto pid = co_await pending_->started();
    if (!pid) co_return pid.error();
    if (!*pid) co_return failure(errc::unsupported, "the server did not say when the program began");
    co_return **pid;
}

// --- output ----------------------------------------------------------------------------------------------------------

asio::awaitable<proto::result<output>> process_state::read() {
    const auto self = shared_from_this();
    for (;;) {
        for (const auto stream : {first_, 1 - first_}) {
            auto piece = take(stream);
            if (!piece) co_return piece.error();
            if (!*piece) continue;
            first_ = 1 - stream;
            co_return output(stream == proto::stdout_index ? output_stream::out : output_stream::err,
                             std::move(**piece));
        }
        if (lanes_[0].ended && lanes_[1].ended) co_return output();
        if (!co_await arrival()) co_return errc::cancelled;
    }
}

asio::awaitable<proto::result<chunk>> process_state::read(std::size_t stream) {
    const auto self = shared_from_this();
    for (;;) {
        auto piece = take(stream);
        if (!piece) co_return piece.error();
        if (*piece) co_return std::move(**piece);
        if (lanes_[stream].ended) co_return chunk();
        if (!co_await arrival()) co_return errc::cancelled;
    }
}

/// The next bytes of a stream, if they are here; else sees to it that they are fetched.
proto::result<std::optional<chunk>> process_state::take(std::size_t stream) {
    auto& lane = lanes_[stream];
    if (lane.ended) return std::optional<chunk>();
    if (!lane.next && !lane.reading)
        if (auto ready = pending_->io().read_ready(stream)) lane.next = std::move(*ready);
    // A fetch that need not wait is done at once, and then no notify comes.
    if (!lane.next) fetch(stream);
    if (!lane.next) return std::optional<chunk>();
    if (!*lane.next) return lane.next->error(); // and again for the next who asks
    auto piece = std::move(**lane.next);
    lane.next.reset();
    if (piece.empty()) {
        lane.ended = true;
        return std::optional<chunk>();
    }
    lane.check.update(piece.bytes());
    lane.position = pending_->call().inbound[stream].position(); // no more was taken of it meanwhile
    return std::optional(std::move(piece));
}

void process_state::fetch(std::size_t stream) {
    auto& lane = lanes_[stream];
    if (lane.reading || lane.ended) return;
    session_->spawn(fetch_one(stream, std::make_unique<fetching>(shared_from_this(), stream)));
}

asio::awaitable<void> process_state::fetch_one(std::size_t stream, std::unique_ptr<fetching>) {
    auto& lane = lanes_[stream];
    for (;;) {
        auto piece = co_await pending_->io().read(stream);
        if (lane.ended) break;
        const bool last = !piece || piece->empty();
        if (last && discarding_) lane.ended = true;
        if (discarding_ && !last) {
            lane.check.update(piece->bytes());
            continue;
        }
        lane.next = std::move(piece);
        break;
    }
}

/// Waits until a fetch has brought something; false when cancelled.
asio::awaitable<bool> process_state::arrival() {
    const auto [ec] = co_await arrived_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !ec;
}

void process_state::end_lanes() {
    for (auto& lane : lanes_) {
        lane.ended = true;
        lane.next.reset();
    }
    arrived_.notify_all();
}

void process_state::stop_output() {
    checked_ = true; // what came is not all that was sent
    end_lanes();
    for (std::size_t stream = 0; stream < pending_->call().inbound.size(); ++stream) pending_->io().stop(stream);
}

void process_state::discard_output() {
    discarding_ = true;
    for (const auto stream : {proto::stdout_index, proto::stderr_index}) {
        auto& lane = lanes_[stream];
        if (lane.next && *lane.next) {
            lane.check.update((**lane.next).bytes());
            if ((**lane.next).empty()) lane.ended = true;
        }
        lane.next.reset();
        fetch(stream);
    }
    arrived_.notify_all();
}

// --- input and signals -----------------------------------------------------------------------------------------------

asio::awaitable<proto::result<bool>> process_state::write(chunk bytes) {
    const auto self = shared_from_this();
    if (pending_->call().outbound.empty())
        co_return failure(errc::invalid_params, "the command was started without stdin");
    if (pending_->call().outbound[proto::stdin_index].eof())
        co_return failure(errc::invalid_params, "stdin of the command was closed");
    const auto sent = co_await pending_->io().write(proto::stdin_index, std::move(bytes));
    if (sent) co_return *sent;
    // An answer ends the writing: a result is no error here.
    if (pending_->answer() && pending_->answer()->has_value()) co_return false;
    co_return sent.error();
}

void process_state::close_stdin() {
    if (!pending_->call().outbound.empty()) pending_->io().send_eof(proto::stdin_index);
}

asio::awaitable<proto::result<std::uint64_t>> process_state::input_position() {
    const auto self = shared_from_this();
    if (pending_->call().outbound.empty())
        co_return failure(errc::invalid_params, "the job is attached to without stdin");
    const auto begin = co_await pending_->io().start(proto::stdin_index);
    if (!begin && pending_->answer() && !*pending_->answer()) co_return pending_->answer()->error();
    co_return begin;
}

asio::awaitable<proto::result<void>> process_state::signal(std::string name) {
    const auto self = shared_from_this();
    proto::signal_params params;
    params.call = pending_->call().id;
    params.signal = std::move(name);
    const auto answer = co_await session_->request(std::string(params.method), params.to_json());
    if (!answer) co_return answer.error();
    co_return proto::result<void>();
}

asio::awaitable<proto::result<void>> process_state::resize(std::uint16_t rows, std::uint16_t cols) {
    const auto self = shared_from_this();
    proto::resize_params params;
    params.call = pending_->call().id;
    params.rows = rows;
    params.cols = cols;
    const auto answer = co_await session_->request(std::string(params.method), params.to_json());
    if (!answer) co_return answer.error();
    co_return proto::result<void>();
}

void process_state::cancel() {
    session_->cancel(*pending_);
}

// --- the end ---------------------------------------------------------------------------------------------------------

asio::awaitable<proto::result<exec_result>> process_state::wait() {
    const auto self = shared_from_this();
    const auto answer = co_await pending_->wait();
    auto out = read_exec_answer(answer);
    if (!out) co_return out;
    check(*out);
    if (mismatch_) co_return *mismatch_;
    co_return out;
}

/// Compares what was read with what was sent, where all of it was read.
void process_state::check(const exec_result& r) {
    if (checked_ || !lanes_[proto::stdout_index].ended || !lanes_[proto::stderr_index].ended) return;
    checked_ = true;
    auto same = lanes_[proto::stdout_index].check.compare(r.out_summary, "stdout");
    if (same && !merged()) same = lanes_[proto::stderr_index].check.compare(r.err_summary, "stderr");
    if (!same) mismatch_ = same.error();
}

void process_state::release() {
    checked_ = true;
    end_lanes();
    session_->abandon(*pending_);
}

asio::awaitable<proto::result<std::shared_ptr<process_state>>> start_process(std::shared_ptr<session> s, command what) {
    auto set = std::move(what).settings();
    auto input = std::move(set.input);
    const bool keeps_up = set.reader_keeps_up && !set.terminal;
    const auto params = to_wire(std::move(set));
    auto begun = co_await begin_exec(*s, params);
    if (!begun) co_return begun.error();
    if (keeps_up) (*begun)->io().widen(proto::stdout_index);
    auto state = std::make_shared<process_state>(s, *begun);
    if (input) s->spawn(feed_stdin(*begun, std::move(*input)));
    co_return state;
}

} // namespace tug::detail
