#include "run_put.hpp"

#include "file_reader.hpp"
#include "file_threads.hpp"
#include "progress_counter.hpp"
#include "wire.hpp"

#include <tug/net/blocking.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

/// What a put sends, piece by piece, with its digest at the end.
class sender {
public:
    sender() = default;
    sender(const sender&) = delete;
    sender& operator=(const sender&) = delete;
    virtual ~sender() = default;

    /// Empty at the end.
    [[nodiscard]] virtual asio::awaitable<proto::result<proto::chunk>> next() = 0;
    [[nodiscard]] virtual proto::digest digest() = 0;
};

class source_sender final : public sender {
public:
    source_sender(source& from, proto::digest_kind kind) : from_(from), hasher_(kind) {}

    asio::awaitable<proto::result<proto::chunk>> next() override {
        auto piece = co_await from_.next(proto::piece_size);
        hasher_.update(piece.bytes());
        co_return std::move(piece);
    }

    proto::digest digest() override { return hasher_.finish(); }

private:
    source& from_;
    proto::hasher hasher_;
};

class text_sender final : public sender {
public:
    text_sender(std::string_view text, proto::digest_kind kind) : left_(text), hasher_(kind) {}

    asio::awaitable<proto::result<proto::chunk>> next() override {
        auto piece = proto::chunk::copy_of(left_.substr(0, proto::piece_size));
        left_.remove_prefix(piece.size());
        hasher_.update(piece.bytes());
        co_return std::move(piece);
    }

    proto::digest digest() override { return hasher_.finish(); }

private:
    std::string_view left_;
    proto::hasher hasher_;
};

/// Reads a block ahead on a file thread: while its pieces are on their way the server has work, so that nothing waits
/// for the next block.
class file_sender final : public sender {
public:
    file_sender(file_reader& file, net::blocking_pool& threads) : file_(file), threads_(threads) {}

    asio::awaitable<proto::result<proto::chunk>> next() override {
        if (at_ == block_.size()) {
            const auto read = [this] { return file_.next_block(); };
            auto block = co_await net::run_blocking(threads_, read);
            if (!block) co_return block.error();
            block_ = std::move(*block);
            at_ = 0;
        }
        co_return at_ < block_.size() ? std::move(block_[at_++]) : proto::chunk();
    }

    proto::digest digest() override { return file_.digest(); }

private:
    file_reader& file_;
    net::blocking_pool& threads_;
    std::vector<proto::chunk> block_;
    std::size_t at_ = 0;
};

/// What the sender throws is kept: an `||` of awaitables would wait for the other one then.
asio::awaitable<proto::result<proto::chunk>> next_of(sender& from, std::exception_ptr& thrown) {
    try {
        co_return co_await from.next();
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return failure(errc::cancelled);
}

/// Sends all of it and eof. True where all is sent; false where the server wants no more, which it explains in its
/// answer.
asio::awaitable<proto::result<bool>> send_all(pending& p, sender& from, progress_counter& passed,
                                              proto::digest& digest) {
    using namespace asio::experimental::awaitable_operators;
    constexpr std::size_t data = 0;
    for (;;) {
        // A source may take for ever; an answer, or the loss of the connection, does not wait for it.
        std::exception_ptr thrown;
        auto first = co_await (next_of(from, thrown) || p.wait());
        if (p.answer()) co_return false;
        if (thrown) std::rethrow_exception(thrown);
        if (first.index() == 1) co_return failure(errc::cancelled);
        auto& piece = std::get<0>(first);
        if (!piece) co_return piece.error();
        if (piece->empty()) break;
        const auto size = piece->size();
        const auto sent = co_await p.io().write(data, std::move(*piece));
        if (!sent) co_return p.answer() ? proto::result<bool>(false) : sent.error();
        if (!*sent) co_return false;
        passed.add(size);
    }
    if (p.answer()) co_return false;
    digest = from.digest();
    p.io().send_eof(data, digest.to_string());
    co_return true;
}

proto::result<put_result> check(const proto::result<boost::json::value>& answer, bool sent_all, std::uint64_t bytes,
                                const proto::digest& digest) {
    if (!answer) return answer.error();
    if (!sent_all) return failure(errc::protocol_violation, "the server stored a file before it had all of it");
    const auto* members = answer->if_object();
    if (!members) return failure(errc::protocol_violation, "the result of put is no object");
    auto result = proto::put_result::parse(*members);
    if (!result) return failure(errc::protocol_violation, "the result of put: " + result.error().message);
    if (result->size != bytes)
        return failure(errc::size_mismatch,
                       std::to_string(bytes) + " bytes were sent, the server stored " + std::to_string(result->size));
    if (result->digest != digest.to_string())
        return failure(errc::digest_mismatch, "the server stored other bytes than were sent");
    return from_wire(std::move(*result));
}

asio::awaitable<proto::result<put_result>> run(std::shared_ptr<session> s, sender& from, proto::put_params params,
                                               const progress_callback& progress, std::optional<std::uint64_t> total,
                                               const place_in_order* place = nullptr) {
    auto begun = co_await s->begin_call(params, std::chrono::milliseconds(), place);
    if (!begun) co_return begun.error();
    const auto& p = *begun;
    call_guard guard(s, p);
    progress_counter passed(progress, total);
    proto::digest digest;
    proto::result<bool> sent = failure(errc::cancelled);
    try {
        sent = co_await send_all(*p, from, passed, digest);
    } catch (const boost::system::system_error& e) {
        // What a co_await throws in a coroutine that was cancelled.
        if (e.code() != asio::error::operation_aborted) throw;
    }
    if (!sent && sent.error().code != errc::cancelled) co_return sent.error();
    co_await asio::this_coro::throw_if_cancelled(false);
    proto::result<boost::json::value> answer = failure(errc::cancelled);
    if (sent) answer = co_await p->wait();
    const bool cancelled = !p->answer();
    if (cancelled) answer = co_await cancel_and_wait(s, p);
    // From the rename on a cancel comes too late: then the file is stored, and that is the truth.
    if (cancelled && !(sent && *sent && answer)) co_return errc::cancelled;
    co_return check(answer, sent && *sent, passed.bytes(), digest);
}

} // namespace

asio::awaitable<proto::result<put_result>> put_file(std::shared_ptr<session> s, std::string local, std::string remote,
                                                    put_options how, const place_in_order* place) {
    auto params = to_wire(how.settings(), std::move(remote));
    auto& threads = file_threads::of(s->executor());
    file_reader file(std::move(local), params.digest.kind);
    const auto open = [&file] { return file.open(); };
    const auto opened = co_await net::run_blocking(threads, open);
    if (!opened) co_return opened.error();
    params.size = file.size();
    if (how.settings().preserve) {
        if (!params.new_mode) params.new_mode = file.mode();
        if (!params.mtime_ns) params.mtime_ns = file.mtime_ns();
    }
    file_sender from(file, threads);
    co_return co_await run(std::move(s), from, std::move(params), how.settings().progress, file.size(), place);
}

asio::awaitable<proto::result<put_result>> put_source(std::shared_ptr<session> s, source& from, std::string remote,
                                                      put_options how) {
    auto params = to_wire(how.settings(), std::move(remote));
    source_sender pieces(from, params.digest.kind);
    // What a source says of its size is not told to the server, which would hold it to that.
    co_return co_await run(std::move(s), pieces, std::move(params), how.settings().progress, from.size());
}

asio::awaitable<proto::result<put_result>> put_text(std::shared_ptr<session> s, std::string bytes, std::string remote,
                                                    put_options how) {
    auto params = to_wire(how.settings(), std::move(remote));
    params.size = bytes.size();
    text_sender pieces(bytes, params.digest.kind);
    co_return co_await run(std::move(s), pieces, std::move(params), how.settings().progress, bytes.size());
}

} // namespace tug::detail
