// The commands about jobs, but for those that follow one.

#include "cli/arguments/call_options.hpp"
#include "cli/arguments/exit_codes.hpp"
#include "cli/local/report.hpp"
#include "cli/reconnect/reconnection.hpp"
#include "cli/reconnect/terminal_session.hpp"
#include "commands.hpp"
#include "exec_command.hpp"
#include "job_text.hpp"

#include <tug/jobs.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

job_options job_options_of(const job_flags& o) {
    job_options how;
    how.name = o.name;
    if (o.keep_bytes) how.keep_bytes = *o.keep_bytes;
    if (o.keep_for) how.keep_for = *o.keep_for;
    if (o.end_at_limit) how.overflow = job_overflow::end;
    return how;
}

namespace {

int end_of_printing(bool ok) {
    return ok ? exit_code::success : exit_code::failed;
}

asio::awaitable<int> list(client& on, const options& o) {
    auto all = co_await on.jobs().list();
    for (;;) {
        const auto job = co_await all.next();
        if (!job) co_return exit_code::success;
        if (!(o.json ? print_json(to_json(*job)) : print_text(list_line(*job) + "\n"))) co_return exit_code::failed;
    }
}

asio::awaitable<int> status(client& on, const options& o) {
    const auto job = co_await on.jobs().status(o.job.name);
    co_return end_of_printing(o.json ? print_json(to_json(job)) : print_text(status_text(job)));
}

/// Over as many connections as it takes: a job outlives them.
asio::awaitable<exec_result> end_of_job(reconnection& over, const std::string& name) {
    for (;;) {
        std::optional<failure> why;
        try {
            co_return co_await over.get().jobs().wait(name);
        } catch (const error& e) {
            why = e.failure();
        }
        if (!is_loss(why->code)) throw error(*why);
        co_await over.come_back();
    }
}

asio::awaitable<int> wait(client& on, const options& o, invocation& s) {
    reconnection over(on, o, s);
    const auto result = co_await end_of_job(over, o.job.name);
    explain(result, o.json);
    if (o.json) {
        const auto job = co_await over.get().jobs().status(o.job.name);
        if (!print_json(to_json(job))) co_return exit_code::exec_tug_failed;
    }
    co_return exit_code_of(result);
}

} // namespace

asio::awaitable<int> start_job(client& on, const options& o, invocation&) {
    auto what = command_for(o);
    if (o.exec.terminal) what.terminal(local_terminal());
    auto how = job_options_of(o.job);
    const auto job = co_await on.jobs().start(std::move(what), std::move(how));
    if (!o.json) co_return end_of_printing(print_text(job.name + "\n"));
    co_return end_of_printing(
        print_json(boost::json::object{{"job", job.name}, {"new", job.is_new}, {"pid", job.pid}}));
}

asio::awaitable<int> work_on_job(client& on, const options& o, invocation& s) {
    if (o.command == "job-start") co_return co_await start_job(on, o, s);
    if (o.command == "job-attach") co_return co_await attach_job(on, o, s);
    if (o.command == "job-logs") co_return co_await job_logs(on, o, s);
    if (o.command == "job-ls") co_return co_await list(on, o);
    if (o.command == "job-status") co_return co_await status(on, o);
    if (o.command == "job-wait") co_return co_await wait(on, o, s);
    if (o.command == "job-signal") co_await on.jobs().signal(o.job.name, o.job.signal);
    if (o.command == "job-cancel") co_await on.jobs().cancel(o.job.name);
    if (o.command == "job-rm") co_await on.jobs().remove(o.job.name);
    co_return exit_code::success;
}

} // namespace tug::cli
