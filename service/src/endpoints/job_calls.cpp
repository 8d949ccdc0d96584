// The short methods of jobs: what is said of them, and what is done to them.

#include "endpoints/endpoints.hpp"
#include "endpoints/job_access.hpp"
#include "jobs/holder_client.hpp"

#include <tug/proto/signal_names.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using proto::job_state;

const proto::failure end_of_job(proto::errc::not_found, "the job has ended already");

/// Connects to the holder of a job that runs. False where it has ended meanwhile.
asio::awaitable<proto::result<bool>> connect_to(context& shared, call& c, const found_job& job, holder_client& holder) {
    const auto open = [&] { return shared.jobs->directory_of(job); };
    const auto directory = co_await net::run_blocking(c.files(), open);
    if (!directory) co_return directory.error();
    co_return co_await holder.connect(*directory);
}

/// Calls the holder of a job and waits for its answer.
asio::awaitable<proto::result<void>> tell(context& shared, call& c, const std::string& name, std::string_view method,
                                          json::object params) {
    found_job job;
    const auto info = co_await look_at_job(shared, c, name, job);
    if (!info) co_return info.error();
    if (info->state != job_state::running) co_return end_of_job;
    holder_client holder(c.get_executor());
    const auto there = co_await connect_to(shared, c, job, holder);
    proto::result<void> out = there ? proto::result<void>() : there.error();
    if (there && !*there) out = end_of_job;
    if (out) out = holder.start(method, params);
    if (out) out = co_await holder.wait();
    co_await holder.close();
    if (!out && out.error().code == proto::errc::connection_lost) out = end_of_job;
    co_return out;
}

answer done(const proto::result<void>& how) {
    if (!how) return how.error();
    return json::value(json::object());
}

asio::awaitable<void> follow(holder_client& holder, call& c) {
    std::vector<proto::stream_spec> streams;
    streams.emplace_back("changes", proto::direction::to_client);
    if (!holder.start("follow", {}, streams)) co_return;
    net::task_group tasks(c.get_executor());
    const auto relay = [&holder, &c]() -> asio::awaitable<void> {
        while (!holder.answer()) co_await holder.changed().async_wait(asio::as_tuple(asio::use_awaitable));
        c.changed().notify_all();
    };
    const auto drop = [&holder]() -> asio::awaitable<void> {
        for (;;) {
            const auto piece = co_await holder.io().read(0);
            if (!piece || piece->empty()) co_return;
        }
    };
    tasks.spawn(relay());
    tasks.spawn(drop());
    while (!holder.answer() && c.why_cancelled() == cancel_reason::none)
        co_await c.changed().async_wait(asio::as_tuple(asio::use_awaitable));
    holder.io().interrupt(proto::failure(proto::errc::cancelled));
    tasks.cancel();
    co_await tasks.join();
}

/// How the job is once it is over; nothing where the call has to end before.
asio::awaitable<proto::result<proto::job_info>> wait_for_end(context& shared, call& c, const std::string& name) {
    found_job job;
    for (;;) {
        auto info = co_await look_at_job(shared, c, name, job);
        if (!info || info->state != job_state::running) co_return info;
        if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
        holder_client holder(c.get_executor());
        const auto there = co_await connect_to(shared, c, job, holder);
        if (there && *there) co_await follow(holder, c);
        co_await holder.close();
        // A holder that begins, or ends, does not answer for a moment.
        if (!there || !*there) co_await c.wait_for(std::chrono::milliseconds(20));
    }
}

} // namespace

asio::awaitable<answer> job_wait(context& shared, call& c, proto::job_wait_params params) {
    const auto info = co_await wait_for_end(shared, c, params.job);
    if (!info) co_return info.error();
    if (info->state == job_state::lost) co_return job_is_lost(*info);
    co_return json::value(info->result->to_json());
}

asio::awaitable<answer> job_status(context& shared, call& c, proto::job_status_params params) {
    found_job job;
    const auto info = co_await look_at_job(shared, c, params.job, job);
    if (!info) co_return info.error();
    co_return json::value(info->to_json());
}

asio::awaitable<answer> job_signal(context& shared, call& c, proto::job_signal_params params) {
    const auto number = proto::signal_number(params.signal);
    if (!number)
        co_return proto::failure::bad_field("signal", "is no signal name as `kill -l` prints them, without SIG");
    json::object which{{"number", *number}};
    co_return done(co_await tell(shared, c, params.job, "signal", std::move(which)));
}

asio::awaitable<answer> job_resize(context& shared, call& c, proto::job_resize_params params) {
    json::object size{{"rows", params.rows}, {"cols", params.cols}};
    co_return done(co_await tell(shared, c, params.job, "resize", std::move(size)));
}

/// One that has ended is as it is to be.
asio::awaitable<answer> job_cancel(context& shared, call& c, proto::job_cancel_params params) {
    json::object nothing;
    const auto told = co_await tell(shared, c, params.job, "end", std::move(nothing));
    if (!told && told.error().message != end_of_job.message) co_return told.error();
    const auto info = co_await wait_for_end(shared, c, params.job);
    if (!info) co_return info.error();
    co_return json::value(json::object());
}

asio::awaitable<answer> job_remove(context& shared, call& c, proto::job_remove_params params) {
    if (!shared.jobs) co_return no_jobs();
    const auto work = [&]() -> proto::result<void> {
        const auto job = shared.jobs->find(c.who(), params.job);
        if (!job) return job.error();
        return shared.jobs->remove(*job);
    };
    co_return done(co_await net::run_blocking(c.files(), work));
}

asio::awaitable<answer> job_list(context& shared, call& c, proto::job_list_params) {
    if (!shared.jobs) co_return no_jobs();
    const auto names = [&] { return shared.jobs->list(c.who()); };
    const auto all = co_await net::run_blocking(c.files(), names);
    if (!all) co_return all.error();
    proto::job_list_result out;
    std::size_t next = 0;
    const auto lines = [&]() -> proto::result<std::string> {
        std::string text;
        while (next < all->size() && text.size() < proto::piece_size / 2) {
            const auto before = text.size();
            if (auto added = shared.jobs->add_line((*all)[next++], text); !added) return added.error();
            if (text.size() > before) ++out.jobs;
        }
        return text;
    };
    while (next < all->size()) {
        const auto text = co_await net::run_blocking(c.files(), lines);
        if (!text) co_return text.error();
        const auto sent = co_await c.write(0, proto::chunk::copy_of(*text));
        if (!sent) co_return sent.error();
        if (!*sent) break;
    }
    co_return json::value(out.to_json());
}

} // namespace tug::service
