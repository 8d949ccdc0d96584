#include "at_home.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace tug::detail {

namespace asio = boost::asio;

std::shared_ptr<asio::cancellation_signal> forward_cancellation(asio::cancellation_slot slot,
                                                                const asio::any_io_executor& home) {
    auto stop = std::make_shared<asio::cancellation_signal>();
    if (slot.is_connected())
        slot.assign(
            [stop, home](asio::cancellation_type type) { asio::post(home, [stop, type] { stop->emit(type); }); });
    return stop;
}

asio::awaitable<void> move_to(asio::any_io_executor home, asio::awaitable<void> work) {
    auto task = with_all_cancellation(std::move(work));
    // A name for the initiation: g++ 12 destroys such temporaries of a co_await expression twice.
    const auto start = [&](auto handler) {
        const auto stop = forward_cancellation(asio::get_associated_cancellation_slot(handler), home);
        const auto back = asio::prefer(asio::any_io_executor(asio::get_associated_executor(handler, home)),
                                       asio::execution::outstanding_work.tracked);
        auto done = [stop, back, h = std::move(handler)](std::exception_ptr thrown) mutable {
            asio::post(back, [h = std::move(h), thrown]() mutable { std::move(h)(thrown); });
        };
        asio::co_spawn(home, std::move(task), asio::bind_cancellation_slot(stop->slot(), std::move(done)));
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::exception_ptr)>(start, asio::use_awaitable);
}

void throw_to_caller() {
    try {
        throw;
    } catch (const error&) {
        throw;
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) throw;
    }
    throw error(failure(errc::cancelled));
}

} // namespace tug::detail
