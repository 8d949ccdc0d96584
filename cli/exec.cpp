#include "commands.hpp"
#include "end_by_signal.hpp"
#include "exec_command.hpp"
#include "exit_codes.hpp"
#include "report.hpp"
#include "running_command.hpp"

#include <tug/error.hpp>

#include <unistd.h>

#include <csignal>
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

asio::awaitable<ended> run_to_the_end(client& on, const options& o, invocation& s, bool with_language) {
    std::optional<terminal_session> terminal; // restored before anything is said of the end
    if (o.exec.terminal) terminal.emplace(o, s);
    auto what = command_for(o);
    if (terminal) what.terminal(local_terminal());
    if (with_language) add_language(what);
    const auto grace = what.settings().grace.value_or(command::default_grace);
    auto started = co_await on.start(std::move(what));
    running_command r(follow(std::move(started)), o, s, grace, terminal ? &*terminal : nullptr);
    auto result = co_await r.to_the_end();
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
