#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

namespace tug::test {

/// An io_context that a thread of its own runs, until it goes: then it is run to the end of what is left.
class io_thread {
public:
    io_thread() : io_(1), work_(boost::asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}

    io_thread(const io_thread&) = delete;
    io_thread& operator=(const io_thread&) = delete;

    ~io_thread() {
        work_.reset();
        thread_.join();
    }

    [[nodiscard]] boost::asio::io_context::executor_type get_executor() noexcept { return io_.get_executor(); }

    [[nodiscard]] bool is_here() const noexcept { return std::this_thread::get_id() == thread_.get_id(); }

private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

} // namespace tug::test
