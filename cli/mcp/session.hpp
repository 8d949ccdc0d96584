#pragma once

#include "host.hpp"
#include "lines.hpp"
#include "local_paths.hpp"
#include "message.hpp"
#include "tool.hpp"
#include "watches.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tug::cli::mcp {

/// One client of the Model Context Protocol, over standard input and output: a message a line. Requests run at the same
/// time, each in a coroutine that is ended with the session; each is answered once, but for those that the client
/// cancels, which are not.
///
/// Thread safety: none; on the executor of the invocation.
class session {
public:
    session(const options& o, invocation& s);

    /// Until the client closes its end, or a signal comes: then what runs is cancelled and awaited.
    [[nodiscard]] boost::asio::awaitable<int> run();

private:
    /// Where an answer goes: to a line of its own, or into that of the batch that the request came in.
    struct batch {
        boost::json::array answers;
        std::size_t awaited = 0;
    };

    using destination = std::shared_ptr<batch>; ///< Null: a line of its own.

    struct running {
        boost::asio::cancellation_signal stop;
        bool dropped = false; ///< The client cancelled it and wants no answer.
    };

    [[nodiscard]] boost::asio::awaitable<void> read();
    void take(const line_reader::line& line);
    void take_batch(const boost::json::array& messages);
    void take_one(const boost::json::value& text, const destination& to);
    void take_request(message m, const destination& to);
    void take_notification(const message& m);
    void begin(const boost::json::value& id, const destination& to, boost::asio::awaitable<boost::json::object> work);
    void reply(const destination& to, boost::json::object answer);
    void settle(const destination& to);

    [[nodiscard]] boost::asio::awaitable<boost::json::object> initialize(message m);
    [[nodiscard]] boost::asio::awaitable<boost::json::object> list_tools(message m);
    [[nodiscard]] boost::asio::awaitable<boost::json::object> call_tool(message m);
    [[nodiscard]] progress_report progress_of(const boost::json::object& params);
    [[nodiscard]] boost::asio::awaitable<void> changed();
    [[nodiscard]] boost::asio::awaitable<void> end_all();

    invocation& invocation_;
    host host_;
    local_paths local_;
    watches watched_;
    line_reader reader_;
    line_writer writer_;
    boost::asio::cancellation_signal stop_reading_;
    boost::asio::steady_timer changed_; ///< Never expires; cancelled when a coroutine of the session has ended.
    std::map<std::string, std::shared_ptr<running>, std::less<>> running_; ///< By the text of the id.
    std::string version_;                                                  ///< Of the protocol; empty until agreed.
    bool read_ = false;
    bool written_ = false;
};

} // namespace tug::cli::mcp
