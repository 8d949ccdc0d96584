#include "reconnecting_attachment.hpp"

#include "cli/local/report.hpp"

#include <tug/error.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// Of stdin: in one write; read ahead of what could be sent; sent before the job is asked how much it has taken.
constexpr std::size_t most_at_once = 64 * 1024;
constexpr std::size_t most_unsent = 64 * 1024;
constexpr std::size_t most_untold = 4 * 1024 * 1024;

std::size_t index_of(output_stream which) {
    return which == output_stream::out ? 0 : 1;
}

} // namespace

reconnecting_attachment::reconnecting_attachment(client& on, const options& o, invocation& s, std::string name,
                                                 const attach_options& how)
    : connection_(on, o, s),
      name_(std::move(name)),
      first_(how),
      changed_(s.ctl.get_executor(), asio::steady_timer::time_point::max()) {
    positions_ = {how.out.at(), how.err.at()};
}

/// Waits until something has changed.
asio::awaitable<void> reconnecting_attachment::change() {
    boost::system::error_code ignored;
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// --- the beginning, and the next one ---------------------------------------------------------------------------------

attach_options reconnecting_attachment::next_attachment() const {
    attach_options how = first_;
    if (from_kept_) how.out = how.err = job_position();
    if (!from_kept_ && positions_[0]) how.out = job_position(*positions_[0]);
    if (!from_kept_ && positions_[1]) how.err = job_position(*positions_[1]);
    how.with_stdin = first_.with_stdin && !reads_no_more_;
    if (generation_ > 0) how.take_over = true; // a connection that was lost may not have ended there yet
    return how;
}

asio::awaitable<void> reconnecting_attachment::attach() {
    attachment_ = co_await connection_.get().jobs().attach(name_, next_attachment());
    input_.rewind();
    ++generation_;
    notify_change();
}

asio::awaitable<void> reconnecting_attachment::attach_again(failure why) {
    for (;;) {
        if (superseded_) throw error(*superseded_);
        if (why.code == errc::range_invalid && !from_kept_)
            from_kept_ = true;
        else if (is_loss(why.code) && !leaving_)
            co_await connection_.come_back();
        else
            throw error(why);
        try {
            co_await attach();
            if (size_) co_await attachment_.resize(size_->first, size_->second);
            co_return;
        } catch (const error& e) {
            why = e.failure();
        }
        if (!is_loss(why.code)) co_return; // it has ended, which the next read tells
    }
}

// --- output ----------------------------------------------------------------------------------------------------------

asio::awaitable<output> reconnecting_attachment::read() {
    for (;;) {
        output piece;
        auto why = co_await try_to_read(piece);
        if (why)
            co_await attach_again(std::move(*why));
        else if (piece.end() || (is_new(piece) && !discarding_))
            co_return piece;
    }
}

asio::awaitable<std::optional<failure>> reconnecting_attachment::try_to_read(output& into) {
    try {
        into = co_await attachment_.read();
        from_kept_ = false;
        co_return std::nullopt;
    } catch (const error& e) {
        co_return e.failure();
    }
}

/// Cuts off what came before, and counts what will not come any more.
bool reconnecting_attachment::is_new(output& piece) {
    const auto stream = piece.from();
    auto& position = positions_[index_of(stream)];
    const auto end = attachment_.position(stream);
    const auto begin = end - piece.bytes().size();
    const auto known = position.value_or(begin);
    if (end <= known) return false;
    if (begin > known) missing_ += begin - known;
    if (begin < known) {
        auto bytes = piece.take();
        bytes.consume(static_cast<std::size_t>(known - begin));
        piece = output(stream, std::move(bytes));
    }
    position = end;
    return true;
}

std::uint64_t reconnecting_attachment::position(output_stream of) const {
    return positions_[index_of(of)].value_or(0);
}

asio::awaitable<exec_result> reconnecting_attachment::wait() {
    for (;;) {
        std::optional<failure> why;
        try {
            auto result = co_await attachment_.wait();
            // What an attachment says of output is about what it had itself.
            if (generation_ > 1) result = co_await connection_.get().jobs().wait(name_);
            if (missing_ > 0) tell_missing(missing_);
            co_return result;
        } catch (const error& e) {
            why = e.failure();
        }
        if (!is_loss(why->code)) throw error(*why);
        co_await attach_again(*why);
        for (;;) { // there is no more, which it has to be told again
            const auto piece = co_await read();
            if (piece.end()) break;
        }
    }
}

void reconnecting_attachment::tell_missing(std::uint64_t bytes) const {
    connection_.say(std::to_string(bytes) + " bytes of output are missing: the host keeps them no longer");
}

// --- input -----------------------------------------------------------------------------------------------------------

/// Returns when it may be sent soon, not when it was: the user can leave while the connection is lost.
asio::awaitable<bool> reconnecting_attachment::write(chunk bytes) {
    input_.append(bytes.text());
    notify_change();
    while (!reads_no_more_ && input_.bytes_unsent() > most_unsent) co_await change();
    co_return !reads_no_more_;
}

void reconnecting_attachment::close_stdin() {
    input_.end();
    notify_change();
}

asio::awaitable<void> reconnecting_attachment::send_input() {
    while (!reads_no_more_) {
        if (away() || (input_.bytes_unsent() == 0 && !input_.at_end()))
            co_await change();
        else if (input_generation_ != generation_)
            co_await find_input_position();
        else
            co_await send_one();
    }
}

/// Of each attachment: the job may have taken more than it could tell the one before, and the first one begins where
/// others have left off. What another one wrote in between would be in the middle of what is written here.
asio::awaitable<void> reconnecting_attachment::find_input_position() {
    const auto generation = generation_;
    std::optional<std::uint64_t> taken;
    try {
        taken = co_await attachment_.input_position();
    } catch (const error&) {
        taken = std::nullopt; // the reader is told why, and attaches again or ends
    }
    while (!taken && generation == generation_) co_await change();
    if (generation != generation_) co_return;
    if (input_generation_ == 0)
        input_.begin_at(*taken);
    else if (!input_.go_on_at(*taken)) {
        superseded_.emplace(errc::busy, "another attachment has written stdin while the connection was lost");
        attachment_.detach();
    }
    input_generation_ = generation;
}

asio::awaitable<void> reconnecting_attachment::send_one() {
    if (input_.at_end()) {
        attachment_.close_stdin();
        input_.count_end();
        co_return;
    }
    const auto generation = generation_;
    auto piece = chunk::copy_of(input_.unsent(most_at_once));
    const auto size = piece.bytes().size();
    bool lost = false;
    bool taken = false;
    input_.count_sent(size); // some of it may come there, whatever becomes of the rest
    try {
        taken = co_await attachment_.write(std::move(piece));
    } catch (const error&) {
        lost = true; // the reader is told why, and attaches again or ends
    }
    while (lost && generation == generation_) co_await change();
    if (generation != generation_) co_return;
    reads_no_more_ = !taken;
    notify_change();
    if (input_.bytes_sent() > most_untold) co_await forget_taken();
}

asio::awaitable<void> reconnecting_attachment::forget_taken() {
    try {
        const auto job = co_await connection_.get().jobs().status(name_);
        input_.forget(job.input_bytes);
    } catch (const error&) {
        co_return; // the reader is told why
    }
}

asio::awaitable<void> reconnecting_attachment::resize(std::uint16_t rows, std::uint16_t cols) {
    size_.emplace(rows, cols);
    if (away()) co_return; // it is told with the next attachment
    try {
        co_await attachment_.resize(rows, cols);
    } catch (const error& e) {
        if (!is_loss(e.failure().code)) throw;
    }
}

// --- its end ---------------------------------------------------------------------------------------------------------

asio::awaitable<void> reconnecting_attachment::beside() {
    return send_input();
}

void reconnecting_attachment::stop_output() {
    cancel();
}

void reconnecting_attachment::cancel() {
    leaving_ = true;
    if (away()) return connection_.leave();
    attachment_.detach();
}

void reconnecting_attachment::give_up() {
    discard_output();
    cancel();
}

} // namespace tug::cli
