#include "cli/arguments/exit_codes.hpp"
#include "cli/local/end_by_signal.hpp"
#include "cli/local/report.hpp"
#include "cli/reconnect/reconnecting_job.hpp"
#include "commands.hpp"
#include "exec_command.hpp"
#include "running_command.hpp"

#include <tug/error.hpp>

#include <unistd.h>

#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// The language of the user, for a command in a terminal: LANG and LC_*, unless the command line says otherwise.
void add_language(command& what) {
    for (char** at = ::environ; *at != nullptr; ++at) {
        const std::string_view entry = *at;
        const auto equals = entry.find('=');
        const auto name = entry.substr(0, equals);
        if (equals == std::string_view::npos || (name != "LANG" && !name.starts_with("LC_"))) continue;
        if (!what.settings().env.contains(std::string(name)))
            what.env(std::string(name), std::string(entry.substr(equals + 1)));
    }
}

/// How it ended, and what is left to do with its output.
struct ended {
    exec_result result;
    exec_output output;
};

bool outlives_connection(const options& o) {
    return o.command == "shell" || o.exec.reconnect;
}

/// Whether the host has a shell for who cannot have it as a job.
bool is_want_of_jobs(errc code) {
    return code == errc::unsupported || code == errc::method_not_found || code == errc::busy || code == errc::no_space;
}

/// As a job where that is asked for. A shell is had without one, too.
asio::awaitable<std::unique_ptr<followed>> start(client& on, const options& o, invocation& s, command what) {
    if (outlives_connection(o)) {
        auto job = std::make_unique<reconnecting_job>(on, o, s, what);
        std::optional<failure> why;
        try {
            co_await job->start();
            co_return job;
        } catch (const error& e) {
            why = e.failure();
        }
        if (o.exec.reconnect || !is_want_of_jobs(why->code)) throw error(*why);
        if (o.verbose || why->code != errc::unsupported)
            print_raw("[tug: this shell ends with its connection: " + printable(why->message) + "]\n");
    }
    co_return follow(co_await on.start(std::move(what)));
}

/// What is left to be done where it was not followed to its end, before `why` is told.
asio::awaitable<void> leave(followed& what, const terminal_session* terminal, const invocation& s) {
    const bool left = terminal != nullptr && terminal->left();
    if (left && s.ctl.caught() == 0) co_await what.leave(terminal->goes_on());
}

asio::awaitable<ended> run_to_the_end(client& on, const options& o, invocation& s, bool with_language) {
    std::optional<terminal_session> terminal; // restored before anything is said of the end
    if (o.exec.terminal) terminal.emplace(o, s);
    auto what = command_for(o);
    if (terminal) what.terminal(local_terminal());
    what.reader_keeps_up(!terminal && never_waits(STDOUT_FILENO));
    if (with_language) add_language(what);
    const auto grace = what.settings().grace.value_or(command::default_grace);
    const auto started = co_await start(on, o, s, std::move(what));
    if (terminal && started->is_job()) terminal->set_meaning(escape_meaning::of_shell);
    running_command r(*started, o, s, grace, terminal ? &*terminal : nullptr);
    std::exception_ptr failed;
    exec_result result;
    try {
        result = co_await r.to_the_end();
    } catch (...) {
        failed = std::current_exception();
    }
    if (failed) {
        co_await leave(*started, terminal ? &*terminal : nullptr, s);
        std::rethrow_exception(failed);
    }
    co_await started->finish();
    co_return ended{std::move(result), r.take_output()};
}

} // namespace

asio::awaitable<int> exec(client& on, const options& o, invocation& s) {
    if (o.exec.detach) co_return co_await start_job(on, o, s);
    std::optional<ended> done;
    for (bool with_language = o.exec.terminal; !done; with_language = false) {
        try {
            auto one = co_await run_to_the_end(on, o, s, with_language);
            done.emplace(std::move(one));
        } catch (const error& e) {
            // The key may be one that allows no such variables; then nothing has run.
            if (!with_language || e.failure().code != errc::permission_denied) throw;
        }
    }
    const auto& result = done->result;
    explain(result, o.json);
    if (o.json && !print_json(done->output.to_json(result))) co_return exit_code::exec_tug_failed;
    const int code = exit_code_of(result);
    // SIGPIPE, itself or as a shell passes it on, ended the command in our place.
    if (done->output.reader_left() && code == exit_code::exec_signal_base + SIGPIPE) die_by_sigpipe();
    co_return code;
}

} // namespace tug::cli
