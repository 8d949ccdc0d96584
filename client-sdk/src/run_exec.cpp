#include "run_exec.hpp"

#include "stream_check.hpp"
#include "wire.hpp"

#include <tug/net/condition.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

asio::awaitable<proto::result<std::shared_ptr<pending>>> begin_exec(session& s, const proto::exec_params& params,
                                                                    const place_in_order* place) {
    const std::chrono::milliseconds grace(params.grace_ms.value_or(proto::default_grace_ms));
    return s.begin_call(params, grace, place);
}

proto::result<exec_result> read_exec_answer(const proto::result<boost::json::value>& answer) {
    if (!answer) return answer.error();
    const auto* members = answer->if_object();
    if (!members) return failure(errc::protocol_violation, "the result of exec is no object");
    auto parsed = proto::exec_result::parse(*members);
    if (!parsed) return failure(errc::protocol_violation, "the result of exec: " + parsed.error().message);
    return from_wire(std::move(*parsed));
}

asio::awaitable<void> feed_stdin(std::shared_ptr<pending> p, std::string input) {
    std::string_view left = input;
    while (!left.empty()) {
        const auto room = co_await p->io().credit(proto::stdin_index);
        if (!room || *room == 0) co_return;
        auto piece = proto::chunk::copy_of(left.substr(0, *room));
        left.remove_prefix(piece.size());
        const auto sent = co_await p->io().write(proto::stdin_index, std::move(piece));
        if (!sent || !*sent) co_return;
    }
    p->io().send_eof(proto::stdin_index);
}

namespace {

/// One exec whose output is kept. run() and the coroutines of the streams share it.
class collector : public std::enable_shared_from_this<collector> {
public:
    collector(std::shared_ptr<session> s, std::shared_ptr<pending> p, std::uint64_t limit, output_sinks to)
        : session_(std::move(s)),
          pending_(std::move(p)),
          done_(session_->executor()),
          limit_(limit),
          sinks_{to.out, to.err} {}

    asio::awaitable<proto::result<exec_result>> run(std::optional<std::string> input) {
        const auto self = shared_from_this();
        const auto* const out = sinks_[proto::stdout_index];
        if (out == nullptr || out->keeps_up()) pending_->io().widen(proto::stdout_index);
        for (std::size_t stream = 0; stream < pending_->call().inbound.size(); ++stream)
            session_->spawn(collect(stream, std::make_unique<at_work>(self)));
        if (input) session_->spawn(feed_stdin(pending_, std::move(*input)));
        auto answer = co_await pending_->wait();
        // From here on it is our own business: a cancelled coroutine would throw at its next co_await.
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        const bool cancelled = !pending_->answer();
        if (cancelled) answer = co_await cancel_and_wait(session_, pending_);
        // Every stream has ended by now, but what came last may not be taken yet.
        while (collecting_ > 0) (void)co_await done_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (thrown_) std::rethrow_exception(thrown_);
        if (cancelled) co_return errc::cancelled;
        if (broken_) co_return *broken_;
        co_return finish(answer);
    }

private:
    /// Counts who collects; tells also where it is destroyed together with its io_context.
    class at_work {
    public:
        explicit at_work(std::shared_ptr<collector> of) noexcept : of_(std::move(of)) { ++of_->collecting_; }

        at_work(const at_work&) = delete;
        at_work& operator=(const at_work&) = delete;

        ~at_work() {
            --of_->collecting_;
            of_->done_.notify_all();
        }

    private:
        std::shared_ptr<collector> of_;
    };

    proto::result<exec_result> finish(const proto::result<boost::json::value>& answer) {
        auto out = read_exec_answer(answer);
        if (!out) return out;
        if (const auto same = checks_[proto::stdout_index].compare(out->out_summary, "stdout"); !same)
            return same.error();
        const bool merged = pending_->call().inbound.size() <= proto::stderr_index;
        const auto same =
            merged ? proto::result<void>() : checks_[proto::stderr_index].compare(out->err_summary, "stderr");
        if (!same) return same.error();
        out->out = std::move(texts_[proto::stdout_index]);
        out->err = std::move(texts_[proto::stderr_index]);
        return out;
    }

    /// Gives up on the call: the server does what it must not, or this side cannot go on.
    void give_up(const failure& why) {
        if (!broken_) broken_ = why;
        session_->abandon(*pending_);
    }

    asio::awaitable<void> collect(std::size_t stream, std::unique_ptr<at_work>) {
        try {
            for (;;) {
                auto piece = co_await pending_->io().read(stream);
                if (!piece || piece->empty()) break;
                collected_ += piece->size();
                if (collected_ > limit_) {
                    give_up({errc::protocol_violation, "the server sent more output than it was asked for"});
                    break;
                }
                checks_[stream].update(piece->bytes());
                if (auto* const to = sinks_[stream])
                    co_await to->write(std::move(*piece));
                else
                    texts_[stream] += piece->text();
            }
        } catch (...) {
            thrown_ = std::current_exception();
            give_up(failure(errc::internal_error));
        }
    }

    std::shared_ptr<session> session_;
    std::shared_ptr<pending> pending_;
    net::condition done_;
    int collecting_ = 0;
    std::uint64_t limit_;
    std::uint64_t collected_ = 0;
    std::array<sink*, 2> sinks_; ///< Null where the output is kept.
    std::array<std::string, 2> texts_;
    std::array<stream_check, 2> checks_;
    std::optional<failure> broken_;
    std::exception_ptr thrown_;
};

} // namespace

asio::awaitable<proto::result<exec_result>> run_exec(std::shared_ptr<session> s, command what,
                                                     const place_in_order* place, output_sinks to) {
    auto set = std::move(what).settings();
    auto limit = set.output_limit.value_or(proto::max_integer);
    if (!to.out) set.output_limit = limit = std::min(limit, set.collect_at_most);
    auto input = std::move(set.input);
    if (set.with_stdin && !input) input.emplace();
    const auto params = to_wire(std::move(set));
    auto begun = co_await begin_exec(*s, params, place);
    if (!begun) co_return begun.error();
    call_guard guard(s, *begun);
    co_return co_await collect_output(s, *begun, std::move(input), limit, to);
}

asio::awaitable<proto::result<exec_result>> collect_output(std::shared_ptr<session> s, std::shared_ptr<pending> p,
                                                           std::optional<std::string> input, std::uint64_t limit,
                                                           output_sinks to) {
    const auto all = std::make_shared<collector>(s, p, limit, to);
    co_return co_await all->run(std::move(input));
}

} // namespace tug::detail
