// `tug job attach` and `tug job logs`.

#include "cli/arguments/exit_codes.hpp"
#include "cli/local/report.hpp"
#include "cli/reconnect/reconnecting_attachment.hpp"
#include "commands.hpp"
#include "exec_command.hpp"
#include "exec_output.hpp"
#include "running_command.hpp"

#include <tug/jobs.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// Where the last `lines` lines of stdout begin. Reads from behind, in steps that double: the middle is never read.
asio::awaitable<std::uint64_t> begin_of_tail(client& on, const std::string& name, const job_output& out,
                                             std::uint64_t lines) {
    for (std::uint64_t back = 64 * 1024;; back *= 2) {
        const auto from = out.bytes - std::min(back, out.bytes - out.kept_from);
        std::deque<std::uint64_t> begins{from}; // of the last lines + 1 lines
        attach_options how;
        how.out = job_position(from);
        how.err = job_position::end();
        auto seen = co_await on.jobs().attach(name, how);
        for (auto at = from; at < out.bytes;) {
            const auto piece = co_await seen.read_out();
            if (piece.empty()) break;
            for (const char c : piece.text()) {
                ++at;
                if (c != '\n' || at >= out.bytes) continue;
                begins.push_back(at);
                if (begins.size() > lines + 1) begins.pop_front();
            }
        }
        seen.detach();
        const bool whole = begins.size() > lines;
        if (whole || from == out.kept_from) {
            while (begins.size() > std::max<std::uint64_t>(lines, 1)) begins.pop_front();
            co_return lines == 0 ? out.bytes : begins.front();
        }
    }
}

/// How much of `text` its first `lines` lines are, which are counted down.
std::size_t size_of_lines(std::string_view text, std::uint64_t& lines) {
    std::size_t size = 0;
    while (lines > 0 && size < text.size()) {
        const auto end = text.find('\n', size);
        if (end == std::string_view::npos) return text.size();
        size = end + 1;
        --lines;
    }
    return size;
}

/// Shows the first lines of stdout that are kept. The position behind them.
asio::awaitable<std::uint64_t> show_head(client& on, const options& o, const job_output& written, exec_output& out) {
    attach_options how;
    how.out = job_position(written.kept_from);
    how.err = job_position::end();
    auto seen = co_await on.jobs().attach(o.job.name, how);
    auto at = written.kept_from;
    for (auto lines = *o.job.head; lines > 0 && at < written.bytes;) {
        const auto piece = co_await seen.read_out();
        if (piece.empty()) break;
        const auto size = size_of_lines(piece.text(), lines);
        at += size;
        output shown(output_stream::out, chunk::copy_of(piece.text().substr(0, size)));
        if (!co_await out.take(std::move(shown))) break;
    }
    co_return at;
}

} // namespace

asio::awaitable<int> attach_job(client& on, const options& given, invocation& s) {
    options o = given;
    const auto job = co_await on.jobs().status(o.job.name);
    o.exec.terminal = job.terminal && ::isatty(STDIN_FILENO) == 1;
    o.exec.with_stdin = o.job.with_stdin;
    attach_options how;
    how.with_stdin = o.job.with_stdin || has_keyboard(o);
    how.take_over = o.job.take_over;
    how.reader_keeps_up = !job.terminal && never_waits(STDOUT_FILENO);
    if (o.job.only_new) how.out = job_position(job.out.bytes);
    if (o.job.only_new && job.err) how.err = job_position(job.err->bytes);
    exec_result result;
    {
        std::optional<terminal_session> terminal; // restored before anything is said of the end
        if (has_keyboard(o)) terminal.emplace(o, s, escape_meaning::of_job);
        reconnecting_attachment followed_job(on, o, s, o.job.name, how);
        co_await followed_job.attach();
        running_command r(followed_job, o, s, std::chrono::milliseconds(0), terminal ? &*terminal : nullptr);
        if (terminal) terminal->tell_size(); // the program draws anew
        result = co_await r.to_the_end();
    }
    explain(result, o.json);
    co_return exit_code_of(result);
}

asio::awaitable<int> job_logs(client& on, const options& o, invocation& s) {
    const auto job = co_await on.jobs().status(o.job.name);
    exec_output out(o, s.output);
    attach_options how;
    how.reader_keeps_up = !job.terminal && never_waits(STDOUT_FILENO);
    // Its place among the lines of stdout is not known.
    if ((o.job.head || o.job.tail) && job.err) how.err = job_position(job.err->bytes);
    std::uint64_t shown = 0;
    if (o.job.head) {
        shown = co_await show_head(on, o, job.out, out);
        if (!o.job.tail || out.reader_left()) co_return exit_code::success;
    }
    if (o.job.tail) {
        const auto begin = co_await begin_of_tail(on, o.job.name, job.out, *o.job.tail);
        if (shown > 0 && shown < begin)
            print_error(std::to_string(begin - shown) + " bytes are left out here", "see all without --head");
        how.out = job_position(std::max(begin, shown));
    }
    reconnecting_attachment seen(on, o, s, o.job.name, how);
    co_await seen.attach();
    const bool all_of_err = !job.err || o.job.tail;
    for (;;) {
        const bool all = seen.position(output_stream::out) >= job.out.bytes &&
                         (all_of_err || seen.position(output_stream::err) >= job.err->bytes);
        if (job.state == job_state::running && !o.job.follow && all) break;
        auto piece = co_await seen.read();
        if (piece.end()) break;
        if (!co_await out.take(std::move(piece))) break;
    }
    co_return exit_code::success;
}

} // namespace tug::cli
