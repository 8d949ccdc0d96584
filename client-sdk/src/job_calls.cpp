#include <tug/detail/job_calls.hpp>

#include "at_home.hpp"
#include "job_listing_state.hpp"
#include "job_wire.hpp"
#include "object_calls.hpp"
#include "process_state.hpp"
#include "run_exec.hpp"
#include "session.hpp"
#include "wire.hpp"

#include <tug/jobs.hpp>

#include <boost/asio/system_executor.hpp>

#include <algorithm>
#include <utility>

namespace tug {

std::string_view name_of(job_state state) noexcept {
    return proto::name_of(static_cast<proto::job_state>(state));
}

std::uint64_t job_attachment::position(output_stream of) const {
    return state_ ? state_->position(of == output_stream::out ? proto::stdout_index : proto::stderr_index) : 0;
}

} // namespace tug

namespace tug::detail {

namespace asio = boost::asio;

static_assert(static_cast<int>(proto::job_state::lost) == static_cast<int>(job_state::lost));
static_assert(static_cast<int>(proto::job_overflow::end) == static_cast<int>(job_overflow::end));

namespace {

std::chrono::system_clock::time_point time_from(std::uint64_t ms) {
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(ms));
}

job_output output_from(proto::job_output said) {
    return {said.bytes, said.kept_from, std::move(said.stalled)};
}

proto::job_position position_to(const job_position& where) {
    if (where.is_end()) return proto::job_position(proto::job_position::kind::end);
    return where.at() ? proto::job_position(*where.at()) : proto::job_position();
}

template <class Params>
Params params_for(std::string name) {
    Params out;
    out.job = std::move(name);
    return out;
}

asio::awaitable<proto::result<job_attachment>> attach_to(session_ptr s, std::string name, attach_options how) {
    const auto params = to_wire(how, name);
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    if (how.reader_keeps_up) (*begun)->io().widen(proto::stdout_index);
    auto state = std::make_shared<process_state>(s, std::move(*begun));
    co_return job_attachment(s, std::move(state), std::move(name));
}

asio::awaitable<proto::result<job_listing>> begin_job_listing(session_ptr s) {
    auto begun = co_await s->begin_call(proto::job_list_params());
    if (!begun) co_return begun.error();
    co_return job_listing(std::make_shared<job_listing_state>(s, std::move(*begun)));
}

proto::job_start_params start_params(command::settings_type set, job_options how) {
    proto::job_start_params out;
    out.command = to_wire(std::move(set));
    out.job = std::move(how.name);
    out.keep_bytes = how.keep_bytes;
    out.overflow = static_cast<proto::job_overflow>(how.overflow);
    out.keep_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, how.keep_for.count()));
    return out;
}

} // namespace

job_info from_wire(proto::job_info said) {
    job_info out;
    out.name = std::move(said.job);
    out.owner = std::move(said.owner);
    out.state = static_cast<job_state>(said.state);
    out.pid = said.pid;
    out.argv = std::move(said.argv);
    out.terminal = said.terminal;
    out.started = time_from(said.started_ms);
    if (said.ended_ms) out.ended = time_from(*said.ended_ms);
    if (said.result) out.result = from_wire(std::move(*said.result));
    out.why = std::move(said.why);
    out.out = output_from(std::move(said.standard_output));
    if (said.standard_error) out.err = output_from(std::move(*said.standard_error));
    out.input_bytes = said.input_bytes;
    return out;
}

proto::job_attach_params to_wire(const attach_options& how, std::string name) {
    proto::job_attach_params out;
    out.job = std::move(name);
    out.standard_output = position_to(how.out);
    out.standard_error = position_to(how.err);
    out.standard_input = {how.with_stdin || how.input_position, how.input_position};
    out.take_over = how.take_over;
    return out;
}

asio::any_io_executor home_of(const job_listing_ptr& of) {
    if (of) return of->executor();
    return asio::system_executor();
}

asio::awaitable<started_job> start_job(session_ptr s, command what, job_options how) {
    const auto params = start_params(std::move(what).settings(), std::move(how));
    auto said = answer_as<proto::job_start_result>(params, co_await answer_to(s, params));
    started_job out;
    out.name = std::move(said.job);
    out.is_new = said.is_new;
    out.pid = said.pid;
    co_return out;
}

asio::awaitable<job_attachment> attach_job(session_ptr s, std::string name, attach_options how) {
    must_be(s);
    co_return co_await deliver(s->executor(), attach_to(s, std::move(name), how));
}

asio::awaitable<std::uint64_t> input_position(process_ptr p) {
    must_be(p);
    co_return co_await deliver(p->executor(), p->input_position());
}

namespace {

asio::awaitable<proto::result<exec_result>> end_of(session_ptr s, std::string name) {
    const auto params = params_for<proto::job_wait_params>(std::move(name));
    // It takes as long as the job: no time limit, and a cancel ends the wait alone.
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    call_guard guard(s, *begun);
    const auto answer = co_await (*begun)->wait();
    co_return read_exec_answer(answer);
}

/// Follows the job from its beginning and collects what it writes.
asio::awaitable<proto::result<exec_result>> collect(session_ptr s, std::string name, std::optional<std::string> input,
                                                    std::uint64_t limit) {
    attach_options how;
    how.out = job_position(0);
    how.err = job_position(0);
    if (input) how.input_position = 0;
    how.take_over = input.has_value();
    const auto params = to_wire(how, std::move(name));
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    call_guard guard(s, *begun);
    co_return co_await collect_output(s, *begun, std::move(input), limit);
}

asio::awaitable<proto::result<exec_result>> start_and_collect(session_ptr s, command what, job_options how) {
    auto set = std::move(what).settings();
    const auto limit = std::min(set.output_limit.value_or(proto::max_integer), set.collect_at_most);
    set.output_limit = limit;
    auto input = std::move(set.input);
    how.keep_bytes = std::max(how.keep_bytes, limit);
    const auto params = start_params(std::move(set), std::move(how));
    const auto answer = co_await ask(s, params.method, params.to_json());
    if (!answer) co_return answer.error();
    auto started = parse_answer<proto::job_start_result>(params.method, *answer);
    if (!started) co_return started.error();
    co_return co_await collect(s, std::move(started->job), std::move(input), limit);
}

} // namespace

asio::awaitable<exec_result> wait_for_job(session_ptr s, std::string name) {
    must_be(s);
    co_return co_await deliver(s->executor(), end_of(s, std::move(name)));
}

asio::awaitable<job_info> job_status(session_ptr s, std::string name) {
    const auto params = params_for<proto::job_status_params>(std::move(name));
    co_return from_wire(answer_as<proto::job_info>(params, co_await answer_to(s, params)));
}

asio::awaitable<job_listing> list_jobs(session_ptr s) {
    must_be(s);
    co_return co_await deliver(s->executor(), begin_job_listing(s));
}

asio::awaitable<void> signal_job(session_ptr s, std::string name, std::string signal) {
    auto params = params_for<proto::job_signal_params>(std::move(name));
    params.signal = std::move(signal);
    return ask_to(std::move(s), params);
}

asio::awaitable<void> resize_job(session_ptr s, std::string name, std::uint16_t rows, std::uint16_t cols) {
    auto params = params_for<proto::job_resize_params>(std::move(name));
    params.rows = rows;
    params.cols = cols;
    return ask_to(std::move(s), params);
}

asio::awaitable<void> cancel_job(session_ptr s, std::string name) {
    return ask_to(std::move(s), params_for<proto::job_cancel_params>(std::move(name)));
}

asio::awaitable<void> remove_job(session_ptr s, std::string name) {
    return ask_to(std::move(s), params_for<proto::job_remove_params>(std::move(name)));
}

asio::awaitable<exec_result> run_once(session_ptr s, command what, job_options how) {
    must_be(s);
    constexpr bool of_its_own = true;
    co_return co_await deliver(s->executor(), start_and_collect(s, std::move(what), std::move(how)), of_its_own);
}

} // namespace tug::detail
