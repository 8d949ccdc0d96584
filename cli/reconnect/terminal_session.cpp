#include "terminal_session.hpp"

#include "cli/local/report.hpp"
#include "cli/local/terminal_input.hpp"

#include <tug/error.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// That of the first standard stream that is a terminal, nothing where none is.
std::optional<winsize> local_size() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        winsize now{};
        if (::ioctl(fd, TIOCGWINSZ, &now) == 0 && now.ws_row > 0 && now.ws_col > 0) return now; // a serial line has 0
    }
    return std::nullopt;
}

constexpr char interrupt = 0x03;

} // namespace

void print_raw(std::string_view text) {
    std::string out = "\r\n";
    for (const char c : text) {
        if (c == '\n') out += '\r';
        out += c;
    }
    (void)write_all(STDERR_FILENO, out);
}

bool has_keyboard(const options& o) {
    return o.exec.terminal && !o.json && ::isatty(STDIN_FILENO) == 1;
}

terminal_session::terminal_session(const options& o, invocation& s, escape_meaning meaning)
    : invocation_(s),
      escapes_(o.exec.escape, meaning),
      resized_(s.ctl.get_executor(), asio::steady_timer::time_point::max()) {
    if (has_keyboard(o)) {
        modes_.emplace(STDIN_FILENO);
        modes_->make_raw();
    } else if (!o.json) {
        print_error("standard input is no terminal", "the command has one all the same; what is typed here is not raw");
    }
    s.ctl.on_resize([this] { tell_size(); });
}

void terminal_session::tell_size() {
    size_changed_ = true;
    resized_.cancel();
}

void terminal_session::set_meaning(escape_meaning meaning) {
    escapes_.set_meaning(meaning);
}

terminal_session::~terminal_session() {
    invocation_.ctl.on_resize(nullptr);
}

terminal local_terminal() {
    const char* const kind = std::getenv("TERM");
    const auto size = local_size().value_or(winsize{24, 80, 0, 0});
    return {size.ws_row, size.ws_col, kind == nullptr || *kind == '\0' ? "xterm" : kind};
}

asio::awaitable<void> terminal_session::pass_keys(followed& to) {
    constexpr std::size_t most = 64 * 1024;
    terminal_input keys(invocation_.input, std::make_shared<const descriptor>(STDIN_FILENO));
    for (;;) {
        const auto piece = co_await keys.read(most);
        if (piece.empty()) break;
        if (to.away() && piece.text().find(interrupt) != std::string_view::npos) obey(escape::leave);
        for (auto rest = piece.text(); !rest.empty();) {
            std::string forward;
            const auto taken = escapes_.take(rest, forward);
            rest.remove_prefix(taken.bytes);
            if (!forward.empty() && !co_await to.write(chunk::copy_of(forward))) co_return;
            obey(taken.what);
        }
    }
    to.close_stdin();
}

void terminal_session::obey(escape what) {
    switch (what) {
    case escape::none: break;
    case escape::detach: goes_on_ = true; [[fallthrough]];
    case escape::leave: left_ = true; throw error(failure(errc::cancelled, "the user left by an escape"));
    case escape::help: print_raw(escapes_.help()); break;
    case escape::suspend:
        print_raw("[tug is suspended]\n");
        terminal_modes::suspend();
        break;
    }
}

asio::awaitable<void> terminal_session::follow_size(followed& to) {
    for (;;) {
        boost::system::error_code ec;
        if (!size_changed_) co_await resized_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        if (!std::exchange(size_changed_, false)) co_return; // cancelled from outside
        const auto now = local_size();
        if (!now) continue;
        try {
            co_await to.resize(now->ws_row, now->ws_col);
        } catch (const error& e) {
            // The command has ended, or the connection, which its output tells. A storm may also outrun its answers.
            if (e.failure().code == errc::not_found || e.failure().code == errc::connection_lost) co_return;
        }
    }
}

} // namespace tug::cli
