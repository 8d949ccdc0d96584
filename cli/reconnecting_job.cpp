#include "reconnecting_job.hpp"

#include "terminal_session.hpp"

#include <tug/error.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <random>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// Of each output, while the connection is lost or this side is slow.
constexpr std::uint64_t kept_bytes = std::uint64_t{256} << 20;

/// After the end of a job whose user does not come back.
constexpr std::chrono::hours kept_for{24};

/// Of stdin: in one write; read ahead of what could be sent; sent before the job is asked how much it has taken.
constexpr std::size_t most_at_once = 64 * 1024;
constexpr std::size_t most_unsent = 64 * 1024;
constexpr std::size_t most_untold = 4 * 1024 * 1024;

/// How long the user who leaves waits for the end of the job.
constexpr std::chrono::seconds leave_time{4};

constexpr const char* hang_up = "HUP";

std::size_t index_of(output_stream which) {
    return which == output_stream::out ? 0 : 1;
}

} // namespace

std::string new_job_name(const std::string& command) {
    std::random_device random;
    std::string out = command + "-";
    for (int n = 0; n < 8; ++n) out += "0123456789abcdefghijklmnopqrstuv"[random() % 32];
    return out;
}

reconnecting_job::reconnecting_job(client& on, const options& o, invocation& s, command what)
    : options_(o),
      connection_(on, o, s),
      command_(std::move(what)),
      name_(new_job_name(o.command)),
      host_(o.host_text ? *o.host_text + " " : ""),
      changed_(s.ctl.get_executor(), asio::steady_timer::time_point::max()) {}

job_options reconnecting_job::how() const {
    job_options out;
    out.name = name_;
    out.keep_bytes = kept_bytes;
    out.keep_for = kept_for;
    return out;
}

/// Waits until something has changed.
asio::awaitable<void> reconnecting_job::change() {
    boost::system::error_code ignored;
    co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// --- the beginning, and the next one ---------------------------------------------------------------------------------

/// Started again by its name it is the same job: no answer may mean that it runs.
asio::awaitable<void> reconnecting_job::start() {
    for (;;) {
        std::optional<failure> why;
        try {
            auto what = command_;
            auto options = how();
            co_await connection_.get().jobs().start(std::move(what), std::move(options));
            break;
        } catch (const error& e) {
            why = e.failure();
        }
        if (!is_loss(why->code)) throw error(*why);
        co_await connection_.come_back();
    }
    co_await attach();
}

/// What is wrong with it is told by the first read, also that the connection is lost.
asio::awaitable<void> reconnecting_job::attach() {
    attach_options how;
    if (!from_kept_) {
        how.out = job_position(positions_[0]);
        how.err = job_position(positions_[1]);
    }
    if (command_.settings().with_stdin && !reads_no_more_) {
        how.with_stdin = true;
        how.input_position = input_.begin();
        how.take_over = true; // a connection that was lost may not have ended there yet
    }
    attachment_ = co_await connection_.get().jobs().attach(name_, how);
    input_.rewind();
    ++generation_;
    changed_.cancel();
}

asio::awaitable<void> reconnecting_job::attach_again(failure why) {
    for (;;) {
        if (why.code == errc::range_invalid && !from_kept_)
            from_kept_ = true;
        else if (is_loss(why.code))
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

asio::awaitable<output> reconnecting_job::read() {
    for (;;) {
        output piece;
        auto why = co_await try_to_read(piece);
        if (why)
            co_await attach_again(std::move(*why));
        else if (piece.end() || (is_new(piece) && !discarding_))
            co_return piece;
    }
}

asio::awaitable<std::optional<failure>> reconnecting_job::try_to_read(output& into) {
    try {
        into = co_await attachment_.read();
        from_kept_ = false;
        co_return std::nullopt;
    } catch (const error& e) {
        co_return e.failure();
    }
}

/// Cuts off what came before, and counts what will not come any more.
bool reconnecting_job::is_new(output& piece) {
    const auto stream = piece.from();
    auto& position = positions_[index_of(stream)];
    const auto end = attachment_.position(stream);
    const auto begin = end - piece.bytes().size();
    if (end <= position) return false;
    if (begin > position) missing_ += begin - position;
    if (begin < position) {
        auto bytes = piece.take();
        bytes.consume(static_cast<std::size_t>(position - begin));
        piece = output(stream, std::move(bytes));
    }
    position = end;
    return true;
}

asio::awaitable<exec_result> reconnecting_job::wait() {
    for (;;) {
        std::optional<failure> why;
        try {
            auto result = co_await attachment_.wait();
            // What an attachment says of output is about what it had itself.
            if (generation_ > 1) result = co_await connection_.get().jobs().wait(name_);
            if (missing_ > 0 && !options_.exec.terminal)
                throw error(failure(errc::range_invalid, std::to_string(missing_) +
                                                             " bytes of output are missing: the host kept them no "
                                                             "longer when the connection was back"));
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

void reconnecting_job::stop_output() {
    discarding_ = true;
    ask("PIPE");
}

// --- input -----------------------------------------------------------------------------------------------------------

/// Returns when it may be sent soon, not when it was: the user can leave while the connection is lost.
asio::awaitable<bool> reconnecting_job::write(chunk bytes) {
    input_.append(bytes.text());
    changed_.cancel();
    while (!reads_no_more_ && input_.bytes_unsent() > most_unsent) co_await change();
    co_return !reads_no_more_;
}

void reconnecting_job::close_stdin() {
    input_.end();
    changed_.cancel();
}

asio::awaitable<void> reconnecting_job::send_input() {
    while (!reads_no_more_) {
        if (away() || (input_.bytes_unsent() == 0 && !input_.at_end()))
            co_await change();
        else
            co_await send_one();
    }
}

asio::awaitable<void> reconnecting_job::send_one() {
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
    try {
        taken = co_await attachment_.write(std::move(piece));
    } catch (const error&) {
        lost = true; // the reader is told why, and attaches again or ends
    }
    while (lost && generation == generation_) co_await change();
    if (generation != generation_) co_return;
    reads_no_more_ = !taken;
    input_.count_sent(size);
    changed_.cancel();
    if (input_.bytes_sent() > most_untold) co_await forget_taken();
}

asio::awaitable<void> reconnecting_job::forget_taken() {
    try {
        const auto job = co_await connection_.get().jobs().status(name_);
        input_.forget(job.input_bytes);
    } catch (const error&) {
        co_return; // the reader is told why
    }
}

asio::awaitable<void> reconnecting_job::resize(std::uint16_t rows, std::uint16_t cols) {
    size_.emplace(rows, cols);
    if (away()) co_return; // it is told with the next attachment
    try {
        co_await attachment_.resize(rows, cols);
    } catch (const error& e) {
        if (!is_loss(e.failure().code)) throw;
    }
}

// --- its end ---------------------------------------------------------------------------------------------------------

asio::awaitable<void> reconnecting_job::beside() {
    using namespace boost::asio::experimental::awaitable_operators;
    co_await (send_input() && obey());
}

void reconnecting_job::ask(std::string signal) {
    if (away()) {
        tell_that_it_goes_on();
        return connection_.leave();
    }
    asked_ = std::move(signal);
    changed_.cancel();
}

void reconnecting_job::cancel() {
    ask("");
}

void reconnecting_job::give_up() {
    discarding_ = true;
    cancel();
}

/// Passes on what was asked for, over one connection or the next.
asio::awaitable<void> reconnecting_job::obey() {
    for (;;) {
        while (!asked_ || away()) co_await change();
        const auto generation = generation_;
        const auto what = *asked_;
        bool lost = false;
        try {
            if (what.empty())
                co_await connection_.get().jobs().cancel(name_);
            else
                co_await connection_.get().jobs().signal(name_, what);
        } catch (const error& e) {
            lost = is_loss(e.failure().code); // all else: it has ended
        }
        while (lost && generation == generation_) co_await change();
        if (!lost && asked_ == what) asked_.reset();
    }
}

asio::awaitable<void> reconnecting_job::finish() {
    try {
        co_await connection_.get().jobs().remove(name_);
    } catch (const error&) {
        co_return; // it is removed after kept_for
    }
}

asio::awaitable<void> reconnecting_job::end_it() {
    co_await connection_.get().jobs().signal(name_, hang_up);
    co_await connection_.get().jobs().cancel(name_);
    co_await connection_.get().jobs().remove(name_);
}

asio::awaitable<void> reconnecting_job::leave(bool goes_on) {
    using namespace boost::asio::experimental::awaitable_operators;
    bool ended = false;
    if (!goes_on && !connection_.left()) {
        asio::steady_timer clock(changed_.get_executor(), leave_time);
        try {
            const auto first = co_await (end_it() || clock.async_wait(asio::use_awaitable));
            ended = first.index() == 0;
        } catch (const error&) {
            ended = false; // it is not known
        }
    }
    if (!ended) tell_that_it_goes_on();
}

void reconnecting_job::tell_that_it_goes_on() {
    connection_.say("the job goes on: tug job attach " + host_ + name_);
}

} // namespace tug::cli
