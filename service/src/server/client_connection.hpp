#pragma once

#include "server/admission.hpp"
#include "server/auth_context.hpp"
#include "server/call_record.hpp"
#include "server/context.hpp"
#include "server/watched.hpp"
#include "tug/service/call.hpp"

#include <tug/net/condition.hpp>
#include <tug/net/link.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/call_order.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tug::service {

/// What a session has from the thread that it lives on.
struct thread_resources {
    proto::json_reader& reader;
    std::span<std::byte> scratch;
    thread_counters& counts;
    watched_list& watched;
};

/// One connection: run() reads and routes, and each call is a coroutine of its own. All of it on one thread.
class client_connection final : net::link::owner, watched_list::entry {
public:
    /// `peer` is its address, `source` whom limits per source count it as; see source_of().
    client_connection(context& shared, const thread_resources& local, net::transport t, std::string peer,
                      std::string source);

    /// The whole life of the connection; returns when no call of it is left. Not cancellable: see close() and drain().
    [[nodiscard]] boost::asio::awaitable<void> run(admission::ticket place);

    /// Tells the client why it is not let in, then ends.
    [[nodiscard]] boost::asio::awaitable<void> refuse(proto::failure why);

    [[nodiscard]] bool is_tls() const { return link_->stream().is_tls(); }

    /// Ends without a word.
    void close() { link_->close(); }

    /// The server is stopping: ends after the last answer; at once where nothing is in flight, but that a connection
    /// which has just come has the time of one request, because its client was told by nothing that it comes too late.
    void drain();

    /// drain() is over: every call shall end, and so does the connection.
    void end_drain();

    /// Every call shall end, or every one of `which` that holds.
    void cancel_calls(cancel_reason why, const std::function<bool(const call&)>& which = {});

    /// The keys are other ones. Ends, with a word, where the line of this client's key has gone or says something else.
    void check_key();

    /// The call of that id, null where none is in flight. The table of calls is that of the protocol.
    [[nodiscard]] call* find(const proto::call_id& id);

    [[nodiscard]] context& shared() noexcept { return shared_; }

private:
    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> converse();
    void on_event(proto::event& e) override;

    void on_input() override { watched_.add(*this); }

    [[nodiscard]] bool tick(std::chrono::steady_clock::time_point now) override;
    [[nodiscard]] bool at_rest() const;
    void on_request(const proto::message& m);
    void route(const proto::message& m);
    void on_login(const proto::message& m);
    answer answer_at_once(const proto::message& m, const immediate& serve, const boost::json::object* params);
    void start_in_order(const proto::message& m, const endpoint& e, const boost::json::object& params,
                        call_record record);
    void start_call(const proto::message& m, const endpoint& e, const boost::json::object& params,
                    std::shared_ptr<proto::dependencies> after, call_record record);
    [[nodiscard]] std::unique_ptr<call> make_call(const proto::call_ptr& opened, const accepted_call& accepted,
                                                  const boost::json::object& params);
    void turn_down(const proto::message& m, const call_record& record, const proto::failure& why);

    void refuse(const proto::call_id& id, const proto::failure& why);
    void refuse_thrown(const proto::message& m, std::string_view what);

    [[nodiscard]] boost::asio::awaitable<void> serve(std::unique_ptr<call> c, accepted_call accepted,
                                                     std::shared_ptr<proto::dependencies> after, call_record record);
    void finish(call& c, const answer& answered, const proto::dependencies* after);
    [[nodiscard]] boost::asio::awaitable<void> finish_after_half_close();
    [[nodiscard]] boost::asio::awaitable<bool> shake_hands();
    [[nodiscard]] boost::asio::awaitable<void> reject_login();
    [[nodiscard]] proto::hello greeting();
    void stop_if_done();
    void end_if_idle();
    [[nodiscard]] bool expects_first_request() const;

    /// Calls whose endpoint has not come to its end, also where the connection has.
    [[nodiscard]] std::span<const proto::call_ptr> running() const { return link_->protocol().calls(); }

    context& shared_;
    thread_counters& counts_;
    watched_list& watched_;
    auth_context auth_;
    std::shared_ptr<net::link> link_;
    thread_shares threads_;   ///< Before the calls, which use it.
    proto::call_order order_; ///< Before the calls, which wait in it.
    net::task_group calls_;
    net::condition changed_; ///< A call has ended, or the connection.
    admission::ticket place_;
    proto::call_id login_id_;
    std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();
    std::uint64_t requests_ = 0; ///< After the login.
    bool login_failed_ = false;
    bool draining_ = false;
    bool half_closed_ = false;
};

} // namespace tug::service
