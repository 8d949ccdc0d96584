#include <tug/client.hpp>
#include <tug/discover.hpp>
#include <tug/pool.hpp>

#include "at_home.hpp"
#include "listener_state.hpp"
#include "process_state.hpp"
#include "session.hpp"
#include "stream_state.hpp"

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/system_executor.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

// How a call that is not awaited as it is begins and completes; see <tug/detail/initiate.hpp>.

namespace tug::detail {

namespace asio = boost::asio;

namespace {

template <class State>
asio::any_io_executor home_or_system(const std::shared_ptr<State>& of) {
    if (of) return of->executor();
    return asio::system_executor();
}

} // namespace

asio::any_io_executor home_of(const session_ptr& of) {
    return home_or_system(of);
}

asio::any_io_executor home_of(const process_ptr& of) {
    return home_or_system(of);
}

asio::any_io_executor home_of(const stream_ptr& of) {
    return home_or_system(of);
}

asio::any_io_executor home_of(const listener_ptr& of) {
    return home_or_system(of);
}

namespace {

/// The handler of a call, whatever the call brings: only handler_of knows that, and all else is compiled once.
class waiting_handler {
public:
    waiting_handler() = default;
    waiting_handler(const waiting_handler&) = delete;
    waiting_handler& operator=(const waiting_handler&) = delete;
    virtual ~waiting_handler() = default;

    /// Once, on the handler's executor.
    virtual void complete(std::exception_ptr thrown) = 0;
};

/// What a call has brought is here until its handler takes it.
template <class T>
class handler_of final : public waiting_handler {
public:
    explicit handler_of(completion_handler<T> handler) : handler_(std::move(handler)) {}

    void complete(std::exception_ptr thrown) override {
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected()) slot.clear();
        if constexpr (std::is_void_v<T>)
            std::move(handler_)(thrown);
        else
            std::move(handler_)(thrown, thrown ? T() : std::move(*brought));
    }

    std::optional<std::conditional_t<std::is_void_v<T>, std::monostate, T>> brought;

private:
    completion_handler<T> handler_;
};

/// Runs `call` on `home` and then `to` on `back`, never inside this function: co_spawn() itself sees to that.
void run_there(const asio::any_io_executor& home, asio::awaitable<void> call, const asio::cancellation_slot& stop,
               asio::any_completion_executor back, std::shared_ptr<waiting_handler> to) {
    const auto kept = forward_cancellation(stop, home);
    auto done = [back = std::move(back), to = std::move(to), kept](std::exception_ptr thrown) {
        asio::dispatch(back, [to, kept, thrown] { to->complete(thrown); });
    };
    asio::co_spawn(home, with_all_cancellation(std::move(call)),
                   asio::bind_cancellation_slot(kept->slot(), std::move(done)));
}

} // namespace

template <class T>
void start_call(asio::any_io_executor home, asio::awaitable<T> call, completion_handler<T> handler) {
    const auto stop = asio::get_associated_cancellation_slot(handler);
    auto back = asio::prefer(asio::get_associated_executor(handler, home), asio::execution::outstanding_work.tracked);
    const auto to = std::make_shared<handler_of<T>>(std::move(handler));
    if constexpr (std::is_void_v<T>)
        run_there(home, std::move(call), stop, std::move(back), to);
    else
        run_there(home, keep(std::move(call), {to, &to->brought}), stop, std::move(back), to);
}

template void start_call(asio::any_io_executor, asio::awaitable<void>, completion_handler<void>);
template void start_call(asio::any_io_executor, asio::awaitable<bool>, completion_handler<bool>);
template void start_call(asio::any_io_executor, asio::awaitable<boost::json::value>,
                         completion_handler<boost::json::value>);
template void start_call(asio::any_io_executor, asio::awaitable<chunk>, completion_handler<chunk>);
template void start_call(asio::any_io_executor, asio::awaitable<audit_feed>, completion_handler<audit_feed>);
template void start_call(asio::any_io_executor, asio::awaitable<std::optional<audit_event>>,
                         completion_handler<std::optional<audit_event>>);
template void start_call(asio::any_io_executor, asio::awaitable<client>, completion_handler<client>);
template void start_call(asio::any_io_executor, asio::awaitable<exec_result>, completion_handler<exec_result>);
template void start_call(asio::any_io_executor, asio::awaitable<block_digests>, completion_handler<block_digests>);
template void start_call(asio::any_io_executor, asio::awaitable<file_copy_result>,
                         completion_handler<file_copy_result>);
template void start_call(asio::any_io_executor, asio::awaitable<file_digest>, completion_handler<file_digest>);
template void start_call(asio::any_io_executor, asio::awaitable<file_info>, completion_handler<file_info>);
template void start_call(asio::any_io_executor, asio::awaitable<file_space>, completion_handler<file_space>);
template void start_call(asio::any_io_executor, asio::awaitable<job_attachment>, completion_handler<job_attachment>);
template void start_call(asio::any_io_executor, asio::awaitable<job_info>, completion_handler<job_info>);
template void start_call(asio::any_io_executor, asio::awaitable<job_listing>, completion_handler<job_listing>);
template void start_call(asio::any_io_executor, asio::awaitable<std::optional<job_info>>,
                         completion_handler<std::optional<job_info>>);
template void start_call(asio::any_io_executor, asio::awaitable<started_job>, completion_handler<started_job>);
template void start_call(asio::any_io_executor, asio::awaitable<listing>, completion_handler<listing>);
template void start_call(asio::any_io_executor, asio::awaitable<std::optional<file_entry>>,
                         completion_handler<std::optional<file_entry>>);
template void start_call(asio::any_io_executor, asio::awaitable<std::int64_t>, completion_handler<std::int64_t>);
template void start_call(asio::any_io_executor, asio::awaitable<std::uint64_t>, completion_handler<std::uint64_t>);
template void start_call(asio::any_io_executor, asio::awaitable<failure>, completion_handler<failure>);
template void start_call(asio::any_io_executor, asio::awaitable<get_result>, completion_handler<get_result>);
template void start_call(asio::any_io_executor, asio::awaitable<output>, completion_handler<output>);
template void start_call(asio::any_io_executor, asio::awaitable<pool_lease>, completion_handler<pool_lease>);
template void start_call(asio::any_io_executor, asio::awaitable<pool_connection>, completion_handler<pool_connection>);
template void start_call(asio::any_io_executor, asio::awaitable<process>, completion_handler<process>);
template void start_call(asio::any_io_executor, asio::awaitable<put_result>, completion_handler<put_result>);
template void start_call(asio::any_io_executor, asio::awaitable<run_result>, completion_handler<run_result>);
template void start_call(asio::any_io_executor, asio::awaitable<server_info>, completion_handler<server_info>);
template void start_call(asio::any_io_executor, asio::awaitable<std::string>, completion_handler<std::string>);
template void start_call(asio::any_io_executor, asio::awaitable<tree_summary>, completion_handler<tree_summary>);
template void start_call(asio::any_io_executor, asio::awaitable<tunnel>, completion_handler<tunnel>);
template void start_call(asio::any_io_executor, asio::awaitable<listener>, completion_handler<listener>);
template void start_call(asio::any_io_executor, asio::awaitable<std::vector<found_host>>,
                         completion_handler<std::vector<found_host>>);
template void start_call(asio::any_io_executor, asio::awaitable<stream_call>, completion_handler<stream_call>);
template void start_call(asio::any_io_executor, asio::awaitable<watch>, completion_handler<watch>);
template void start_call(asio::any_io_executor, asio::awaitable<std::optional<watch_event>>,
                         completion_handler<std::optional<watch_event>>);

} // namespace tug::detail
