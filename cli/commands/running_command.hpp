#pragma once

#include "cli/arguments/options.hpp"
#include "cli/hosts/invocation.hpp"
#include "cli/reconnect/terminal_session.hpp"
#include "exec_output.hpp"
#include "followed.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace tug::cli {

/// One command on its way: its output, its input and its end.
class running_command {
public:
    /// `grace`: that of the command. `terminal`: what it is driven from, if it has one. Both it and `what` are kept
    /// longer than this.
    running_command(followed& what, const options& o, invocation& s, std::chrono::milliseconds grace,
                    terminal_session* terminal);

    running_command(const running_command&) = delete;
    running_command& operator=(const running_command&) = delete;

    /// Until it has ended. Ctrl-C asks tugd to end it; what it still writes is passed on. With a keyboard Ctrl-C is the
    /// command's, and the user may leave: cancelled.
    boost::asio::awaitable<exec_result> to_the_end();

    /// Precondition: to_the_end() has returned.
    [[nodiscard]] exec_output take_output() { return std::move(output_); }

private:
    boost::asio::awaitable<void> drain();
    boost::asio::awaitable<void> pass_on(tug::output piece);
    void give_up();
    void expect();
    boost::asio::awaitable<void> beside_output();
    boost::asio::awaitable<void> input();
    boost::asio::awaitable<void> feed();

    followed& followed_;
    invocation& invocation_;
    terminal_session* terminal_;
    exec_output output_;
    bool keyboard_;
    bool with_stdin_;
    std::chrono::milliseconds margin_; ///< How much later than its end tugd may say so.
    std::optional<std::chrono::steady_clock::time_point> ends_by_;
    boost::asio::cancellation_signal ended_;
    std::exception_ptr failed_;
    exec_result result_;
};

} // namespace tug::cli
