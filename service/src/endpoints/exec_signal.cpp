#include "endpoints/endpoints.hpp"
#include "server/client_connection.hpp"

#include <tug/proto/exec_messages.hpp>
#include <tug/proto/signal_names.hpp>

namespace tug::service {

namespace {

const proto::failure no_such_exec(proto::errc::not_found, "there is no running exec of that id on this connection");

} // namespace

answer exec_signal(client_connection& on, const boost::json::object& params) {
    const auto asked = proto::signal_params::parse(params);
    if (!asked) return asked.error();
    const auto number = proto::signal_number(asked->signal);
    if (!number) return proto::failure::bad_field("signal", "is no signal name as `kill -l` prints them, without SIG");
    auto* target = on.find(asked->call);
    if (!target || !target->on_signal) return no_such_exec;
    return target->on_signal(*number);
}

answer exec_resize(client_connection& on, const boost::json::object& params) {
    const auto asked = proto::resize_params::parse(params);
    if (!asked) return asked.error();
    auto* target = on.find(asked->call);
    if (!target || !target->on_signal) return no_such_exec;
    if (!target->on_resize)
        return proto::failure::bad_field("call", "is an exec without a pty; there is nothing to resize");
    return target->on_resize(asked->rows, asked->cols);
}

} // namespace tug::service
