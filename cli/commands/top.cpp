#include "cli/arguments/exit_codes.hpp"
#include "cli/local/report.hpp"
#include "cli/local/terminal_input.hpp"
#include "cli/local/terminal_modes.hpp"
#include "cli/reconnect/terminal_session.hpp"
#include "commands.hpp"
#include "info_text.hpp"
#include "top_text.hpp"

#include <tug/error.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view leave_screen = "\x1b[?25h\x1b[?1049l";

bool may_see_jobs(const client& on) {
    const auto may = on.permissions(); // empty where there are no keys: everything
    return may.empty() || std::ranges::find(may, "exec") != may.end();
}

asio::awaitable<top_sample> look(client& on) {
    top_sample out;
    out.info = co_await on.info();
    out.at = std::chrono::steady_clock::now();
    if (!out.info.jobs || out.info.jobs->used == 0 || !may_see_jobs(on)) co_return out;
    auto all = co_await on.jobs().list();
    while (auto job = co_await all.next())
        if (job->state == job_state::running) out.jobs.push_back(std::move(*job));
    co_return out;
}

asio::awaitable<void> wait_for_time(asio::any_io_executor on, std::chrono::milliseconds time) {
    asio::steady_timer clock(on, time);
    co_await clock.async_wait(asio::use_awaitable);
}

bool print_table(const top_sample& now, const top_sample* before, bool as_json) {
    if (as_json) return print_json(to_json(now.info));
    std::string text;
    for (const auto& line : top_lines(now, before)) text.append(line).append("\n");
    return print_text(text);
}

/// Tables one after the other, for pipes and scripts.
asio::awaitable<int> plain(client& on, const options& o, asio::any_io_executor here) {
    std::optional<top_sample> before;
    for (auto left = o.top.count.value_or(1); left > 0; --left) {
        if (before) co_await wait_for_time(here, o.top.pause());
        auto now = co_await look(on);
        if (before && !o.json && !print_text("\n")) co_return exit_code::failed;
        if (!print_table(now, before ? &*before : nullptr, o.json)) co_return exit_code::failed;
        before.emplace(std::move(now));
    }
    co_return exit_code::success;
}

/// `top` on a terminal: what it shows, and when that is drawn anew.
class live_screen {
public:
    live_screen(client& on, const options& o, invocation& s)
        : on_(on), options_(o), invocation_(s), clock_(s.ctl.get_executor()) {
        modes_.use_screen(enter_screen, leave_screen);
        modes_.make_raw();
        s.ctl.on_resize([this] { draw(); });
    }

    ~live_screen() { invocation_.ctl.on_resize(nullptr); }

    live_screen(const live_screen&) = delete;
    live_screen& operator=(const live_screen&) = delete;

    /// Ends by what went wrong, which failed() then has.
    asio::awaitable<void> refresh() {
        try {
            for (;;) {
                auto now = co_await look(on_);
                lines_ = top_lines(now, before_ ? &*before_ : nullptr);
                before_.emplace(std::move(now));
                draw();
                clock_.expires_after(options_.top.pause());
                co_await clock_.async_wait(asio::use_awaitable);
            }
        } catch (...) {
            failed_ = std::current_exception();
        }
    }

    /// Ends where the user leaves, or the terminal is gone.
    asio::awaitable<void> obey_keys() {
        constexpr std::size_t most = 256;
        constexpr std::string_view leaving = "qQ\x03\x04"; // Ctrl-C, Ctrl-D
        constexpr char suspending = '\x1a';
        terminal_input keys(invocation_.input, std::make_shared<const descriptor>(STDIN_FILENO));
        for (;;) {
            const auto piece = co_await keys.read(most);
            if (piece.empty() || piece.text().find_first_of(leaving) != std::string_view::npos) co_return;
            if (piece.text().find(suspending) != std::string_view::npos) terminal_modes::suspend();
        }
    }

    /// Rethrows what refresh() ended by, unless it is that the user left.
    void check(bool left) const {
        if (failed_ && !left) std::rethrow_exception(failed_);
    }

private:
    void draw() {
        const auto size = local_terminal();
        (void)write_all(STDOUT_FILENO, top_screen(lines_, size.rows(), size.cols()));
    }

    client& on_;
    const options& options_;
    invocation& invocation_;
    asio::steady_timer clock_;
    std::optional<top_sample> before_;
    std::vector<std::string> lines_;
    std::exception_ptr failed_;
    terminal_modes modes_{STDIN_FILENO}; // last: the terminal is restored before the rest goes
};

asio::awaitable<int> live(client& on, const options& o, invocation& s) {
    using namespace asio::experimental::awaitable_operators;
    live_screen screen(on, o, s);
    const auto ended = co_await (screen.refresh() || screen.obey_keys());
    screen.check(ended.index() == 1);
    co_return exit_code::success;
}

} // namespace

asio::awaitable<int> top(client& on, const options& o, invocation& s) {
    const bool on_terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    if (o.top.count || o.json || !on_terminal) co_return co_await plain(on, o, s.ctl.get_executor());
    co_return co_await live(on, o, s);
}

} // namespace tug::cli
