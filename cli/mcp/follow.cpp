#include "follow.hpp"

#include "cli/commands/job_text.hpp"

#include <tug/error.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

/// Leaves an attachment at that moment. Its timer may have expired, and its handler be queued, when it goes.
class leave_at {
public:
    leave_at(const asio::any_io_executor& on, job_attachment& what, std::chrono::steady_clock::time_point when)
        : state_(std::make_shared<state>()), clock_(on, when) {
        state_->what = &what;
        clock_.async_wait([s = state_](boost::system::error_code ec) {
            if (ec || s->what == nullptr) return;
            s->left = true;
            s->what->detach();
        });
    }

    ~leave_at() { state_->what = nullptr; }

    leave_at(const leave_at&) = delete;
    leave_at& operator=(const leave_at&) = delete;

    [[nodiscard]] bool left() const noexcept { return state_->left; }

private:
    struct state {
        job_attachment* what = nullptr;
        bool left = false;
    };

    std::shared_ptr<state> state_;
    asio::steady_timer clock_;
};

/// False where enough was read.
bool take(const output& piece, const job_attachment& from, followed_output& into, tool_call& call) {
    auto& one = piece.from() == output_stream::out ? into.out : into.err;
    if (!one) return true;
    const auto end = from.position(piece.from());
    one->add(end - piece.text().size(), piece.text());
    call.progress(into.read(), std::nullopt);
    return into.read() < into.enough;
}

job_position position_of(const std::optional<bounded_output>& one) {
    return one ? job_position(one->next()) : job_position::end();
}

asio::awaitable<std::optional<exec_result>> follow_once(tool_call& call, client& on, const std::string& job,
                                                        followed_output& into,
                                                        std::chrono::steady_clock::time_point until,
                                                        const std::optional<std::string>& input) {
    attach_options how;
    how.out = position_of(into.out);
    how.err = position_of(into.err);
    how.with_stdin = input.has_value();
    if (input) how.input_position = 0;
    auto seen = co_await on.jobs().attach(job, how);
    const auto executor = co_await asio::this_coro::executor;
    const leave_at deadline(executor, seen, until);
    try {
        if (input && co_await seen.write(*input)) seen.close_stdin();
        for (;;) {
            const auto piece = co_await seen.read();
            if (piece.end()) break;
            if (!take(piece, seen, into, call)) co_return std::nullopt;
        }
        co_return co_await seen.wait();
    } catch (const error& e) {
        if (e.code() != errc::cancelled || !deadline.left()) throw;
    }
    co_return std::nullopt;
}

/// Goes on behind what is kept no longer.
asio::awaitable<void> skip_dropped(client& on, const std::string& job, followed_output& into) {
    const auto info = co_await on.jobs().status(job);
    if (into.out) into.out->add(std::max(into.out->next(), info.out.kept_from), "");
    if (into.err && info.err) into.err->add(std::max(into.err->next(), info.err->kept_from), "");
}

} // namespace

asio::awaitable<std::optional<exec_result>> follow(tool_call& call, std::string job, followed_output& into,
                                                   std::chrono::steady_clock::time_point until,
                                                   std::optional<std::string> input) {
    constexpr int most_losses = 4; // in a row, without a byte between
    auto seen = into.read();
    bool behind = false;
    for (int losses = 0;;) {
        const auto client = co_await call.on.get_again();
        if (std::exchange(behind, false)) co_await skip_dropped(*client, job, into);
        try {
            co_return co_await follow_once(call, *client, job, into, until, input);
        } catch (const error& e) {
            behind = e.code() == errc::range_invalid && e.failure().kept_from;
            if (behind) continue;
            const auto now = into.read();
            losses = now == seen ? losses + 1 : 1;
            seen = now;
            if (e.code() != errc::connection_lost || losses > most_losses) throw;
        }
    }
}

json::object end_json(const exec_result& r) {
    auto out = to_json(r);
    out["state"] = name_of(job_state::ended);
    return out;
}

} // namespace tug::cli::mcp
