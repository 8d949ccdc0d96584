#include "server/routes.hpp"

#include "endpoints/endpoints.hpp"
#include "endpoints/exec_check.hpp"
#include "server/context.hpp"

#include <tug/proto/audit_messages.hpp>
#include <tug/proto/exec_messages.hpp>
#include <tug/proto/file_messages.hpp>
#include <tug/proto/file_operation_messages.hpp>
#include <tug/proto/forward_messages.hpp>
#include <tug/proto/info_messages.hpp>
#include <tug/proto/job_messages.hpp>
#include <tug/proto/methods.hpp>
#include <tug/proto/ping_messages.hpp>
#include <tug/proto/tree_messages.hpp>

#include <boost/json/array.hpp>

#include <map>
#include <stdexcept>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

template <class Params>
proto::result<Params> parse(const context&, const json::object& raw) {
    return Params::parse(raw);
}

template <>
proto::result<proto::exec_params> parse(const context& shared, const json::object& raw) {
    return proto::exec_params::parse(raw, shared.settings.command);
}

template <>
proto::result<proto::exec_check_params> parse(const context& shared, const json::object& raw) {
    return proto::exec_check_params::parse(raw, shared.settings.command);
}

template <>
proto::result<proto::job_start_params> parse(const context& shared, const json::object& raw) {
    return proto::job_start_params::parse(raw, shared.settings.command);
}

/// An endpoint whose params have a type: they are parsed before the call is taken.
template <class Params>
endpoint typed(context& shared, asio::awaitable<answer> (*serve)(context&, call&, Params)) {
    auto accept = [&shared, serve](const json::object& raw) -> proto::result<accepted_call> {
        auto params = parse<Params>(shared, raw);
        if (!params) return params.error();
        accepted_call out;
        if constexpr (requires { params->streams(); }) out.streams = params->streams();
        if (params->timeout_ms) out.timeout = std::chrono::milliseconds(*params->timeout_ms);
        out.lives = proto::class_of(*params);
        out.reads_params = false; // p has them
        out.run = [&shared, serve, p = std::move(*params)](call& c) mutable { return serve(shared, c, std::move(p)); };
        return out;
    };
    const auto& row = proto::method_of(Params::method);
    return {std::string(row.name), row.need, std::move(accept), proto::with_order(proto::describe(row))};
}

} // namespace

routes::routes(context& shared) {
    const auto answers = [this](std::string_view name, immediate serve) {
        const auto& row = proto::method_of(name);
        insert(std::string(row.name), {row.need, std::move(serve), proto::describe(row)});
    };
    const auto takes = [this](endpoint e) {
        auto name = e.name();
        auto description = e.description();
        insert(std::move(name), {e.need(), std::move(e), std::move(description)});
    };

    answers(proto::ping_params::method, ping);
    answers(proto::discover_params::method, service::discover);
    takes(typed<proto::info_params>(shared, info));
    takes(typed<proto::exec_params>(shared, exec));
    takes(typed<proto::exec_check_params>(shared, exec_check));
    answers(proto::signal_params::method, exec_signal);
    answers(proto::resize_params::method, exec_resize);
    takes(typed<proto::job_start_params>(shared, job_start));
    takes(typed<proto::job_attach_params>(shared, job_attach));
    takes(typed<proto::job_wait_params>(shared, job_wait));
    takes(typed<proto::job_status_params>(shared, job_status));
    takes(typed<proto::job_list_params>(shared, job_list));
    takes(typed<proto::job_signal_params>(shared, job_signal));
    takes(typed<proto::job_resize_params>(shared, job_resize));
    takes(typed<proto::job_cancel_params>(shared, job_cancel));
    takes(typed<proto::job_remove_params>(shared, job_remove));
    takes(typed<proto::put_params>(shared, put));
    takes(typed<proto::get_params>(shared, get));
    takes(typed<proto::file_stat_params>(shared, file_stat));
    takes(typed<proto::file_list_params>(shared, file_list));
    takes(typed<proto::file_digest_params>(shared, file_digest));
    takes(typed<proto::file_space_params>(shared, file_space));
    takes(typed<proto::file_watch_params>(shared, file_watch));
    takes(typed<proto::file_mkdir_params>(shared, file_mkdir));
    takes(typed<proto::file_remove_params>(shared, file_remove));
    takes(typed<proto::file_rename_params>(shared, file_rename));
    takes(typed<proto::file_copy_params>(shared, file_copy));
    takes(typed<proto::file_symlink_params>(shared, file_symlink));
    takes(typed<proto::file_link_params>(shared, file_link));
    takes(typed<proto::file_set_params>(shared, file_set));
    takes(typed<proto::tree_put_params>(shared, tree_put));
    takes(typed<proto::tree_get_params>(shared, tree_get));
    takes(typed<proto::tree_copy_params>(shared, tree_copy));
    takes(typed<proto::forward_connect_params>(shared, forward_connect));
    takes(typed<proto::forward_listen_params>(shared, forward_listen));
    takes(typed<proto::forward_accept_params>(shared, forward_accept));
    takes(typed<proto::audit_follow_params>(shared, audit_follow));
}

bool routes::insert(std::string name, route row) {
    row.number = table_.size();
    return table_.emplace(std::move(name), std::move(row)).second;
}

std::vector<std::string> routes::names() const {
    std::vector<std::string> out(table_.size());
    for (const auto& [name, row] : table_) out[row.number] = name;
    return out;
}

const route* routes::find(std::string_view method) const {
    const auto at = table_.find(method);
    return at == table_.end() ? nullptr : &at->second;
}

void routes::add(endpoint e) {
    if (e.name().empty() || e.name().starts_with("rpc."))
        throw std::invalid_argument("the name \"" + e.name() + "\" is reserved");
    auto name = e.name();
    auto description = e.description();
    if (description.empty()) description = proto::with_order(proto::describe(name, e.need(), e.streams()));
    if (!insert(name, {e.need(), std::move(e), std::move(description)}))
        throw std::invalid_argument("there is an endpoint \"" + name + "\" already");
}

json::object routes::discover() const {
    std::map<std::string_view, const route*> sorted;
    for (const auto& [name, row] : table_) sorted.emplace(name, &row);
    json::array methods;
    for (const auto& [name, row] : sorted) methods.push_back(row->description);
    return {
        {"openrpc", "1.2.6"}, {"info", {{"title", "tug"}, {"version", TUG_VERSION}}}, {"methods", std::move(methods)}};
}

} // namespace tug::service
