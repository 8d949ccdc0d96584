#include "auth/command_rules.hpp"
#include "endpoints/endpoints.hpp"
#include "endpoints/exec_job.hpp"
#include "endpoints/exec_start.hpp"
#include "server/context.hpp"
#include "server/log_about.hpp"

#include <tug/net/blocking.hpp>
#include <tug/proto/envelope.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

job_settings settings_of(const proto::exec_params& params, const started_command& s) {
    job_settings how;
    how.keep_children = params.keep_children;
    how.grace = std::chrono::milliseconds(params.grace_ms.value_or(proto::default_grace_ms));
    how.output_limit = params.output_limit;
    how.cpu_ms = s.cpu_ms;
    if (s.held_by_cgroup) how.contained_by = proto::containment::cgroup;
    return how;
}

/// rpc.started: the program runs. It comes before any output.
void report_start(call& c, pid_t pid) {
    auto& link = *c.io().over();
    auto& out = link.protocol().output();
    proto::append_notification(out.begin_frame(), "rpc.started", {{"call", c.io().call().id.to_json()}, {"pid", pid}});
    static_cast<void>(out.end_frame(link.protocol().sizes().envelope));
    link.flush_soon();
}

void report_survivors(const context& shared, const call& c, const job& ended) {
    const auto survivors = ended.survivors();
    if (survivors == 0U) return;
    const auto count = survivors ? std::to_string(*survivors) : "unknown";
    shared.logger->write(log_level::warning, "survivors", fields_about(c.who().peer, c.trace(), {{"count", count}}));
}

/// TRACEPARENT and TRACESTATE of the request, where its params do not set them and the key allows them.
void add_trace(const call& c, proto::exec_params& params) {
    const auto* rules = c.who().rules.get();
    const auto add = [&](const std::string& name, const std::string& value) {
        if (value.empty() || (rules && !rules->argv0.empty() && !allows_variable(*rules, name))) return;
        params.env.emplace(name, value);
    };
    if (!c.trace()) return;
    add("TRACEPARENT", c.trace()->traceparent);
    add("TRACESTATE", c.trace()->tracestate);
}

} // namespace

asio::awaitable<answer> exec(context& shared, call& c, proto::exec_params params) {
    shared.strays.reap(); // gives their places back
    if (auto refused = refuse_command(c.who(), params)) co_return std::move(*refused);
    if (!shared.commands.take())
        co_return proto::failure(proto::errc::busy, std::to_string(shared.commands.most()) + " commands are running");
    const std::shared_ptr<void> place(nullptr, [&shared](void*) { shared.commands.give_back(); });
    add_trace(c, params);
    c.end_by_hand();
    const auto begun = std::chrono::steady_clock::now();
    const early_requests early(c, params.pty.has_value());
    const auto given_up = [&c] { return c.why_cancelled() != cancel_reason::none; };
    auto queued = begun;
    const auto launch = [&] {
        shared.counts.wait_of(queue::starts).waited(std::chrono::steady_clock::now() - queued);
        return start_command(shared, c.who(), params, given_up);
    };
    // Behind what else has come with the request: a cancel that came with it is known before anything starts.
    co_await asio::post(c.get_executor(), asio::use_awaitable);
    queued = std::chrono::steady_clock::now();
    auto s = co_await net::run_blocking(c.starts(), launch);
    if (!s) co_return c.why_cancelled() == cancel_reason::none ? s.error() : failure_of(c.why_cancelled());
    if (s->record) c.recording = s->record->name();
    if (params.report_start) report_start(c, s->process.pid());
    auto how = settings_of(params, *s);
    how.begun = begun;
    // Pipes are closed and the zombie is reaped while the client reads its answer.
    const auto running = std::make_shared<exec_job>(shared, c, how, std::move(*s));
    c.keep_until_answered(running);
    const auto result = co_await running->run(early.kept());
    report_survivors(shared, c, running->work());
    ++shared.counts.commands[static_cast<std::size_t>(result.reason)];
    // A root that could not be ended counts as a running command until it ends.
    if (auto root = running->work().give_up_root()) shared.strays.add(std::move(*root), place);
    if (result.reason != proto::exec_reason::exited || result.exit_code != 0) c.set_unsuccessful();
    co_return boost::json::value(result.to_json());
}

} // namespace tug::service
