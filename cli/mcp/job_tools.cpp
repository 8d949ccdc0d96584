#include "follow.hpp"
#include "limits.hpp"
#include "tool.hpp"

#include "cli/commands/job_text.hpp"

#include <tug/error.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

asio::awaitable<json::object> job_status(tool_call& call) {
    const auto name = call.given.needed_text("job");
    const auto client = co_await call.on.get();
    co_return to_json(co_await client->jobs().status(name));
}

asio::awaitable<json::object> job_list(tool_call& call) {
    const auto most = call.given.number("max_entries").value_or(usual_entries);
    const auto client = co_await call.on.get();
    auto listing = co_await client->jobs().list();
    json::array jobs;
    bool more = false;
    for (;;) {
        const auto job = co_await listing.next();
        if (!job) break;
        more = jobs.size() == most;
        if (more) break;
        jobs.emplace_back(to_json(*job));
    }
    co_return json::object{{"jobs", std::move(jobs)}, {"more", more}};
}

/// Where `from` or `tail` says to begin.
std::uint64_t begin_of(const job_output& kept, std::optional<std::uint64_t> from, bool tail, std::uint64_t most) {
    if (tail) return std::max(kept.kept_from, kept.bytes - std::min(kept.bytes, most));
    return from.value_or(kept.kept_from);
}

const job_output& output_of(const job_info& info, bool err) {
    if (err && !info.err) wrong_argument("stream", "this job has no stderr of its own");
    return err ? *info.err : info.out;
}

/// The bytes from a position on: what there is, up to `most`, or what comes first until that moment.
asio::awaitable<bounded_output> read_from(tool_call& call, const std::string& name, bool err, std::uint64_t begin,
                                          std::uint64_t there, std::uint64_t most,
                                          std::chrono::steady_clock::time_point until) {
    followed_output seen;
    auto& one = err ? seen.err : seen.out;
    one.emplace(2 * most, begin); // the first half has them in order
    seen.enough = there > 0 ? std::min(there, most) : 1;
    (void)co_await follow(call, name, seen, until);
    co_return std::move(*one);
}

asio::awaitable<json::object> job_output_of(tool_call& call) {
    const auto name = call.given.needed_text("job");
    const bool err = call.given.choice("stream") == "stderr";
    const auto from = call.given.number("from");
    const auto most = call.given.number("max_bytes").value_or(usual_bytes);
    const auto wait = call.given.number("wait_ms").value_or(0);
    const bool tail = call.given.flag("tail", false);
    const bool base64 = call.given.choice("encoding") == "base64";
    const auto client = co_await call.on.get();
    auto info = co_await client->jobs().status(name);
    const auto begin = begin_of(output_of(info, err), from, tail, most);
    const auto there = output_of(info, err).bytes - std::min(output_of(info, err).bytes, begin);
    bounded_output read(0, begin);
    if (there > 0 || (info.state == job_state::running && wait > 0)) {
        const auto until = from_now(there > 0 ? most_wait : wait);
        read = co_await read_from(call, name, err, begin, there, most, until);
        info = co_await client->jobs().status(name);
    }
    const auto end = output_of(info, err).bytes;
    const auto at = begin + read.dropped();
    std::string_view shown = read.head();
    if (!base64 && at + shown.size() < end && begun_character(shown) < shown.size())
        shown.remove_suffix(begun_character(shown)); // the next answer begins with it
    json::object out{{"job", name}, {"state", name_of(info.state)}, {"from", at}};
    if (read.dropped() > 0) out["dropped"] = read.dropped();
    put_bytes(out, "text", shown, base64);
    out["next"] = at + shown.size();
    out["bytes"] = end;
    out["more"] = at + shown.size() < end || info.state == job_state::running;
    co_return out;
}

asio::awaitable<json::object> job_wait(tool_call& call) {
    const auto name = call.given.needed_text("job");
    const auto wait = call.given.number("wait_ms").value_or(usual_wait);
    const auto until = from_now(wait);
    followed_output nothing;
    const auto result = co_await follow(call, name, nothing, until);
    const auto client = co_await call.on.get();
    auto out = to_json(co_await client->jobs().status(name));
    if (result) out["result"] = to_json(*result);
    co_return out;
}

asio::awaitable<json::object> job_signal(tool_call& call) {
    const auto name = call.given.needed_text("job");
    const auto signal = call.given.needed_text("signal");
    const auto client = co_await call.on.get();
    co_await client->jobs().signal(name, signal);
    co_return json::object{{"job", name}, {"sent", signal}};
}

asio::awaitable<json::object> job_cancel(tool_call& call) {
    const auto name = call.given.needed_text("job");
    const auto client = co_await call.on.get();
    co_await client->jobs().cancel(name);
    co_return to_json(co_await client->jobs().status(name));
}

asio::awaitable<json::object> job_remove(tool_call& call) {
    const auto name = call.given.needed_text("job");
    const auto client = co_await call.on.get();
    co_await client->jobs().remove(name);
    co_return json::object{{"removed", name}};
}

constexpr std::array<std::string_view, 2> outputs{"stdout", "stderr"};
constexpr auto job = parameter::text("job").needed();

constexpr std::array one_job{job};
constexpr std::array output_parameters{
    job,
    parameter::choice("stream", outputs),
    parameter::whole("from", 0, INT64_MAX, "the position of a byte"),
    parameter::flag("tail"),
    parameter::whole("max_bytes", 1, most_bytes, "16384 unless given"),
    parameter::whole("wait_ms", 0, most_wait),
    parameter::choice("encoding", encodings),
};
constexpr std::array wait_parameters{job, parameter::whole("wait_ms", 0, most_wait, "30000 unless given")};
constexpr std::array signal_parameters{job, parameter::text("signal", "TERM, INT, HUP, ...").needed()};
constexpr std::array job_list_parameters{parameter::whole("max_entries", 1, most_entries, "500 unless given")};

constexpr std::array job_tool_list{
    tool{.name = "job_status",
         .need = "exec",
         .of_jobs = true,
         .description =
             "How a job is: running, ended or lost; its result, command, times, and how much it has written.",
         .parameters = one_job,
         .run = job_status},
    tool{.name = "job_output",
         .need = "exec",
         .of_jobs = true,
         .description = "What a job has written, from a byte position on (the oldest that is kept where none is given; "
                        "tail: the last max_bytes). next is where to go on. wait_ms waits for new output where there "
                        "is none.",
         .parameters = output_parameters,
         .run = job_output_of},
    tool{.name = "job_wait",
         .need = "exec",
         .of_jobs = true,
         .description = "Waits until a job has ended, at most wait_ms; then says how it is.",
         .parameters = wait_parameters,
         .run = job_wait},
    tool{.name = "job_signal",
         .need = "exec",
         .what = tool::effect::changes,
         .of_jobs = true,
         .description = "Sends a signal, by its name without SIG, to the process group of a job.",
         .parameters = signal_parameters,
         .run = job_signal},
    tool{.name = "job_cancel",
         .need = "exec",
         .what = tool::effect::changes,
         .of_jobs = true,
         .description = "Ends a job with all its processes, and answers when it has ended.",
         .parameters = one_job,
         .run = job_cancel},
    tool{.name = "job_list",
         .need = "exec",
         .of_jobs = true,
         .description = "The jobs of this key.",
         .parameters = job_list_parameters,
         .run = job_list},
    tool{.name = "job_remove",
         .need = "exec",
         .what = tool::effect::changes,
         .of_jobs = true,
         .description = "Forgets a job that has ended, with its output.",
         .parameters = one_job,
         .run = job_remove},
};

} // namespace

std::span<const tool> job_tools() {
    return job_tool_list;
}

} // namespace tug::cli::mcp
