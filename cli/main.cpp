#include "cli/arguments/command_words.hpp"
#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/help.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/queue.hpp"
#include "cli/completion/complete_line.hpp"
#include "cli/hosts/doctor.hpp"
#include "cli/hosts/login.hpp"
#include "cli/hosts/share.hpp"
#include "cli/local/end_by_signal.hpp"
#include "cli/local/report.hpp"

#include <tug/os/standard_streams.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

int usage_code(const std::string& command) {
    if (command == "rsh") return exit_code::rsh_failed;
    return runs_command(command) ? exit_code::exec_tug_failed : exit_code::usage;
}

asio::awaitable<int> begin(const options& o, invocation& s) {
    if (o.command == "repl") return repl(o, s);
    if (o.command == "doctor") return doctor(o, s);
    if (o.command == "login") return login(o, s);
    return run_command(o, s);
}

/// What has a connection, on an io_context of its own.
int run_connected(const std::function<asio::awaitable<int>(invocation&)>& what) {
    asio::io_context io(1);
    {
        invocation s(io);
        int code = exit_code::failed;
        std::exception_ptr failed;
        asio::co_spawn(io, what(s), [&](std::exception_ptr e, int result) {
            code = result;
            failed = std::move(e);
            io.stop();
        });
        io.run();
        if (const int number = s.ctl.caught(); number != 0) die_by(number); // all that was to be cleaned up is
        if (failed) std::rethrow_exception(failed);
        // A thread that hangs in a read of a terminal, or in a write that no reader takes, cannot be joined. Nothing is
        // lost: the call is over and its progress bar gone, and what was shown was written at once. Success goes the
        // long way, where leak checkers look.
        if (code != exit_code::success || !s.idle()) std::_Exit(code);
    }
    // The connections that it had end by themselves, and at once: they wait for this thread alone.
    io.restart();
    io.poll();
    return exit_code::success;
}

int run_connected(const options& o) {
    return run_connected([&](invocation& s) { return begin(o, s); });
}

/// `queue`, `help`, and what shells ask: they need no options. Nothing where it is none of these.
std::optional<int> explain(const std::vector<std::string>& words) {
    const auto printed = [](const std::string& text) {
        return print_text(text) ? exit_code::success : exit_code::failed;
    };
    if (words.empty()) return std::nullopt;
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (words.front() == "queue") return become_queue(rest);
    if (words.front() == "help") return printed(help_text(rest));
    if (words.front() == "--complete" && rest.size() == 1) return print_completions(rest.front());
    if (words.front() == "--completion" && rest.size() == 1) return printed(completion_script(rest.front()));
    return std::nullopt;
}

int run_words(const std::vector<std::string>& words) {
    auto command = command_of(words);
    try {
        if (!words.empty() && words.front() == holding_word)
            return run_connected([&](invocation& s) { return hold_connection({words.begin() + 1, words.end()}, s); });
        if (const auto code = explain(words)) return *code;
        const auto o = parse_command_line(words);
        if (!o.help.empty()) return print_text(o.help) ? exit_code::success : exit_code::failed;
        if (o.command == "queue") throw usage_error("no flag stands before queue", "see `tug queue --help`");
        if (o.command == "login") return run_connected(ask_for_login(o));
        if (o.command == "hosts") return show_hosts(o);
        return o.command == "keygen" ? keygen(o) : run_connected(o);
    } catch (const usage_error& e) {
        print_error(e.what(), e.remedy());
        return usage_code(command);
    }
}

} // namespace

} // namespace tug::cli

int main(int argc, char** argv) {
    tug::os::open_standard_streams();
    tug::cli::prepare_signals();
    try {
        return tug::cli::run_words(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
    } catch (const std::exception& e) {
        tug::cli::print_error(e.what(), "this is a bug in tug, please report it");
        return tug::cli::exit_code::exec_tug_failed;
    }
}
