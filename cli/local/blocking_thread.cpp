#include "blocking_thread.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

struct pending {
    explicit pending(const asio::any_io_executor& home) : changed(home, asio::steady_timer::time_point::max()) {}

    asio::steady_timer changed;
    bool done = false;
};

} // namespace

asio::awaitable<void> blocking_thread::run(std::function<void()> job) {
    if (!thread_) thread_.emplace(1);
    const auto state = std::make_shared<pending>(home_);
    ++running_;
    asio::post(*thread_, [this, state, job = std::move(job)] {
        job();
        asio::post(home_, [state] {
            state->done = true;
            state->changed.cancel();
        });
        --running_;
    });
    boost::system::error_code ec;
    co_await state->changed.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    if (!state->done) throw boost::system::system_error(asio::error::operation_aborted);
}

} // namespace tug::cli
