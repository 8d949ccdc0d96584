#include "endpoints/endpoints.hpp"
#include "server/session.hpp"

#include <tug/proto/member_reader.hpp>
#include <tug/proto/signal_names.hpp>

namespace tug::service {

namespace {

std::optional<proto::call_id> call_member(proto::member_reader& in) {
    const auto* v = in.any("call");
    auto id = v ? proto::call_id::from(*v) : std::nullopt;
    if (!id) in.fail("call", "is not the id of a call");
    return id;
}

const proto::failure no_such_exec(proto::errc::not_found, "there is no running exec of that id on this connection");

} // namespace

answer exec_signal(session& on, const boost::json::object& params) {
    proto::member_reader in(params);
    const auto id = call_member(in);
    const auto number = proto::signal_number(in.required("signal", in.text("signal")));
    if (!number) in.fail("signal", "is no signal name as `kill -l` prints them, without SIG");
    in.count("timeout_ms", 1, proto::max_timeout_ms);
    if (auto wrong = in.finish()) return std::move(*wrong);
    auto* target = on.find(*id);
    if (!target || !target->on_signal) return no_such_exec;
    return target->on_signal(*number);
}

answer exec_resize(session& on, const boost::json::object& params) {
    proto::member_reader in(params);
    const auto id = call_member(in);
    in.required("rows", in.count("rows", 1, 65'535));
    in.required("cols", in.count("cols", 1, 65'535));
    in.count("timeout_ms", 1, proto::max_timeout_ms);
    if (auto wrong = in.finish()) return std::move(*wrong);
    auto* target = on.find(*id);
    if (!target || !target->on_signal) return no_such_exec;
    return proto::failure::bad_field("call", "is an exec without a pty; there is nothing to resize");
}

} // namespace tug::service
