#pragma once

#include "tug/service/call.hpp"

#include <tug/proto/audit_messages.hpp>
#include <tug/proto/exec_messages.hpp>
#include <tug/proto/file_content_messages.hpp>
#include <tug/proto/file_messages.hpp>
#include <tug/proto/file_operation_messages.hpp>
#include <tug/proto/file_watch_messages.hpp>
#include <tug/proto/forward_messages.hpp>
#include <tug/proto/info_messages.hpp>
#include <tug/proto/job_messages.hpp>
#include <tug/proto/tree_messages.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

namespace tug::service {

struct context;
class client_connection;

// The endpoints, one file each. Those that take a call are coroutines on the connection's thread; they end when their
// streams fail, so they need no cancellation of their own. The others answer at once.

[[nodiscard]] boost::asio::awaitable<answer> exec(context& shared, call& c, proto::exec_params params);
[[nodiscard]] boost::asio::awaitable<answer> put(context& shared, call& c, proto::put_params params);
[[nodiscard]] boost::asio::awaitable<answer> get(context& shared, call& c, proto::get_params params);

[[nodiscard]] boost::asio::awaitable<answer> file_list(context& shared, call& c, proto::file_list_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_watch(context& shared, call& c, proto::file_watch_params params);

[[nodiscard]] boost::asio::awaitable<answer> file_stat(context& shared, call& c, proto::file_stat_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_digest(context& shared, call& c, proto::file_digest_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_copy(context& shared, call& c, proto::file_copy_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_space(context& shared, call& c, proto::file_space_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_mkdir(context& shared, call& c, proto::file_mkdir_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_remove(context& shared, call& c, proto::file_remove_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_rename(context& shared, call& c, proto::file_rename_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_symlink(context& shared, call& c, proto::file_symlink_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_link(context& shared, call& c, proto::file_link_params params);
[[nodiscard]] boost::asio::awaitable<answer> file_set(context& shared, call& c, proto::file_set_params params);

[[nodiscard]] boost::asio::awaitable<answer> job_start(context& shared, call& c, proto::job_start_params params);
[[nodiscard]] boost::asio::awaitable<answer> job_attach(context& shared, call& c, proto::job_attach_params params);
[[nodiscard]] boost::asio::awaitable<answer> job_wait(context& shared, call& c, proto::job_wait_params params);
[[nodiscard]] boost::asio::awaitable<answer> job_status(context& shared, call& c, proto::job_status_params params);
[[nodiscard]] boost::asio::awaitable<answer> job_list(context& shared, call& c, proto::job_list_params params);
[[nodiscard]] boost::asio::awaitable<answer> job_signal(context& shared, call& c, proto::job_signal_params params);
[[nodiscard]] boost::asio::awaitable<answer> job_resize(context& shared, call& c, proto::job_resize_params params);
[[nodiscard]] boost::asio::awaitable<answer> job_cancel(context& shared, call& c, proto::job_cancel_params params);
[[nodiscard]] boost::asio::awaitable<answer> job_remove(context& shared, call& c, proto::job_remove_params params);
[[nodiscard]] boost::asio::awaitable<answer> tree_put(context& shared, call& c, proto::tree_put_params params);
[[nodiscard]] boost::asio::awaitable<answer> tree_get(context& shared, call& c, proto::tree_get_params params);
[[nodiscard]] boost::asio::awaitable<answer> tree_copy(context& shared, call& c, proto::tree_copy_params params);

[[nodiscard]] boost::asio::awaitable<answer> info(context& shared, call& c, proto::info_params params);
[[nodiscard]] boost::asio::awaitable<answer> forward_connect(context& shared, call& c,
                                                             proto::forward_connect_params params);
[[nodiscard]] boost::asio::awaitable<answer> forward_listen(context& shared, call& c,
                                                            proto::forward_listen_params params);
[[nodiscard]] boost::asio::awaitable<answer> forward_accept(context& shared, call& c,
                                                            proto::forward_accept_params params);

[[nodiscard]] boost::asio::awaitable<answer> audit_follow(context& shared, call& c, proto::audit_follow_params params);

[[nodiscard]] answer ping(client_connection& on, const boost::json::object& params);
[[nodiscard]] answer discover(client_connection& on, const boost::json::object& params);
[[nodiscard]] answer exec_signal(client_connection& on, const boost::json::object& params);
[[nodiscard]] answer exec_resize(client_connection& on, const boost::json::object& params);

} // namespace tug::service
