#include "tug/proto/methods.hpp"

#include "tug/proto/audit_messages.hpp"
#include "tug/proto/call_order.hpp"
#include "tug/proto/exec_check_messages.hpp"
#include "tug/proto/exec_messages.hpp"
#include "tug/proto/file_content_messages.hpp"
#include "tug/proto/file_messages.hpp"
#include "tug/proto/file_operation_messages.hpp"
#include "tug/proto/file_watch_messages.hpp"
#include "tug/proto/forward_messages.hpp"
#include "tug/proto/info_messages.hpp"
#include "tug/proto/job_messages.hpp"
#include "tug/proto/ping_messages.hpp"
#include "tug/proto/tree_messages.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

json::object nothing() {
    return {{"type", "object"}, {"maxProperties", 0}};
}

/// The payload, or {} without one.
json::object pong() {
    return {{"type", json::array{"string", "object"}}};
}

json::object any_object() {
    return {{"type", "object"}};
}

std::string_view name_of(call_class c) noexcept {
    switch (c) {
    case call_class::short_lived: return "short";
    case call_class::bulk: return "bulk";
    case call_class::long_lived: break;
    }
    return "long";
}

/// All streams that a call of a type can have.
template <class Params>
std::vector<stream_spec> all_streams() {
    Params p;
    if constexpr (requires { p.with_stdin; }) p.with_stdin = true;
    if constexpr (requires { p.standard_input.wanted; }) p.standard_input.wanted = true;
    if constexpr (requires { p.block; }) p.block = Params::smallest_block;
    if constexpr (requires { p.have; }) p.have = have_list::times;
    if constexpr (requires { p.have; }) p.delta = true;
    if constexpr (std::is_same_v<Params, get_params>) p.delta = Params::smallest_block;
    return p.streams();
}

template <class Params>
method row(std::string_view summary, permission need, json::object (*result)(),
           std::optional<call_class> lives = std::nullopt) {
    std::vector<stream_spec> streams;
    if constexpr (requires(Params p) { p.streams(); }) streams = all_streams<Params>();
    if (!lives) lives = streams.empty() ? call_class::short_lived : call_class::bulk;
    return {Params::method, summary, need, *lives, std::move(streams), &Params::describe, result};
}

std::string_view name_of(direction d) noexcept {
    return d == direction::to_server ? "to_server" : "to_client";
}

json::array describe_streams(std::span<const stream_spec> streams) {
    json::array out;
    for (const auto& s : streams) out.push_back({{"name", s.name}, {"direction", name_of(s.dir)}});
    return out;
}

} // namespace

std::span<const method> methods() {
    static const std::vector table{
        row<ping_params>("Says that the server is there; gives the payload back", permission::none, pong),
        row<discover_params>("This document", permission::none, any_object),
        row<info_params>("Says how the server is", permission::none, info_result::describe),
        row<exec_params>("Runs a command", permission::exec, exec_result::describe),
        row<exec_check_params>("Says whether a command could be started, and starts none", permission::exec, nothing),
        row<signal_params>("Sends a signal to a running command", permission::exec, nothing),
        row<resize_params>("Resizes the terminal of a running command", permission::exec, nothing),
        row<job_start_params>("Starts a command that outlives its connection", permission::exec,
                              job_start_result::describe),
        row<job_attach_params>("Follows a job from any kept position on", permission::exec, exec_result::describe,
                               call_class::long_lived),
        row<job_wait_params>("Waits for the end of a job", permission::exec, exec_result::describe,
                             call_class::long_lived),
        row<job_status_params>("Says how a job is", permission::exec, job_info::describe),
        row<job_list_params>("Lists jobs", permission::exec, job_list_result::describe),
        row<job_signal_params>("Sends a signal to a job", permission::exec, nothing),
        row<job_resize_params>("Resizes the terminal of a job", permission::exec, nothing),
        row<job_cancel_params>("Ends a job with all its processes", permission::exec, nothing),
        row<job_remove_params>("Forgets a job that has ended", permission::exec, nothing),
        row<put_params>("Stores a file", permission::put, put_result::describe),
        row<get_params>("Fetches a file or a range of it", permission::get, get_result::describe),
        row<file_stat_params>("Says what a path names", permission::get, file_info::describe),
        row<file_list_params>("Lists a directory, or the whole tree below it", permission::get,
                              file_list_result::describe),
        row<file_digest_params>("Says the digest of a file, of a range of it or of its blocks", permission::get,
                                file_digest_result::describe),
        row<file_space_params>("Says how much room a file system has", permission::get, file_space_result::describe),
        row<file_watch_params>("Tells what happens in a directory", permission::get, file_watch_result::describe,
                               call_class::long_lived),
        row<file_mkdir_params>("Makes a directory", permission::put, nothing),
        row<file_remove_params>("Removes a file, or a directory with all that is in it", permission::put,
                                file_remove_result::describe),
        row<file_rename_params>("Gives a file or directory another name", permission::put, nothing),
        row<file_copy_params>("Copies a file on the host", permission::put, file_copy_result::describe),
        row<file_symlink_params>("Makes a symlink", permission::put, nothing),
        row<file_link_params>("Gives a file a second name", permission::put, nothing),
        row<file_set_params>("Sets mode, time and owner", permission::put, nothing),
        row<tree_put_params>("Stores a directory with all that is in it", permission::put, tree_result::describe),
        row<tree_get_params>("Fetches a directory with all that is in it", permission::get, tree_result::describe),
        row<tree_copy_params>("Copies a directory on the host with all that is in it", permission::put,
                              tree_result::describe),
        row<forward_connect_params>("Connects to an address from the host of the server", permission::forward,
                                    forward_result::describe, call_class::long_lived),
        row<forward_listen_params>("Listens on the host of the server", permission::forward,
                                   forward_listen_result::describe, call_class::long_lived),
        row<forward_accept_params>("Takes a connection that has come to where a call listens", permission::forward,
                                   forward_result::describe, call_class::long_lived),
        row<audit_follow_params>("Tells of the logins and calls of all clients", permission::audit,
                                 audit_follow_result::describe, call_class::long_lived),
    };
    return table;
}

const method& method_of(std::string_view name) {
    const auto all = methods();
    const auto at = std::ranges::find(all, name, &method::name);
    if (at == all.end()) throw std::out_of_range("no method " + std::string(name));
    return *at;
}

json::object describe(const method& m) {
    auto out = describe(m.name, m.need, m.streams);
    out["summary"] = m.summary;
    out["x-class"] = name_of(m.lives);
    out["params"] = m.params();
    out["result"].as_object()["schema"] = m.result();
    return out;
}

json::object describe(std::string_view name, permission need, std::span<const stream_spec> streams) {
    json::object out{{"name", name}, {"summary", "An endpoint of this application"}, {"paramStructure", "by-name"}};
    out["params"] = json::array();
    out["result"] = {{"name", "result"}, {"schema", any_object()}};
    if (need != permission::none) out["x-permission"] = proto::name_of(need);
    if (!streams.empty()) out["x-streams"] = describe_streams(streams);
    return out;
}

json::object with_order(json::object description) {
    const json::object ids{{"type", "array"},
                           {"minItems", 1},
                           {"maxItems", max_after},
                           {"items", {{"type", json::array{"integer", "string"}}}}};
    description["params"].as_array().push_back({{"name", after_param}, {"required", false}, {"schema", ids}});
    return description;
}

} // namespace tug::proto
