#pragma once

#include "session.hpp"

#include <tug/command.hpp>
#include <tug/transfer.hpp>

#include <tug/proto/exec_messages.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tug::detail {

/// Sends the request when it is its turn. The session must outlive the coroutine; the params need not.
[[nodiscard]] boost::asio::awaitable<proto::result<std::shared_ptr<pending>>>
begin_exec(session& s, const proto::exec_params& params, const place_in_order* place = nullptr);

/// The answer of exec as the SDK has it, without the output.
[[nodiscard]] proto::result<exec_result> read_exec_answer(const proto::result<boost::json::value>& answer);

/// Sends all of `input` and then eof, as long as the command reads. A task: it ends with the call.
[[nodiscard]] boost::asio::awaitable<void> feed_stdin(std::shared_ptr<pending> p, std::string input);

/// Where the output of a command goes in the place of its result.
struct output_sinks {
    sink* out = nullptr;
    sink* err = nullptr;
};

/// Runs a command to its end and collects its output, or passes it on. For a coroutine of its own; a cancelled one
/// returns when the server says that the process tree is gone, at the latest when session::timeouts says.
[[nodiscard]] boost::asio::awaitable<proto::result<exec_result>>
run_exec(std::shared_ptr<session> s, command what, const place_in_order* place = nullptr, output_sinks to = {});

/// The same for a call that was made, whose streams are those of exec.
[[nodiscard]] boost::asio::awaitable<proto::result<exec_result>>
collect_output(std::shared_ptr<session> s, std::shared_ptr<pending> p, std::optional<std::string> input,
               std::uint64_t limit, output_sinks to = {});

} // namespace tug::detail
