#include "job_calls.hpp"

#include "nats/objects.hpp"
#include "on_thread.hpp"

#include <tug/bytes.hpp>
#include <tug/transfer.hpp>

#include <boost/json/array.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace tug::worker {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

failure failure_of_object(const nats_error& why) {
    switch (why.what_kind()) {
    case nats_error::kind::unavailable: return {errc::busy, why.what()};
    case nats_error::kind::not_found: return {errc::not_found, why.what()};
    default: return {errc::io_error, why.what()};
    }
}

/// Work of NATS on a thread, whose errors are those of a transfer.
template <class R>
asio::awaitable<R> with_store(asio::thread_pool& threads, std::function<R()> work) {
    std::optional<failure> why;
    try {
        co_return co_await on_thread<R>(threads, std::move(work));
    } catch (const nats_error& e) {
        why = failure_of_object(e);
    }
    throw error(*why);
}

class object_source final : public source {
public:
    object_source(std::unique_ptr<object_reader> from, asio::thread_pool& threads)
        : from_(std::move(from)), threads_(threads) {}

    asio::awaitable<chunk> next(std::size_t most) override {
        if (rest_.empty()) {
            std::function<std::string()> read = [this] { return from_->next(); };
            rest_ = co_await with_store(threads_, std::move(read));
        }
        auto out = chunk::copy_of(std::string_view(rest_).substr(0, most));
        rest_.erase(0, out.size());
        co_return out;
    }

    [[nodiscard]] std::optional<std::uint64_t> size() const override { return from_->size(); }

private:
    std::unique_ptr<object_reader> from_;
    asio::thread_pool& threads_;
    std::string rest_;
};

class object_sink final : public sink {
public:
    object_sink(object_writer& to, asio::thread_pool& threads) : to_(to), threads_(threads) {}

    asio::awaitable<void> write(chunk piece) override {
        const auto held = std::make_shared<chunk>(std::move(piece));
        std::function<bool()> write = [this, held] {
            to_.write(held->text());
            return true;
        };
        (void)co_await with_store(threads_, std::move(write));
    }

private:
    object_writer& to_;
    asio::thread_pool& threads_;
};

json::object json_of(const stream_summary& of) {
    return {{"bytes", of.bytes}, {"digest", of.digest}};
}

json::object json_of(const exec_result& of) {
    json::object usage{
        {"user_us", of.usage.user_us}, {"system_us", of.usage.system_us}, {"max_rss_bytes", of.usage.max_rss_bytes}};
    if (of.usage.memory_peak_bytes) usage["memory_peak_bytes"] = *of.usage.memory_peak_bytes;
    if (of.usage.read_bytes) usage["read_bytes"] = *of.usage.read_bytes;
    if (of.usage.written_bytes) usage["written_bytes"] = *of.usage.written_bytes;
    json::object out{{"reason", name_of(of.reason)},
                     {"stdout", json_of(of.out_summary)},
                     {"stderr", json_of(of.err_summary)},
                     {"usage", std::move(usage)},
                     {"wall_us", of.wall.count()}};
    if (of.exit_code) out["exit_code"] = *of.exit_code;
    if (of.signal) out["signal"] = *of.signal;
    if (of.contained_by) out["containment"] = name_of(*of.contained_by);
    if (of.survivors) out["survivors"] = *of.survivors;
    return out;
}

void append_tail(std::string& to, std::string_view piece, std::size_t most) {
    to += piece;
    if (to.size() > 2 * most) to.erase(0, to.size() - most);
}

/// From what is kept of its outputs.
asio::awaitable<json::object> tail_of(client& on, std::string name, std::size_t most) {
    auto seen = co_await on.jobs().attach(std::move(name));
    std::string out, err;
    for (;;) {
        const auto piece = co_await seen.read();
        if (piece.end()) break;
        append_tail(piece.from() == output_stream::out ? out : err, piece.text(), most);
    }
    json::object tail;
    for (auto& [member, bytes] : {std::pair{"stdout", &out}, std::pair{"stderr", &err}}) {
        if (bytes->size() > most) bytes->erase(0, bytes->size() - most);
        tail[member] = base64_encode(std::as_bytes(std::span(*bytes)));
    }
    co_return tail;
}

asio::awaitable<void> fetch_file(client& on, const job_file& file, queue_link& queue, asio::thread_pool& threads) {
    object_writer to(queue, file.object);
    object_sink sink(to, threads);
    (void)co_await on.get(file.path, sink, get_options());
    std::function<bool()> finish = [&to] {
        to.finish();
        return true;
    };
    (void)co_await with_store(threads, std::move(finish));
}

bool is_loss(errc code) {
    return code == errc::connection_lost || code == errc::client_closed || code == errc::busy ||
           code == errc::shutting_down;
}

} // namespace

asio::awaitable<void> send_files(client& on, const job_request& request, queue_link& queue,
                                 asio::thread_pool& threads) {
    for (const auto& file : request.in) {
        std::function<std::unique_ptr<object_reader>()> open = [&] {
            return std::make_unique<object_reader>(queue, file.object);
        };
        object_source from(co_await with_store(threads, std::move(open)), threads);
        put_options how;
        how.make_parents();
        (void)co_await on.put(from, file.path, std::move(how));
    }
}

asio::awaitable<void> start_job(client& on, const job_request& request, std::string name) {
    auto params = start_params(request, name);
    (void)co_await on.call("job.start", std::move(params));
}

asio::awaitable<bool> knows_job(client& on, std::string name) {
    std::optional<failure> why;
    try {
        (void)co_await on.jobs().status(std::move(name));
        co_return true;
    } catch (const error& e) {
        why = e.failure();
    }
    if (why->code != errc::not_found) throw error(*why);
    co_return false;
}

asio::awaitable<json::object> end_of_job(client& on, std::string name) {
    const auto ended = co_await on.jobs().wait(std::move(name));
    co_return json_of(ended);
}

asio::awaitable<json::object> collect(client& on, const job_request& request, std::string name, std::size_t tail,
                                      queue_link& queue, asio::thread_pool& threads) {
    json::object more;
    more["tail"] = co_await tail_of(on, std::move(name), tail);
    json::array files;
    for (const auto& file : request.out) {
        json::object told{{"path", file.path}, {"object", file.object}};
        std::optional<failure> why;
        try {
            co_await fetch_file(on, file, queue, threads);
        } catch (const error& e) {
            why = e.failure();
        }
        if (why && is_loss(why->code)) throw error(*why);
        if (why) told["error"] = failure_object(*why);
        files.push_back(std::move(told));
    }
    if (!files.empty()) more["out"] = std::move(files);
    co_return more;
}

} // namespace tug::worker
