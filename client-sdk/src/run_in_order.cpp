#include "run_in_order.hpp"

#include "at_home.hpp"
#include "place_in_order.hpp"
#include "run_exec.hpp"
#include "run_get.hpp"
#include "run_put.hpp"

#include <tug/net/condition.hpp>
#include <tug/os/random.hpp>
#include <tug/proto/file_operation_messages.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <list>
#include <span>
#include <string>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

/// A new name below a directory.
std::string name_below(std::string directory) {
    std::uint64_t number = 0;
    if (!os::fill_random(std::as_writable_bytes(std::span(&number, 1)))) throw error(failure(errc::internal_error));
    constexpr std::string_view digits = "0123456789abcdef";
    directory += "run-";
    for (int shift = 60; shift >= 0; shift -= 4) directory += digits[number >> shift & 15U];
    return directory;
}

/// A run while it lasts. Its steps share it.
class ordered_run : public std::enable_shared_from_this<ordered_run> {
public:
    ordered_run(std::shared_ptr<session> s, run_options what)
        : session_(std::move(s)), changed_(session_->executor()), set_(std::move(what).settings()) {
        if (set_.directory.ends_with('/')) set_.directory = name_below(std::move(set_.directory));
    }

    asio::awaitable<proto::result<run_result>> run() {
        const auto self = shared_from_this();
        // It may come at any point: change() passes it on, and what was made is removed.
        co_await asio::this_coro::throw_if_cancelled(false);
        co_await begin_all();
        co_await all_ended();
        co_await remove_directory();
        if (thrown_) std::rethrow_exception(thrown_);
        if (cancelled_) co_return errc::cancelled;
        for (auto& s : steps_) out_.steps.push_back(std::move(s.shown));
        co_return std::move(out_);
    }

private:
    struct step {
        run_step shown;
        place_in_order place;
        asio::cancellation_signal stop;
        bool sent = false;
        bool ended = false;
    };

    using work = asio::awaitable<std::optional<failure>>;

    asio::awaitable<void> begin_all() {
        if (!set_.directory.empty()) {
            auto& made = add(run_step::type::make_directory, set_.directory);
            co_await begin(made, make_directory(made));
        }
        const auto first = after_;
        for (auto& one : set_.puts) {
            auto& s = add(run_step::type::put, inside(one.remote), one.local);
            s.place.after = first;
            co_await begin(s, put(s, std::move(one.how)));
        }
        if (!set_.puts.empty()) take_ids(run_step::type::put);
        if (set_.command) {
            auto& s = add(run_step::type::command, {});
            co_await begin(s, execute(s, std::move(*set_.command)));
            take_ids(run_step::type::command);
        }
        for (auto& one : set_.gets) {
            auto& s = add(run_step::type::get, inside(one.remote), one.local);
            co_await begin(s, get(s, std::move(one.how)));
        }
    }

    /// What comes next begins after the steps of that type.
    void take_ids(run_step::type what) {
        after_.clear();
        for (const auto& [type, id] : ids_)
            if (type == what) after_.push_back(id);
    }

    step& add(run_step::type what, std::string remote, std::string local = {}) {
        auto& s = steps_.emplace_back();
        s.shown.what = what;
        s.shown.remote = std::move(remote);
        s.shown.local = std::move(local);
        s.place.after = after_;
        s.place.on_sent = [this, &s](const proto::call_id& id) {
            s.sent = true;
            ids_.emplace_back(s.shown.what, id.to_json());
            if (s.shown.what == run_step::type::make_directory) take_ids(s.shown.what);
            changed_.notify_all();
        };
        return s;
    }

    /// Returns once the request is on its way, or will never be: then nothing follows it.
    asio::awaitable<void> begin(step& s, work what) {
        if (broken_ || cancelled_) {
            s.ended = true;
            s.shown.why = failure(errc::dependency_failed, "a step before it failed");
            co_return;
        }
        auto done = [self = shared_from_this(), &s](std::exception_ptr thrown, std::optional<failure> why) {
            if (thrown && !self->thrown_) self->thrown_ = thrown;
            if (thrown) why = failure(errc::local_io);
            s.shown.why = std::move(why);
            s.ended = true;
            self->changed_.notify_all();
        };
        asio::co_spawn(session_->executor(), with_all_cancellation(std::move(what)),
                       asio::bind_cancellation_slot(s.stop.slot(), std::move(done)));
        while (!s.sent && !s.ended) co_await change();
        broken_ = !s.sent;
    }

    asio::awaitable<void> all_ended() {
        for (auto& s : steps_)
            while (!s.ended) co_await change();
    }

    /// Passes a cancellation on, once.
    asio::awaitable<void> change() {
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() == asio::cancellation_type::none) {
            const auto [ec] = co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
            if (!ec || cancelled_) co_return;
        }
        cancelled_ = true;
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        for (auto& s : steps_)
            if (!s.ended) s.stop.emit(asio::cancellation_type::terminal);
    }

    [[nodiscard]] std::string inside(std::string path) const {
        if (set_.directory.empty() || path.starts_with('/')) return path;
        return set_.directory + "/" + path;
    }

    // --- the steps -------------------------------------------------------------------------------------------------

    work make_directory(step& s) {
        proto::file_mkdir_params params;
        params.path = set_.directory;
        auto begun = co_await session_->begin_call(params, std::chrono::milliseconds(), &s.place);
        if (!begun) co_return begun.error();
        const call_guard guard(session_, *begun);
        co_await asio::this_coro::throw_if_cancelled(false);
        auto answer = co_await (*begun)->wait();
        // What is cancelled may have been made before: only what this run made is removed, so the server has to say.
        if (!(*begun)->answer()) answer = co_await cancel_and_wait(session_, *begun);
        if (!answer) co_return answer.error();
        made_ = true;
        co_return std::nullopt;
    }

    work put(step& s, put_options how) {
        const auto done = co_await put_file(session_, s.shown.local, s.shown.remote, std::move(how), &s.place);
        co_return done ? std::nullopt : std::optional(done.error());
    }

    work get(step& s, get_options how) {
        const auto done = co_await get_file(session_, s.shown.remote, s.shown.local, std::move(how), &s.place);
        co_return done ? std::nullopt : std::optional(done.error());
    }

    work execute(step& s, command what) {
        if (!set_.directory.empty()) {
            auto in = inside(what.settings().directory.value_or(std::string()));
            what.in(std::move(in));
        }
        const output_sinks to{set_.out, set_.err};
        auto done = co_await run_exec(session_, std::move(what), &s.place, to);
        if (!done) co_return done.error();
        out_.command = std::move(*done);
        co_return std::nullopt;
    }

    /// In the end, where there is one and a connection still.
    asio::awaitable<void> remove_directory() {
        if (!made_ || !session_->is_open()) co_return;
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        proto::file_remove_params params;
        params.path = set_.directory;
        params.recursive = true;
        const auto answer = co_await session_->request(std::string(params.method), params.to_json());
        auto& s = add(run_step::type::remove_directory, set_.directory);
        if (!answer) s.shown.why = answer.error();
    }

    std::shared_ptr<session> session_;
    net::condition changed_; ///< A request was sent, or a step has ended.
    run_options::settings_type set_;
    std::list<step> steps_; ///< They are referred to.
    std::vector<std::pair<run_step::type, boost::json::value>> ids_;
    boost::json::array after_; ///< What the next step begins after.
    run_result out_;
    std::exception_ptr thrown_;
    bool broken_ = false; ///< A step could not be sent.
    bool cancelled_ = false;
    bool made_ = false; ///< The directory.
};

} // namespace

asio::awaitable<proto::result<run_result>> run_in_order(std::shared_ptr<session> s, run_options what) {
    if (what.settings().puts.size() >= proto::max_after)
        co_return failure(errc::invalid_params, "a run has at most 255 puts");
    const auto all = std::make_shared<ordered_run>(std::move(s), std::move(what));
    co_return co_await all->run();
}

} // namespace tug::detail
