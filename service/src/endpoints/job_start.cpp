#include "auth/command_rules.hpp"
#include "endpoints/endpoints.hpp"
#include "endpoints/exec_start.hpp"
#include "endpoints/job_access.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// What the holder is told, and given. The descriptors stay with `made`.
void fill(job_launch& how, holder_descriptors& given, const proto::exec_params& params, const prepared_command& made) {
    how.command = made.request;
    how.typed = params.with_stdin;
    how.keep_children = params.keep_children;
    how.grace_ms = params.grace_ms.value_or(proto::default_grace_ms);
    how.timeout_ms = params.timeout_ms.value_or(0);
    how.output_limit = params.output_limit.value_or(0);
    how.limits = made.limits;
    if (made.record) {
        how.record = recording_launch{made.record->name, made.record->header, made.record->how};
        given.record = made.record->file.get();
    }
    given.cwd = made.cwd.get();
    const auto& ends = made.ends;
    given.child_in = ends.terminal ? ends.terminal->slave.get() : ends.input.read.get();
    given.child_out = ends.output.write.get();
    given.child_err = ends.errors.write.get();
    given.in = ends.input.write.get();
    given.out = ends.output.read.get();
    given.err = ends.errors.read.get();
    if (ends.terminal) given.terminal = ends.terminal->master.get();
}

} // namespace

asio::awaitable<answer> job_start(context& shared, call& c, proto::job_start_params params) {
    if (!shared.jobs) co_return no_jobs();
    if (auto refused = refuse_command(c.who(), params.command)) co_return std::move(*refused);
    const auto given_up = [&c] { return c.why_cancelled() != cancel_reason::none; };
    const auto queued = std::chrono::steady_clock::now();
    const auto work = [&] {
        shared.counts.wait_of(queue::starts).waited(std::chrono::steady_clock::now() - queued);
        std::optional<prepared_command> made; // until the holder has what is in it
        const auto prepare = [&](job_launch& how, holder_descriptors& given) -> proto::result<void> {
            auto ready = prepare_command(shared, c.who(), params.command);
            if (!ready) return ready.error();
            made = std::move(*ready);
            fill(how, given, params.command, *made);
            return {};
        };
        auto started = shared.jobs->start(c.who(), params, prepare, given_up);
        if (!made || !made->record) return started;
        if (started && started->is_new)
            c.recording = made->record->name;
        else
            shared.recorder->drop(made->record->name);
        return started;
    };
    const auto started = co_await net::run_blocking(c.starts(), work);
    c.keep_until_answered(std::shared_ptr<void>(nullptr, [&shared](void*) { shared.jobs->prepare_next(); }));
    if (!started) co_return started.error();
    co_return boost::json::value(started->to_json());
}

} // namespace tug::service
