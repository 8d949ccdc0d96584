#pragma once

#include "server/client_connection.hpp"
#include "server/context.hpp"
#include "server/io_thread.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/net/task_group.hpp>
#include <tug/proto/json_reader.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <sys/socket.h>

namespace tug::service {

/// A socket that was accepted.
struct accepted_socket {
    os::unique_fd fd;
    int family = 0;
    std::string peer;   ///< For logs.
    std::string source; ///< For limits per source; empty where there are none.
};

/// Fills in who is at the other end. Those of this host have a source only where limits per source are for them too.
void identify(accepted_socket& s, const sockaddr_storage& a, bool limit_loopback);

/// One I/O thread and its connections. What belongs to a connection happens on its thread alone, so that nothing on
/// the way of the data needs a lock. The public methods may be called from any thread.
class worker {
public:
    /// `counts` are its own, and outlive it.
    worker(context& shared, thread_counters& counts);
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    void start();

    /// Calls it on the thread.
    void post(std::function<void()> task);

    /// Takes over a connection.
    void take(accepted_socket socket);

    /// Connections that it has, or that are on their way to it.
    [[nodiscard]] std::size_t load() const noexcept { return load_.load(std::memory_order_relaxed); }

    /// The keys are other ones; see client_connection::check_key().
    void check_keys();

    /// Ends idle connections now and the others after their last answer; the thread ends after the last of them.
    void drain();

    /// Every call shall end for the server's sake.
    void cancel_calls();

    /// Ends every connection without a word.
    void close_all();

    /// Ends the thread, whatever connections it has; they go with the object.
    void abandon() { io_.stop(); }

    void join();

private:
    /// A connection in load(), whatever becomes of it.
    class seat;

    void open(accepted_socket socket, seat own);
    [[nodiscard]] boost::asio::awaitable<void> open_proxied(accepted_socket socket, seat own);
    [[nodiscard]] boost::asio::awaitable<void> live(std::shared_ptr<client_connection> s, admission::ticket place,
                                                    seat own);
    [[nodiscard]] boost::asio::awaitable<void> turn_away(std::shared_ptr<client_connection> s, proto::failure why,
                                                         seat own);
    [[nodiscard]] boost::asio::awaitable<void> watch_the_clock();
    void tick_all();
    [[nodiscard]] boost::asio::awaitable<void> end_after_connections();

    context& shared_;
    thread_counters& counts_;
    std::atomic<std::size_t> load_ = 0; ///< Before io_, with which connections may go that count in it.
    watched_list watched_;              ///< Of all_, those that the clock matters to. Before io_, likewise.
    /// The I/O objects of this context are this thread's alone and need no locks; only posting comes from elsewhere.
    boost::asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay_;
    proto::json_reader reader_;
    std::vector<std::byte> scratch_;
    net::task_group openings_; ///< Connections whose proxy has yet to say who the client is.
    net::task_group connections_;
    net::task_group housekeeping_;
    boost::asio::steady_timer clock_;
    std::list<std::shared_ptr<client_connection>> all_;
    std::size_t turned_away_ = 0;
    bool draining_ = false;
    bool over_ = false;        ///< No session is left, and none comes.
    bool clock_rests_ = false; ///< Until a connection comes.
    io_thread thread_;
};

} // namespace tug::service
