#include "endpoints/exec_job.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <csignal>
#include <exception>

namespace tug::service {

namespace asio = boost::asio;

namespace {

const proto::failure ended(proto::errc::not_found, "the command has ended already");

} // namespace

asio::awaitable<proto::exec_result> exec_job::run(const early_requests::kept_type& early) {
    job_.start();
    std::exception_ptr failed;
    try {
        co_await accompany(early);
    } catch (...) {
        failed = std::current_exception(); // the coroutines of the job have to end before it can go
    }
    call_.on_signal = nullptr;
    call_.on_resize = nullptr;
    if (failed) job_.end(proto::exec_reason::cancelled);
    co_await job_.wait_finished();
    // What could not be sent for want of credit is dropped.
    client_.leave(call_.why_cancelled() != cancel_reason::disconnected && !job_.over_limit());
    job_.close();
    co_await client_.join();
    co_await job_.join();
    if (failed) std::rethrow_exception(failed);
    auto result = job_.result();
    client_.report(result);
    co_return result;
}

asio::awaitable<void> exec_job::accompany(const early_requests::kept_type& early) {
    client_.start();
    call_.on_signal = [this](int number) { return signal(number); };
    if (job_.terminal() != nullptr)
        call_.on_resize = [this](std::uint16_t rows, std::uint16_t cols) { return resize(rows, cols); };
    if (early.size) static_cast<void>(resize(early.size->first, early.size->second));
    for (int number = 1; number < _NSIG; ++number)
        if (early.signals.test(static_cast<std::size_t>(number))) job_.signal(number);
    for (;;) {
        client_.obey_stops();
        if (const auto why = call_.why_cancelled(); why != cancel_reason::none) cancel(why);
        if (job_.finished()) co_return;
        co_await call_.changed().async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

/// A server that ends waits for none longer than is usual.
void exec_job::cancel(cancel_reason why) {
    const auto reason = why == cancel_reason::timed_out ? proto::exec_reason::timed_out : proto::exec_reason::cancelled;
    const std::chrono::milliseconds usual(proto::default_grace_ms);
    job_.end(reason, why == cancel_reason::shutting_down ? usual : std::chrono::milliseconds::max());
}

answer exec_job::signal(int number) {
    if (!job_.signal(number)) return ended;
    return boost::json::value(boost::json::object());
}

answer exec_job::resize(std::uint16_t rows, std::uint16_t cols) {
    if (!job_.resize(rows, cols)) return ended;
    return boost::json::value(boost::json::object());
}

} // namespace tug::service
