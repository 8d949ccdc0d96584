// watch: what happens to files of the host, line by line, or a command that is run here when something has changed.

#include "cli/local/end_by_signal.hpp"
#include "cli/local/file_text.hpp"
#include "cli/local/local_program.hpp"
#include "cli/local/report.hpp"
#include "event_text.hpp"
#include "next_event.hpp"
#include "path_work.hpp"

#include <tug/files.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

bool print_event(const options& o, const watch_event& event) {
    if (o.json) return print_json(to_json(event));
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    std::string line(name_of(event.kind));
    if (!event.from.empty()) line += " " + shown_name(event.from, terminal) + " ->";
    line += " " + shown_name(event.path, terminal);
    if (event.directory && event.path != ".") line += "/";
    if (!event.error.empty()) line += " (" + event.error + ")";
    return print_text(line + "\n");
}

/// A change seldom comes alone: what comes without a pause is one batch. False at the end of the watch.
asio::awaitable<bool> next_batch(const options& o, watch& from) {
    constexpr std::chrono::milliseconds pause{100};
    auto event = co_await from.next();
    while (event && event->kind == watch_event_kind::ready) {
        if (wants_summary(o)) (void)write_all(STDERR_FILENO, "tug: watching\n");
        event = co_await from.next();
    }
    if (!event) co_return false;
    while (event) {
        auto next = co_await next_event(from, std::chrono::steady_clock::now() + pause);
        event = std::move(next.event);
    }
    co_return true;
}

asio::awaitable<path_end> run_at_changes(const options& o, invocation& s, watch& from) {
    auto end = path_end::done;
    for (;;) {
        const bool changed = co_await next_batch(o, from);
        if (!changed) co_return end;
        const int code = co_await run_program(s, "exec \"$@\"", o.path.command);
        if (code == 128 + SIGINT) die_by(SIGINT); // the interrupt was for both
        end = code == 0 ? path_end::done : path_end::in_part;
    }
}

} // namespace

asio::awaitable<path_end> watch_path(client& on, const options& o, invocation& s, std::string path) {
    auto events = co_await on.files().watch(path, o.path.recursive ? depth::all : depth::one);
    if (!o.path.command.empty()) co_return co_await run_at_changes(o, s, events);
    for (;;) {
        const auto event = co_await events.next();
        if (!event) co_return path_end::done;
        if (!print_event(o, *event)) co_return path_end::unwritten;
    }
}

} // namespace tug::cli
