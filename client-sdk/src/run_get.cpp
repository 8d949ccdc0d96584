#include "run_get.hpp"

#include "file_threads.hpp"
#include "file_writer.hpp"
#include "progress_counter.hpp"
#include "wire.hpp"

#include <tug/net/blocking.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

constexpr std::size_t data = 0;
/// So many pieces that wait already are handed on at once: one trip to a file thread for all of them.
constexpr std::size_t batch_pieces = 4;

/// Where a get leaves its bytes, batch by batch, and their digest at the end.
class receiver {
public:
    receiver() = default;
    receiver(const receiver&) = delete;
    receiver& operator=(const receiver&) = delete;
    virtual ~receiver() = default;

    [[nodiscard]] virtual asio::awaitable<proto::result<void>> take(std::vector<proto::chunk> batch) = 0;
    [[nodiscard]] virtual proto::digest digest() = 0;
};

class sink_receiver final : public receiver {
public:
    sink_receiver(sink& to, proto::digest_kind kind) : to_(to), hasher_(kind) {}

    asio::awaitable<proto::result<void>> take(std::vector<proto::chunk> batch) override {
        for (auto& piece : batch) {
            hasher_.update(piece.bytes());
            co_await to_.write(std::move(piece));
        }
        co_return proto::result<void>();
    }

    proto::digest digest() override { return hasher_.finish(); }

private:
    sink& to_;
    proto::hasher hasher_;
};

class text_receiver final : public receiver {
public:
    text_receiver(std::uint64_t most, proto::digest_kind kind) : most_(most), hasher_(kind) {}

    asio::awaitable<proto::result<void>> take(std::vector<proto::chunk> batch) override {
        for (const auto& piece : batch) {
            if (piece.size() > most_ - text_.size())
                co_return failure(errc::size_mismatch, "there are more than " + std::to_string(most_) +
                                                           " bytes, the most to be held in memory");
            hasher_.update(piece.bytes());
            text_ += piece.text();
        }
        co_return proto::result<void>();
    }

    proto::digest digest() override { return hasher_.finish(); }

    [[nodiscard]] std::string& text() noexcept { return text_; }

private:
    std::uint64_t most_;
    std::string text_;
    proto::hasher hasher_;
};

/// While a file thread writes one batch, the next one comes in.
class file_receiver final : public receiver {
public:
    file_receiver(file_writer& file, net::blocking_pool& threads) : file_(file), threads_(threads) {}

    asio::awaitable<proto::result<void>> take(std::vector<proto::chunk> batch) override {
        const auto write = [&] { return file_.write(batch); };
        co_return co_await net::run_blocking(threads_, write);
    }

    proto::digest digest() override { return file_.digest(); }

private:
    file_writer& file_;
    net::blocking_pool& threads_;
};

/// Takes in the stream to its eof. An end without eof is not success here: the answer says what it was.
asio::awaitable<proto::result<void>> receive_all(pending& p, receiver& to, progress_counter& passed,
                                                 std::optional<std::uint64_t> most) {
    for (;;) {
        auto first = co_await p.io().read(data);
        if (!first) co_return first.error();
        if (first->empty()) co_return proto::result<void>();
        std::vector<proto::chunk> batch;
        std::uint64_t size = first->size();
        batch.push_back(std::move(*first));
        while (batch.size() < batch_pieces) {
            auto more = p.io().read_more(data);
            if (!more) break;
            size += more->size();
            batch.push_back(std::move(*more));
        }
        if (most && size > *most - passed.bytes())
            co_return failure(errc::protocol_violation, "the server sent more than it was asked for");
        const auto taken = co_await to.take(std::move(batch));
        if (!taken) co_return taken.error();
        passed.add(size);
    }
}

/// How many bytes a file of that size gives; absent where only the server knows: a file of /proc has size 0.
std::optional<std::uint64_t> expected(const proto::get_params& asked, std::uint64_t size) {
    if (size == 0) return std::nullopt;
    const auto left = size - std::min(asked.offset, size);
    return std::min(left, asked.length.value_or(left));
}

proto::result<get_result> check(const proto::result<boost::json::value>& answer, const proto::get_params& asked,
                                std::uint64_t bytes, const proto::digest& digest) {
    if (!answer) return answer.error();
    const auto* members = answer->if_object();
    if (!members) return failure(errc::protocol_violation, "the result of get is no object");
    auto result = proto::get_result::parse(*members);
    if (!result) return failure(errc::protocol_violation, "the result of get: " + result.error().message);
    if (result->bytes != bytes || expected(asked, result->size).value_or(bytes) != bytes)
        return failure(errc::size_mismatch, std::to_string(bytes) + " bytes came, the server says " +
                                                std::to_string(result->bytes) + " of a file of " +
                                                std::to_string(result->size));
    if (asked.digest != proto::digest_kind::none && result->digest != digest.to_string())
        return failure(errc::digest_mismatch, "other bytes came than the server sent");
    return from_wire(std::move(*result));
}

asio::awaitable<proto::result<get_result>> run(std::shared_ptr<session> s, receiver& to, proto::get_params params,
                                               progress_counter& passed, const place_in_order* place = nullptr) {
    auto begun = co_await s->begin_call(params, std::chrono::milliseconds(), place);
    if (!begun) co_return begun.error();
    const auto& p = *begun;
    call_guard guard(s, p);
    const auto received = co_await receive_all(*p, to, passed, params.length);
    // Where the answer ended the stream, it says why.
    if (!received && !(p->answer() && !p->answer()->has_value())) co_return received.error();
    const auto answer = co_await p->wait();
    co_return check(answer, params, passed.bytes(), to.digest());
}

/// Takes nothing: for a get that only asks for the size.
class no_receiver final : public receiver {
public:
    asio::awaitable<proto::result<void>> take(std::vector<proto::chunk>) override { co_return proto::result<void>(); }

    proto::digest digest() override { return {}; }
};

/// What a get of these params will bring; for a progress bar, so it need not be true in the end.
asio::awaitable<proto::result<std::optional<std::uint64_t>>>
ask_total(std::shared_ptr<session> s, proto::get_params params, const progress_callback& progress) {
    if (!progress || params.length) co_return params.length;
    auto probe = params;
    probe.length = 0;
    probe.digest = proto::digest_kind::none;
    no_receiver nothing;
    const progress_callback silent;
    progress_counter passed(silent, std::nullopt);
    const auto said = co_await run(std::move(s), nothing, std::move(probe), passed);
    if (!said) co_return said.error();
    co_return expected(params, said->size);
}

} // namespace

asio::awaitable<proto::result<get_result>> get_file(std::shared_ptr<session> s, std::string remote, std::string local,
                                                    get_options how, const place_in_order* place) {
    auto params = to_wire(how.settings(), std::move(remote));
    proto::result<std::optional<std::uint64_t>> total = std::optional<std::uint64_t>();
    if (!place) total = co_await ask_total(s, params, how.settings().progress);
    if (!total) co_return total.error();
    auto& threads = file_threads::of(s->executor());
    file_writer file(std::move(local), params.digest, how.settings().durable);
    file_receiver to(file, threads);
    progress_counter passed(how.settings().progress, *total);
    auto result = co_await run(std::move(s), to, std::move(params), passed, place);
    if (!result) co_return result;
    if (how.settings().preserve) file.set_attributes(result->mode, result->mtime_ns);
    const auto commit = [&] { return file.commit(); };
    const auto done = co_await net::run_blocking(threads, commit);
    if (!done) co_return done.error();
    co_return result;
}

asio::awaitable<proto::result<get_result>> get_sink(std::shared_ptr<session> s, std::string remote, sink& to,
                                                    get_options how) {
    auto params = to_wire(how.settings(), std::move(remote));
    const auto total = co_await ask_total(s, params, how.settings().progress);
    if (!total) co_return total.error();
    sink_receiver receiver(to, params.digest);
    progress_counter passed(how.settings().progress, *total);
    co_return co_await run(std::move(s), receiver, std::move(params), passed);
}

asio::awaitable<proto::result<std::string>> get_text(std::shared_ptr<session> s, std::string remote, get_options how) {
    auto params = to_wire(how.settings(), std::move(remote));
    const auto total = co_await ask_total(s, params, how.settings().progress);
    if (!total) co_return total.error();
    text_receiver receiver(how.settings().max_bytes, params.digest);
    progress_counter passed(how.settings().progress, *total);
    const auto result = co_await run(std::move(s), receiver, std::move(params), passed);
    if (!result) co_return result.error();
    co_return std::move(receiver.text());
}

} // namespace tug::detail
